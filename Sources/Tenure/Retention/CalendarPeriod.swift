package import Foundation

/// A stretch of calendar time (ISO 8601): years, months and days, not seconds.
///
/// A month after 31 January is the last day of February; a year after 29 February is 28 February;
/// and a day has 23 or 25 hours where the clocks change.
package struct CalendarPeriod: Sendable, Equatable, CustomStringConvertible {
  /// Longer ones are taken for mistakes.
  package static let yearsMax = 200

  package let months: Int
  package let days: Int

  package init(months: Int, days: Int) {
    self.months = months
    self.days = days
  }

  /// Reads `P6Y`, `P3M`, `P2W`, `P1Y6M10D`; nil for anything else, for nothing at all, and for times
  /// of day.
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

  /// Whether it is shorter, wherever in the calendar it begins; a month counts as 28 to 31 days.
  package func isSurelyAtLeast(_ other: CalendarPeriod) -> Bool {
    if months >= other.months && days >= other.days { return true }
    return months * 28 + days >= other.months * 31 + other.days
  }

  /// The same time of day so much later, in a time zone's calendar.
  package func after(_ start: Timestamp, in zone: TimeZone) -> Timestamp {
    moved(start, by: 1, zone)
  }

  /// Some time before which everything that is this old by `end` must have begun; a few days late
  /// at the most, so that what it finds is to be looked at again.
  package func latestStart(for end: Timestamp, in zone: TimeZone) -> Timestamp {
    moved(end, by: -1, zone).adding(seconds: 4 * 86_400)
  }

  private func moved(_ start: Timestamp, by sign: Int64, _ zone: TimeZone) -> Timestamp {
    let local = start.microseconds + Self.offset(start, zone)
    let day: Int64 = 86_400_000_000
    let days = local >= 0 ? local / day : (local - day + 1) / day
    let time = local - days * day
    let civil = Timestamp.civil(fromDays: days)
    let month = civil.year * 12 + civil.month - 1 + sign * Int64(months)
    let year = month >= 0 ? month / 12 : (month - 11) / 12
    let last = Timestamp.days(inMonth: month - year * 12 + 1, of: year)
    let moved =
      Timestamp.days(fromCivil: year, month - year * 12 + 1, min(civil.day, last))
      + sign * Int64(self.days)
    // The offset may be another on that day: once from the old one, then from what that leads to.
    let guess = Timestamp(microseconds: moved * day + time - Self.offset(start, zone))
    return Timestamp(microseconds: moved * day + time - Self.offset(guess, zone))
  }

  private static func offset(_ time: Timestamp, _ zone: TimeZone) -> Int64 {
    let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
    return Int64(zone.secondsFromGMT(for: date)) * 1_000_000
  }
}

extension Timestamp {
  /// The beginning of a day such as `2026-01-31` in a time zone; nil where there is no such day.
  package init?(day text: String, in zone: TimeZone) {
    guard text.utf8.count == 10, let midnight = Timestamp(parsing: text + "T00:00:00Z") else {
      return nil
    }
    let date = Date(timeIntervalSince1970: Double(midnight.microseconds) / 1_000_000)
    let guess = Int64(zone.secondsFromGMT(for: date))
    let there = Date(timeIntervalSince1970: date.timeIntervalSince1970 - Double(guess))
    self = midnight.adding(seconds: -Int64(zone.secondsFromGMT(for: there)))
  }
}
