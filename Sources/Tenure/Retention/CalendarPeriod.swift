package import Foundation

/// A stretch of calendar time (ISO 8601): years, months and days, not seconds.
///
/// A month after 31 January is the last day of February; a year after 29 February is 28 February;
/// and a day has 23 or 25 hours where the clocks change.
package struct CalendarPeriod: Sendable, Equatable, CustomStringConvertible {
  /// Longer periods are taken for typing errors.
  package static let yearsMax = 200

  package let months: Int
  package let days: Int

  package init(months: Int, days: Int) {
    self.months = months
    self.days = days
  }

  /// Reads `P6Y`, `P3M`, `P2W`, `P1Y6M10D`; nil for other text, for periods of length 0, and for
  /// periods with hours, minutes or seconds.
  package init?(parsing text: String) {
    guard text.hasPrefix("P"), text.utf8.count > 2 else { return nil }
    var (months, days) = (0, 0)
    var digits = ""
    var seen: [Character] = []
    for character in text.dropFirst() {
      if character.isASCII && character.isNumber {
        digits.append(character)
        continue
      }
      guard let number = Int(digits), digits.count <= 5,
        let place = ["Y", "M", "W", "D"].firstIndex(of: character),
        seen.allSatisfy({ ["Y", "M", "W", "D"].firstIndex(of: $0) ?? 0 < place })
      else { return nil }
      seen.append(character)
      digits = ""
      switch character {
      case "Y": months += number * 12
      case "M": months += number
      case "W": days += number * 7
      default: days += number
      }
    }
    guard digits.isEmpty, months + days > 0, months / 12 + days / 365 <= Self.yearsMax else {
      return nil
    }
    self.init(months: months, days: days)
  }

  package var description: String {
    var text = "P"
    if months >= 12 { text += "\(months / 12)Y" }
    if months % 12 > 0 { text += "\(months % 12)M" }
    if days > 0 { text += "\(days)D" }
    return text
  }

  /// Whether it is at least as long as another, wherever the two begin in the calendar: its own
  /// months count as 28 days, the other's as 31.
  package func isSurelyAtLeast(_ other: CalendarPeriod) -> Bool {
    if months >= other.months && days >= other.days { return true }
    return months * 28 + days >= other.months * 31 + other.days
  }

  /// The moment one period after `start`, at the same time of day in the time zone; from the
  /// beginning of a day it leads to the beginning of a day, also where the clocks skip midnight.
  ///
  /// Results after the year 9999 are the last moment that can be written.
  package func after(_ start: Timestamp, in zone: TimeZone) -> Timestamp {
    moved(start, by: 1, zone)
  }

  /// A bound for searches: whatever is a period old by `end` began before this moment.
  ///
  /// It may be up to a few days too late, because months differ in length: judge each result by
  /// `after`.
  package func latestStart(for end: Timestamp, in zone: TimeZone) -> Timestamp {
    moved(end, by: -1, zone).adding(seconds: 4 * 86_400)
  }

  /// Moves along the calendar's days, and asks for the zone's clock only at the end.
  private func moved(_ start: Timestamp, by sign: Int64, _ zone: TimeZone) -> Timestamp {
    let (day, time) = start.local(in: zone)
    let civil = Timestamp.civil(fromDays: day)
    let month = civil.year * 12 + civil.month - 1 + sign * Int64(months)
    let year = month >= 0 ? month / 12 : (month - 11) / 12
    let last = Timestamp.days(inMonth: month - year * 12 + 1, of: year)
    let moved =
      Timestamp.days(fromCivil: year, month - year * 12 + 1, min(civil.day, last))
      + sign * Int64(self.days)
    return min(max(Timestamp(localDay: moved, time: time, in: zone), .first), .last)
  }
}

extension Timestamp {
  /// The furthest that clocks of a zone ever were from UTC, rounded up, in microseconds (tz
  /// database: 15 h 56 min in Manila until 1844).
  private static let offsetMax: Int64 = 16 * 3_600_000_000
  private static let dayMicroseconds: Int64 = 86_400_000_000

  /// The beginning of a day such as `2026-01-31` in a time zone: its first moment there, also where
  /// the clocks skip midnight; nil where the calendar has no such day.
  package init?(day text: String, in zone: TimeZone) {
    guard text.utf8.count == 10, let midnight = Timestamp(parsing: text + "T00:00:00Z") else {
      return nil
    }
    self.init(localDay: midnight.microseconds / Self.dayMicroseconds, time: 0, in: zone)
  }

  /// The first moment at which the clocks of a zone show this time or a later one.
  ///
  /// `day` counts from 1970-01-01, `time` is in microseconds.
  init(localDay day: Int64, time: Int64, in zone: TimeZone) {
    let shown = day * Self.dayMicroseconds + time
    var before = shown - Self.offsetMax
    var after = shown + Self.offsetMax
    let first = Self.offset(before, zone)
    let last = Self.offset(after, zone)
    let early = shown - first
    guard first != last else {
      self.init(microseconds: early)
      return
    }
    // The clocks change on that day or beside it: halve the interval until the second of the change
    // is found.
    while after - before > 1_000_000 {
      let middle = before + (after - before) / 2_000_000 * 1_000_000
      if Self.offset(middle, zone) == first { before = middle } else { after = middle }
    }
    let change = Self.floor(after, to: 1_000_000)
    self.init(microseconds: early < change ? early : max(change, shown - last))
  }

  /// The day that the clocks of a zone show, counted from 1970-01-01, and the time of day in
  /// microseconds.
  ///
  /// The first moment of a day has time 0 also where the clocks skip midnight.
  func local(in zone: TimeZone) -> (day: Int64, time: Int64) {
    let shown = microseconds + Self.offset(microseconds, zone)
    let day = Self.floor(shown, to: Self.dayMicroseconds) / Self.dayMicroseconds
    let isBeginning = Timestamp(localDay: day, time: 0, in: zone) == self
    return (day, isBeginning ? 0 : shown - day * Self.dayMicroseconds)
  }

  private static func floor(_ value: Int64, to unit: Int64) -> Int64 {
    (value >= 0 ? value / unit : (value - unit + 1) / unit) * unit
  }

  private static func offset(_ microseconds: Int64, _ zone: TimeZone) -> Int64 {
    let seconds = floor(microseconds, to: 1_000_000) / 1_000_000
    let date = Date(timeIntervalSince1970: Double(seconds))
    return Int64(zone.secondsFromGMT(for: date)) * 1_000_000
  }
}
