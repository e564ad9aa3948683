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
}
