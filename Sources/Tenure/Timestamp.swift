/// A moment, as microseconds since 1970-01-01T00:00:00Z.
///
/// It is written in RFC 3339, in UTC with milliseconds.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The first and the last moment that RFC 3339 can write, in the years 0000 and 9999.
  package static let first = Timestamp(microseconds: -62_167_219_200_000_000)
  package static let last = Timestamp(microseconds: 253_402_300_799_999_000)

  /// The moment that many seconds later, or earlier for negative ones; bounded by `first` and
  /// `last`.
  package func adding(seconds: Int64) -> Timestamp {
    let (span, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isTooFar) = microseconds.addingReportingOverflow(span)
    if isTooLong || isTooFar { return seconds < 0 ? .first : .last }
    return min(max(Timestamp(microseconds: sum), .first), .last)
  }

  /// Whole seconds from `other` to this moment, negative where `other` is later.
  package func seconds(since other: Timestamp) -> Int64 {
    (microseconds - other.microseconds) / 1_000_000
  }

  package var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the text, such as `2026-11-21T20:00:00.000Z`.
  ///
  /// Moments outside the years 0000 to 9999 are written as the first or last moment within.
  package func write(into bytes: inout [UInt8]) {
    let written = min(max(microseconds, Self.first.microseconds), Self.last.microseconds)
    let milliseconds = Self.floorDivide(written, 1_000)
    let seconds = Self.floorDivide(milliseconds, 1_000)
    let days = Self.floorDivide(seconds, 86_400)
    let (year, month, day) = Self.civil(fromDays: days)
    let second = seconds - days * 86_400
    // One append instead of many: this runs for every answer and every audit entry.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { text in
      func put(_ value: Int64, at place: Int, _ mark: Unicode.Scalar) {
        text[place] = 0x30 + UInt8(truncatingIfNeeded: value / 10 % 10)
        text[place + 1] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
        text[place + 2] = UInt8(ascii: mark)
      }
      put(year / 100, at: 0, "0")
      put(year % 100, at: 2, "-")
      put(month, at: 5, "-")
      put(day, at: 8, "T")
      put(second / 3_600, at: 11, ":")
      put(second / 60 % 60, at: 14, ":")
      put(second % 60, at: 17, ".")
      let fraction = milliseconds - seconds * 1_000
      put(fraction / 10, at: 20, "0")
      text[22] = 0x30 + UInt8(truncatingIfNeeded: fraction % 10)
      text[23] = UInt8(ascii: "Z")
      bytes.append(contentsOf: text)
    }
  }

  /// Reads an RFC 3339 date-time with `Z` or an offset; nil for other text.
  package init?(parsing text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74,
      bytes[13] == 0x3A, bytes[16] == 0x3A, let year = number(0..<4), let month = number(5..<7),
      let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16),
      let second = number(17..<19), (1...12).contains(month), day >= 1,
      day <= Self.days(inMonth: month, of: year), hour < 24, minute < 60, second < 61
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if bytes[index] == 0x2E {
      let start = index + 1
      index = start
      while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
      guard index > start else { return nil }
      let digits = String(decoding: bytes[start..<min(index, start + 6)], as: UTF8.self)
      fraction = Int64(digits.padding(to: 6)) ?? 0
    }
    guard index < bytes.count else { return nil }
    var offset: Int64 = 0
    if bytes[index] | 0x20 == 0x7A {
      guard bytes.count == index + 1 else { return nil }
    } else {
      guard bytes.count == index + 6, bytes[index] == 0x2B || bytes[index] == 0x2D,
        bytes[index + 3] == 0x3A, let hours = number(index + 1..<index + 3),
        let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (bytes[index] == 0x2D ? -1 : 1)
    }
    let days = Self.days(fromCivil: year, month, day)
    let total = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
    microseconds = total * 1_000_000 + fraction
  }

  // MARK: Calendar (Howard Hinnant's civil algorithms, proleptic Gregorian)

  private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    value >= 0 ? value / by : (value - by + 1) / by
  }

  static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension String {
  fileprivate func padding(to count: Int) -> String {
    self + String(repeating: "0", count: max(0, count - utf8.count))
  }
}
