import Tenure
import Testing

/// What machines write a little differently from each other.
@Suite struct MachineTextTests {
  @Test(arguments: [
    ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b", ""]), ("\u{FEFF}a\r\n\nb", ["a", "", "b"]),
    ("", [""]), ("a\rb", ["a\rb"]),
  ])
  func `lines end as they do on whichever machine`(text: String, lines: [String]) {
    #expect(text.plainLines.map(String.init) == lines)
  }

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
    ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
    ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000Z"),
    ("Fri, 27 Nov 2026 00:00:00 GMT", "2026-11-27T00:00:00.000Z"),
  ])
  func `a date of HTTP is read in each of its forms`(text: String, time: String) {
    #expect(Timestamp(httpDate: text)?.description == time)
  }

  @Test(arguments: [
    "", "GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "tomorrow", "1994-11-06",
    "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov +994 08:49:37 GMT",
  ])
  func `anything else is none`(text: String) { #expect(Timestamp(httpDate: text) == nil) }

  @Test(
    arguments: [
      ("0", 0), ("120", 120), ("86401", 86_400), ("007", 7), ("soon", nil), ("", nil),
      ("99999999999999999999", 86_400), ("-5", nil), ("+5", nil), ("1.5", nil), ("1e3", nil),
      ("0x10", nil), ("inf", nil), ("nan", nil), ("٣", nil), ("5 ", nil),
      ("Fri, 27 Nov 2026 00:02:00 GMT", 120), ("Thu, 26 Nov 2026 23:59:59 GMT", 0),
      ("Sun, 29 Nov 2026 00:00:00 GMT", 86_400),
    ] as [(String, Int64?)])
  func `a receiver says how long to wait, in seconds or until when`(text: String, seconds: Int64?)
    throws
  {
    let now = try #require(Timestamp(parsing: "2026-11-27T00:00:00Z"))
    #expect(WebhookSchedule.seconds(retryAfter: text, at: now) == seconds)
  }
}
