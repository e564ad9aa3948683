import Tenure
import Testing

@Suite struct FilterTests {
  @Test func `and binds stronger than or, parentheses stronger than both`() throws {
    let a = Filter.compare(attribute: "a", .eq, .string("1"))
    let b = Filter.compare(attribute: "b", .gt, .number(2))
    let c = Filter.present(attribute: "c")
    #expect(try Filter(parsing: #"a eq "1" or b gt 2 and c pr"#) == .or(a, .and(b, c)))
    #expect(
      try Filter(parsing: #"(a eq "1" or b GT 2) AND not (c pr)"#) == .and(.or(a, b), .not(c)))
  }

  @Test(arguments: [
    "", "a", "a eq", "a xx 1", "a eq 1 b", "(a eq 1", "a eq 1)", "a eq \"x", "a eq unquoted",
    "1a eq 2", "not a eq 1", "a eq \"\\n\"", "and", "a eq 1 and", "\"a\" eq 1",
  ]) func `a malformed filter is refused`(text: String) {
    #expect(throws: Filter.Malformed.self) { try Filter(parsing: text) }
  }

  @Test func `what a filter may cost is bounded`() throws {
    let sixteen = Array(repeating: "a eq 1", count: 16).joined(separator: " and ")
    _ = try Filter(parsing: sixteen)
    #expect(throws: Filter.Malformed.self) { try Filter(parsing: sixteen + " and a eq 1") }
    let deep = String(repeating: "(", count: 17) + "a eq 1" + String(repeating: ")", count: 17)
    #expect(throws: Filter.Malformed.self) { try Filter(parsing: deep) }
  }

  @Test(arguments: [
    (#"name eq "ADA lovelace""#, true), (#"name eq "Ada""#, false), (#"name ne "Ada""#, true),
    (#"name co "LOVE""#, true), (#"name co "hate""#, false), (#"name sw "ada""#, true),
    (#"name sw "love""#, false), (#"name ew "LACE""#, true), (#"name ew "love""#, false),
    (#"mail eq "b@x.test""#, true), (#"mail eq "c@x.test""#, false),
    (#"mail ne "b@x.test""#, false),
    (#"at gt "2026-01-01T00:00:00Z""#, false), (#"at ge "2026-01-01T00:00:00Z""#, true),
    (#"at lt "2026-01-01T00:00:01Z""#, true), (#"at le "2025-12-31T23:59:59Z""#, false),
    (#"at eq "2026-01-01T00:00:00.000Z""#, true), (#"at ne "2026-01-01T00:00:00Z""#, false),
    ("name pr", true), ("none pr", false), (#"none eq "x""#, false), (#"none ne "x""#, true),
    (#"gone eq "x""#, false), ("gone pr", false), (#"name gt "A""#, false), ("name eq 1", false),
    (#"name sw "ada" and mail eq "c@x.test""#, false),
    (#"name sw "bob" or mail eq "a@x.test""#, true), (#"not (name sw "ada")"#, false),
  ])
  func `it says whether something satisfies it`(text: String, isSatisfied: Bool) throws {
    let time = try #require(Timestamp(parsing: "2026-01-01T00:00:00Z"))
    let found = try Filter(parsing: text).isSatisfied { name in
      switch name {
      case "name": .texts(["Ada Lovelace"])
      case "mail": .texts(["a@x.test", "b@x.test"])
      case "none": .texts([])
      case "at": .time(time)
      default: nil
      }
    }
    #expect(found == isSatisfied)
  }

  @Test func `it says what it compares, and what must hold at once`() throws {
    let filter = try Filter(parsing: #"(Status eq "deleted" or a pr) and b eq "1" and not (c pr)"#)
    #expect(filter.attributes == ["status", "a", "b", "c"])
    #expect(filter.compares("status", .eq, "deleted"))
    #expect(!filter.compares("status", .ne, "deleted") && !filter.compares("b", .eq, "deleted"))
    #expect(try !Filter(parsing: #"not (status eq "deleted")"#).compares("status", .eq, "deleted"))
    #expect(filter.conjuncts.count == 3)
    #expect(try Filter(parsing: #"a pr or b pr and c pr"#).conjuncts.count == 1)
  }
}
