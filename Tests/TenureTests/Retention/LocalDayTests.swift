import Foundation
import Testing

@testable import Tenure

/// Days are days of a place's calendar, whatever its clocks do at midnight.
@Suite struct LocalDayTests {
  private static func time(_ text: String) throws -> Timestamp {
    try #require(Timestamp(parsing: text))
  }

  @Test(arguments: [
    // Midnight is skipped: the day begins at one o'clock.
    ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"),
    ("2010-10-03", "America/Asuncion", "2010-10-03T04:00:00.000Z"),
    ("2022-03-22", "Asia/Tehran", "2022-03-21T20:30:00.000Z"),
    ("2022-03-27", "Asia/Beirut", "2022-03-26T22:00:00.000Z"),
    // Midnight comes twice: the day begins the first time.
    ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00.000Z"),
    // There was no such day: it begins with the next one.
    ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z"),
    ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00.000Z"),
  ])
  func `a day begins with its first moment`(
    _ day: String, _ place: String, _ begins: String
  ) throws {
    let zone = try #require(TimeZone(identifier: place))
    let found = try #require(Timestamp(day: day, in: zone))
    #expect(found.description == begins, "\(place)")
  }

  @Test(arguments: [
    ("2018-11-04", "America/Sao_Paulo", "P6Y", "2024-11-04T03:00:00.000Z"),
    ("2017-11-04", "America/Sao_Paulo", "P1Y", "2018-11-04T03:00:00.000Z"),
    ("2018-10-04", "America/Sao_Paulo", "P1M", "2018-11-04T03:00:00.000Z"),
    ("2018-11-03", "America/Sao_Paulo", "P1D", "2018-11-04T03:00:00.000Z"),
    ("2018-11-04", "America/Sao_Paulo", "P1D", "2018-11-05T02:00:00.000Z"),
    ("2020-02-29", "Europe/Berlin", "P1Y", "2021-02-27T23:00:00.000Z"),
    ("2020-01-31", "Europe/Berlin", "P1M", "2020-02-28T23:00:00.000Z"),
  ])
  func `from the beginning of a day a period leads to the beginning of a day`(
    _ day: String, _ place: String, _ period: String, _ ends: String
  ) throws {
    let zone = try #require(TimeZone(identifier: place))
    let start = try #require(Timestamp(day: day, in: zone))
    let end = try #require(CalendarPeriod(parsing: period)).after(start, in: zone)
    #expect(end.description == ends, "\(place)")
  }

  @Test func `nothing is later than the last moment there is`() throws {
    let zone = try #require(TimeZone(identifier: "America/Sao_Paulo"))
    let years = try #require(CalendarPeriod(parsing: "P6Y"))
    for (day, ends) in [
      ("9993-12-30", "9999-12-30T03:00:00.000Z"), ("9993-12-31", "9999-12-31T03:00:00.000Z"),
      ("9994-01-01", "9999-12-31T23:59:59.999Z"), ("9999-12-31", "9999-12-31T23:59:59.999Z"),
    ] {
      let start = try #require(Timestamp(day: day, in: zone))
      #expect(years.after(start, in: zone).description == ends, "\(day)")
    }
    #expect(Timestamp.last.adding(seconds: 1) == .last)
    #expect(Timestamp.last.adding(seconds: -1).description == "9999-12-31T23:59:58.999Z")
    #expect(Timestamp.first.adding(seconds: -1) == .first)
    #expect(Timestamp(microseconds: 0).adding(seconds: .max) == .last)
    #expect(Timestamp(microseconds: 0).adding(seconds: .min) == .first)
  }

  /// Around every change of every zone's clocks in 60 years.
  @Test func `in every zone a day begins when its clocks first show it`() throws {
    let day: Int64 = 86_400
    for place in TimeZone.knownTimeZoneIdentifiers {
      let zone = try #require(TimeZone(identifier: place))
      func shown(_ seconds: Int64) -> Int64 {
        let date = Date(timeIntervalSince1970: Double(seconds))
        let local = seconds + Int64(zone.secondsFromGMT(for: date))
        return local >= 0 ? local / day : (local - day + 1) / day
      }
      for week in stride(from: Int64(0), to: 60 * 52, by: 1) {
        let from = week * 7 * day
        let offsets = [from, from + 7 * day].map {
          zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0)))
        }
        if offsets[0] == offsets[1] { continue }
        for number in (week * 7)...(week * 7 + 7) {
          let begins = Timestamp(localDay: number, time: 0, in: zone)
          let second = begins.microseconds / 1_000_000
          // A day that a zone left out begins with the one after it.
          #expect(shown(second) >= number, "\(place) \(begins)")
          #expect(shown(second - 1) < number, "\(place) \(begins)")
          if shown(second) == number {
            let local = begins.local(in: zone)
            #expect(local.day == number && local.time == 0, "\(place) \(begins)")
          }
        }
      }
    }
  }
}
