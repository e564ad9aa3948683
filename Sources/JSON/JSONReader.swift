/// Why a document was refused, and where: `pointer` is a JSON Pointer (RFC 6901).
package struct JSONError: Error, Equatable {
  package enum Code: String, Sendable {
    case syntax = "invalid_json"
    case encoding = "invalid_utf8"
    case depth = "too_deep"
    case duplicate = "duplicate_member"
    case unknown = "unknown_member"
    case type = "wrong_type"
    case missing = "required"
    case value = "invalid_value"
  }

  package let code: Code
  package let pointer: String
  package let detail: String

  /// Where a text is no JSON as it must be, whatever is expected of its content; nil for one that is.
  package init?(ofMalformed bytes: [UInt8]) {
    var reader = JSONReader(bytes)
    do {
      try reader.skip()
      try reader.end()
      return nil
    } catch { self = error }
  }

  package init(code: Code, pointer: String, detail: String) {
    self.code = code
    self.pointer = pointer
    self.detail = detail
  }
}

/// A strict pull reader (RFC 8259): one pass, no tree unless asked for.
///
/// Stricter than the RFC where that protects: duplicate members are refused, as is a document
/// deeper than `depthMax`, a lone surrogate, and anything after the value. A byte order mark before
/// the value is passed over, as the RFC lets a reader do (section 8.1): machines write it.
package struct JSONReader {
  /// Levels of nesting accepted.
  package static let depthMax = 64
  /// Members of one object.
  package static let membersMax = 1_000
  /// Up to so many members, duplicates are found by comparing, which is faster than hashing.
  private static let comparedMax = 16
  /// The most bytes of a member's name that an error shows.
  private static let shownBytesMax = 200

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private var path: [String] = []

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  static let utf16Refused = "the text is UTF-16, and must be UTF-8"

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: Self.byteOrderMark) { position = Self.byteOrderMark.count }
  }

  // MARK: Structure

  /// Reads an object, calling `member` for each; the closure must consume the member's value.
  package mutating func object(
    _ member: (String, inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect(UInt8(ascii: "{"), "an object")
    try enter()
    defer { depth -= 1 }
    if take(UInt8(ascii: "}")) { return }
    var names: [String] = []
    var hashed: Set<String> = []
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw syntax("a member name in quotes is expected") }
      let name = try string()
      path.append(name)
      let isRepeated = hashed.isEmpty ? names.contains(name) : hashed.contains(name)
      if isRepeated { throw error(.duplicate, "the member appears twice") }
      if names.count + hashed.count == Self.membersMax { throw error(.value, "too many members") }
      if hashed.isEmpty { names.append(name) } else { hashed.insert(name) }
      if names.count == Self.comparedMax {
        hashed = Set(names)
        names = []
      }
      guard take(UInt8(ascii: ":")) else { throw syntax("':' is expected") }
      try member(name, &self)
      path.removeLast()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw syntax("',' or '}' is expected") }
  }

  /// Reads an array, calling `element` for each; the closure must consume the element.
  package mutating func array(
    _ element: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect(UInt8(ascii: "["), "an array")
    try enter()
    defer { depth -= 1 }
    if take(UInt8(ascii: "]")) { return }
    var index = 0
    repeat {
      path.append(String(index))
      try element(&self)
      path.removeLast()
      index += 1
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw syntax("',' or ']' is expected") }
  }

  /// Asserts that nothing but white space follows.
  package mutating func end() throws(JSONError) {
    skipSpace()
    if position < bytes.count { throw syntax("nothing may follow the value") }
  }

  // MARK: Values

  package mutating func string() throws(JSONError) -> String {
    try expect(UInt8(ascii: "\""), "a string")
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let content = bytes[start..<position]
        position += 1
        return hasEscapes ? try unescape(content) : try text(content)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        position += 2
      case 0..<0x20: throw syntax("a control character must be escaped")
      default: position += 1
      }
    }
    throw syntax("the string does not end")
  }

  package mutating func bool() throws(JSONError) -> Bool {
    skipSpace()
    if takeWord("true") { return true }
    if takeWord("false") { return false }
    throw try mismatch("true or false")
  }

  /// Whether the next value is `null`, which is then consumed.
  package mutating func null() -> Bool {
    skipSpace()
    return takeWord("null")
  }

  package mutating func int() throws(JSONError) -> Int {
    skipSpace()
    guard let first = peek, first == UInt8(ascii: "-") || isDigit(first) else {
      throw try mismatch("a whole number")
    }
    let number = try self.number()
    guard let value = Int(number) else { throw error(.type, "a whole number is expected") }
    return value
  }

  /// The text of a number, checked against the grammar.
  package mutating func number() throws(JSONError) -> String {
    skipSpace()
    let start = position
    _ = takeByte(UInt8(ascii: "-"))
    if !takeByte(UInt8(ascii: "0")) { try digits() }
    if takeByte(UInt8(ascii: ".")) { try digits() }
    if takeByte(UInt8(ascii: "e")) || takeByte(UInt8(ascii: "E")) {
      if !takeByte(UInt8(ascii: "+")) { _ = takeByte(UInt8(ascii: "-")) }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Reads whatever comes next as a tree.
  package mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"):
      var members: [(name: String, value: JSONValue)] = []
      try object { (name, reader) throws(JSONError) in
        members.append((name, try reader.value()))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try array { (reader) throws(JSONError) in elements.append(try reader.value()) }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    // Words are taken here, not by `bool`: a broken one would come back to this place for ever.
    case UInt8(ascii: "t") where takeWord("true"): return .bool(true)
    case UInt8(ascii: "f") where takeWord("false"): return .bool(false)
    case UInt8(ascii: "n") where takeWord("null"): return .null
    default: return .number(try number())
    }
  }

  /// Reads whatever comes next, and keeps nothing of it.
  package mutating func skip() throws(JSONError) {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): try object { (_, reader) throws(JSONError) in try reader.skip() }
    case UInt8(ascii: "["): try array { (reader) throws(JSONError) in try reader.skip() }
    case UInt8(ascii: "\""): _ = try string()
    default: _ = try value()
    }
  }

  // MARK: Errors

  /// An error at the member or element being read.
  package func error(_ code: JSONError.Code, _ detail: String) -> JSONError {
    JSONError(code: code, pointer: pointer, detail: detail)
  }

  /// An error about a member of the object that was read.
  package func error(at name: String, _ code: JSONError.Code, _ detail: String) -> JSONError {
    JSONError(code: code, pointer: pointer + "/" + name, detail: detail)
  }

  package func unknownMember() -> JSONError {
    error(.unknown, "this member is not known here")
  }

  /// An error about a member the document lacks.
  package func missing(_ name: String) -> JSONError {
    JSONError(
      code: .missing, pointer: pointer + "/" + name, detail: "the member '\(name)' is required")
  }

  private var pointer: String {
    path.map { name in
      let shown = name.shown(upTo: Self.shownBytesMax)
      return "/" + shown.replacing("~", with: "~0").replacing("/", with: "~1")
    }.joined()
  }

  private func syntax(_ detail: String) -> JSONError {
    // Each UTF-16 text is malformed at one of its first two bytes.
    if position < 2 && bytes.areUTF16 { return error(.encoding, Self.utf16Refused) }
    return error(.syntax, "\(detail), at byte \(position)")
  }

  /// The error for a value of another type; a syntax error where there is no value at all.
  private mutating func mismatch(_ expected: String) throws(JSONError) -> JSONError {
    let start = position
    _ = try value()
    position = start
    return error(.type, "\(expected) is expected")
  }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    return takeByte(byte)
  }

  private mutating func takeByte(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard bytes.count - position >= length else { return false }
    let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + length]) }
    if matches { position += length }
    return matches
  }

  private mutating func expect(_ byte: UInt8, _ expected: String) throws(JSONError) {
    if take(byte) { return }
    throw try mismatch(expected)
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    if depth > Self.depthMax { throw error(.depth, "nested deeper than \(Self.depthMax) levels") }
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  private mutating func digits() throws(JSONError) {
    guard let first = peek, isDigit(first) else { throw syntax("a value is expected") }
    while let byte = peek, isDigit(byte) { position += 1 }
  }

  private func text(_ content: ArraySlice<UInt8>) throws(JSONError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw error(.encoding, "the text is not valid UTF-8")
    }
    return text
  }

  private func unescape(_ content: ArraySlice<UInt8>) throws(JSONError) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var index = content.startIndex
    while index < content.endIndex {
      if content[index] != UInt8(ascii: "\\") {
        result.append(content[index])
        index += 1
        continue
      }
      index += 1
      switch content[index] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(content[index])
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        let scalar = try escapedScalar(content, at: &index)
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      default: throw syntax("unknown escape")
      }
      index += 1
    }
    return try text(result[...])
  }

  /// Reads `uXXXX` (and its low surrogate's twin); leaves `index` on the last digit.
  private func escapedScalar(
    _ content: ArraySlice<UInt8>, at index: inout Int
  ) throws(JSONError) -> Unicode.Scalar {
    let high = try hexQuad(content, at: &index)
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, index + 2 < content.endIndex, content[index + 1] == UInt8(ascii: "\\"),
      content[index + 2] == UInt8(ascii: "u")
    else { throw error(.encoding, "a lone surrogate is not text") }
    index += 2
    let low = try hexQuad(content, at: &index)
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    else { throw error(.encoding, "a lone surrogate is not text") }
    return scalar
  }

  private func hexQuad(
    _ content: ArraySlice<UInt8>, at index: inout Int
  ) throws(JSONError) -> UInt32 {
    guard index + 4 < content.endIndex else { throw syntax("four hexadecimal digits are expected") }
    var value: UInt32 = 0
    for offset in 1...4 {
      guard let digit = content[index + offset].hexDigitValue else {
        throw syntax("four hexadecimal digits are expected")
      }
      value = value << 4 | UInt32(digit)
    }
    index += 4
    return value
  }
}

extension UInt8 {
  /// What the byte is worth as an ASCII hexadecimal digit, of either case; nil where it is none.
  ///
  /// By way of `Character` it takes a hundred times as long.
  package var hexDigitValue: UInt8? {
    let letter = (self | 0x20) &- UInt8(ascii: "a")
    let digit = self &- UInt8(ascii: "0")
    return digit < 10 ? digit : letter < 6 ? letter + 10 : nil
  }
}

extension String {
  /// The text as an answer shows what somebody sent: the first bytes of it, and an ellipsis for more.
  package func shown(upTo bytesMax: Int) -> String {
    guard utf8.count > bytesMax else { return self }
    var end = utf8.index(startIndex, offsetBy: bytesMax)
    // No half of a character.
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
      end = utf8.index(before: end)
    }
    return self[..<end] + "…"
  }
}
