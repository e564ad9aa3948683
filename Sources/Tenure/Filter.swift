/// A filter in SCIM's grammar (RFC 7644 section 3.4.2.2).
///
/// The caller says which attributes exist.
package indirect enum Filter: Sendable, Equatable {
  case compare(attribute: String, Comparison, Value)
  case present(attribute: String)
  case and(Filter, Filter)
  case or(Filter, Filter)
  case not(Filter)

  package enum Comparison: String, Sendable, CaseIterable {
    case eq, ne, gt, ge, lt, le
    /// For text: contains, starts with, ends with.
    case co, sw, ew
  }

  package enum Value: Sendable, Equatable {
    case string(String)
    case bool(Bool)
    case number(Int)
    case null
  }

  package struct Malformed: Error, Equatable {
    package let detail: String
    package init(detail: String) { self.detail = detail }
  }

  /// Comparisons in one filter: bounds what a query may cost.
  package static let comparisonsMax = 16
  package static let bytesMax = 2_048

  package init(parsing text: String) throws(Malformed) {
    guard text.utf8.count <= Self.bytesMax else {
      throw Malformed(detail: "the filter is longer than \(Self.bytesMax) bytes")
    }
    var parser = FilterParser(text)
    self = try parser.whole()
  }
}

// MARK: Evaluation

extension Filter {
  /// The value of an attribute.
  ///
  /// A multi-valued one has several texts, of which one must match.
  package enum Attribute: Sendable {
    case texts([String])
    case time(Timestamp)
  }

  /// Whether something satisfies the filter.
  ///
  /// `attribute` gives the value of an attribute, nil where there is none. Text is compared without
  /// regard to case (RFC 7643, section 2.2, `caseExact` false). Comparing a time with a text, or
  /// texts by order, is never satisfied: callers refuse such filters when they parse them.
  package func isSatisfied(_ attribute: (String) -> Attribute?) -> Bool {
    switch self {
    case .and(let left, let right):
      left.isSatisfied(attribute) && right.isSatisfied(attribute)
    case .or(let left, let right): left.isSatisfied(attribute) || right.isSatisfied(attribute)
    case .not(let inner): !inner.isSatisfied(attribute)
    case .present(let name):
      switch attribute(name.lowercased()) {
      case .texts(let texts): !texts.isEmpty
      case .time: true
      case nil: false
      }
    case .compare(let name, let comparison, let value):
      switch attribute(name.lowercased()) {
      case .texts(let texts): Self.compare(texts, comparison, value)
      case .time(let time): Self.compare(time, comparison, value)
      case nil: comparison == .ne
      }
    }
  }

  private static func compare(_ texts: [String], _ comparison: Comparison, _ value: Value) -> Bool {
    guard case .string(let wanted) = value else { return false }
    let text = wanted.lowercased()
    switch comparison {
    case .eq: return texts.contains { $0.lowercased() == text }
    case .ne: return !texts.contains { $0.lowercased() == text }
    case .co: return texts.contains { $0.lowercased().contains(text) }
    case .sw: return texts.contains { $0.lowercased().hasPrefix(text) }
    case .ew: return texts.contains { $0.lowercased().hasSuffix(text) }
    case .gt, .ge, .lt, .le: return false
    }
  }

  private static func compare(_ time: Timestamp, _ comparison: Comparison, _ value: Value) -> Bool {
    guard case .string(let text) = value, let wanted = Timestamp(parsing: text) else {
      return false
    }
    switch comparison {
    case .eq: return time == wanted
    case .ne: return time != wanted
    case .gt: return time > wanted
    case .ge: return time >= wanted
    case .lt: return time < wanted
    case .le: return time <= wanted
    case .co, .sw, .ew: return false
    }
  }

  /// Whether the filter has this comparison, not counting those under a `not`.
  package func compares(_ name: String, _ comparison: Comparison, _ text: String) -> Bool {
    switch self {
    case .and(let left, let right), .or(let left, let right):
      left.compares(name, comparison, text) || right.compares(name, comparison, text)
    case .not, .present: false
    case .compare(let attribute, comparison, .string(text)): attribute.lowercased() == name
    case .compare: false
    }
  }

  /// Whether some comparison looks at a part of an attribute's text (`co`, `sw`, `ew`).
  package func looksInto(_ name: String) -> Bool {
    switch self {
    case .and(let left, let right), .or(let left, let right):
      left.looksInto(name) || right.looksInto(name)
    case .not(let inner): inner.looksInto(name)
    case .present: false
    case .compare(let attribute, let comparison, _):
      attribute.lowercased() == name && [.co, .sw, .ew].contains(comparison)
    }
  }

  /// The attributes that the filter names, in lower case.
  package var attributes: Set<String> {
    switch self {
    case .and(let left, let right), .or(let left, let right):
      left.attributes.union(right.attributes)
    case .not(let inner): inner.attributes
    case .present(let name), .compare(let name, _, _): [name.lowercased()]
    }
  }

  /// The parts that the filter joins with `and`, in order; the filter itself where it joins none.
  package var conjuncts: [Filter] {
    guard case .and(let left, let right) = self else { return [self] }
    return left.conjuncts + right.conjuncts
  }
}

/// Recursive descent: `or` binds weakest, then `and`, then `not`; parentheses group.
private struct FilterParser {
  private enum Token: Equatable {
    case word(String)
    case string(String)
    case open
    case close
  }

  private static let depthMax = 16
  private var tokens: [Token] = []
  private var position = 0
  private var comparisons = 0
  private var depth = 0
  private var lexerError: Filter.Malformed?

  init(_ text: String) {
    do throws(Filter.Malformed) { tokens = try Self.tokens(text) } catch { lexerError = error }
  }

  mutating func whole() throws(Filter.Malformed) -> Filter {
    if let lexerError { throw lexerError }
    let filter = try disjunction()
    if position < tokens.count { throw Filter.Malformed(detail: "nothing may follow the filter") }
    return filter
  }

  private mutating func disjunction() throws(Filter.Malformed) -> Filter {
    var left = try conjunction()
    while takeWord("or") { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(Filter.Malformed) -> Filter {
    var left = try term()
    while takeWord("and") { left = .and(left, try term()) }
    return left
  }

  private mutating func term() throws(Filter.Malformed) -> Filter {
    if takeWord("not") { return .not(try group()) }
    if position < tokens.count, tokens[position] == .open { return try group() }
    return try comparison()
  }

  private mutating func group() throws(Filter.Malformed) -> Filter {
    guard take(.open) else { throw Filter.Malformed(detail: "'(' is expected") }
    depth += 1
    if depth > Self.depthMax { throw Filter.Malformed(detail: "nested too deeply") }
    let inner = try disjunction()
    depth -= 1
    guard take(.close) else { throw Filter.Malformed(detail: "')' is expected") }
    return inner
  }

  private mutating func comparison() throws(Filter.Malformed) -> Filter {
    comparisons += 1
    if comparisons > Filter.comparisonsMax {
      throw Filter.Malformed(detail: "more than \(Filter.comparisonsMax) comparisons")
    }
    guard case .word(let attribute)? = next(), Self.isAttribute(attribute) else {
      throw Filter.Malformed(detail: "an attribute's name is expected")
    }
    guard case .word(let name)? = next() else {
      throw Filter.Malformed(detail: "an operator is expected after '\(attribute)'")
    }
    if name.lowercased() == "pr" { return .present(attribute: attribute) }
    guard let comparison = Filter.Comparison(rawValue: name.lowercased()) else {
      throw Filter.Malformed(detail: "the operator '\(name)' is not known here")
    }
    return .compare(attribute: attribute, comparison, try value())
  }

  private mutating func value() throws(Filter.Malformed) -> Filter.Value {
    switch next() {
    case .string(let text): return .string(text)
    case .word("true"): return .bool(true)
    case .word("false"): return .bool(false)
    case .word("null"): return .null
    case .word(let text):
      if let number = Int(text) { return .number(number) }
      throw Filter.Malformed(detail: "text must stand in double quotes")
    default: throw Filter.Malformed(detail: "a value is expected")
    }
  }

  private mutating func next() -> Token? {
    guard position < tokens.count else { return nil }
    defer { position += 1 }
    return tokens[position]
  }

  private mutating func take(_ token: Token) -> Bool {
    guard position < tokens.count, tokens[position] == token else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard position < tokens.count, case .word(let text) = tokens[position],
      text.lowercased() == word
    else { return false }
    position += 1
    return true
  }

  private static func isAttribute(_ text: String) -> Bool {
    guard let first = text.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7A else {
      return false
    }
    return text.utf8.allSatisfy {
      ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D
    }
  }

  private static func tokens(_ text: String) throws(Filter.Malformed) -> [Token] {
    var tokens: [Token] = []
    var rest = Substring(text)
    while let character = rest.first {
      switch character {
      case " ": rest.removeFirst()
      case "(":
        tokens.append(.open)
        rest.removeFirst()
      case ")":
        tokens.append(.close)
        rest.removeFirst()
      case "\"":
        rest.removeFirst()
        tokens.append(.string(try string(&rest)))
      default:
        let word = rest.prefix { $0 != " " && $0 != "(" && $0 != ")" && $0 != "\"" }
        tokens.append(.word(String(word)))
        rest.removeFirst(word.count)
      }
    }
    return tokens
  }

  /// The rest of a quoted string; the escapes are JSON's simple ones.
  private static func string(_ rest: inout Substring) throws(Filter.Malformed) -> String {
    var text = ""
    while let character = rest.popFirst() {
      if character == "\"" { return text }
      guard character == "\\" else {
        text.append(character)
        continue
      }
      switch rest.popFirst() {
      case "\"": text.append("\"")
      case "\\": text.append("\\")
      case "/": text.append("/")
      default: throw Filter.Malformed(detail: "this escape is not known in a filter")
      }
    }
    throw Filter.Malformed(detail: "the text in quotes does not end")
  }
}
