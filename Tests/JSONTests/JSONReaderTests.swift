import Foundation
import JSON
import Testing

/// The folder of outside vectors, where it is given.
private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

@Suite struct JSONReaderTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  @Test func `a document is read as it is written`() throws {
    let value = try parse(#" {"a": [1, -2.5e3, true, null], "ü": "x\u00e9\ud83d\ude00\n"} "#)
    #expect(value["a"]?.array?.count == 4)
    #expect(value["ü"]?.string == "xé😀\n")
    #expect(value["a"]?.array?[1] == .number("-2.5e3"))
  }

  @Test func `a byte is a hexadecimal digit or none`() {
    let digits = Dictionary(
      uniqueKeysWithValues: zip("0123456789abcdefABCDEF".utf8, Array(0...15) + Array(10...15)))
    for byte in UInt8.min...UInt8.max { #expect(byte.hexDigitValue.map(Int.init) == digits[byte]) }
  }

  @Test(arguments: [
    ("{\"a\":1,\"a\":2}", JSONError.Code.duplicate, "/a"),
    ("{\"a\":{\"b\":[1,{\"c\":1,\"c\":1}]}}", .duplicate, "/a/b/1/c"),
    ("{\"a\":01}", .syntax, ""),
    ("tru", .syntax, ""), ("[fals", .syntax, "/0"), ("{\"a\":nulL}", .syntax, "/a"),
    ("[1,]", .syntax, "/1"),
    ("\"\\ud800\"", .encoding, ""),
    ("{\"a/b~\": nul}", .syntax, "/a~1b~0"),
    ("[1] 2", .syntax, ""),
    ("", .syntax, ""),
  ]) func `a malformed document is refused with its place`(
    text: String, code: JSONError.Code, pointer: String
  ) throws {
    let error = #expect(throws: JSONError.self) { try parse(text) }
    #expect(error?.code == code)
    #expect(error?.pointer == pointer)
  }

  @Test func `nesting is bounded`() throws {
    let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    _ = try parse(deepest)
    let error = #expect(throws: JSONError.self) { try parse("[" + deepest + "]") }
    #expect(error?.code == .depth)
  }

  @Test func `what is written is read again`() throws {
    let text = #"{"a":[1,{"b":"q\"\\\u0001é"}],"c":{},"d":[],"e":false}"#
    var writer = JSONWriter()
    writer.value(try parse(text))
    #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
  }

  /// RFC 7396, appendix A.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
    (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
    (#"{"a":"foo"}"#, "null", "null"),
    (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
  ]) func `a merge patch changes what it names`(
    target: String, patch: String, result: String
  ) throws {
    #expect(try parse(target).merging(patch: parse(patch)) == parse(result))
  }

  @Test func `a byte order mark before the value is passed over, and one elsewhere is not`() throws
  {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try JSONValue(parsing: mark + Array(#"{"a":1}"#.utf8)) == parse(#"{"a":1}"#))
    for bytes in [mark, mark + mark + Array("1".utf8), Array("1".utf8) + mark] {
      #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }
  }

  @Test(.enabled(if: vectors != nil, "TENURE_VECTORS is not set"))
  func `every file of JSONTestSuite is judged as its name says`() throws {
    let folder = (vectors ?? "") + "/json/test_parsing"
    var counts = (accepted: 0, refused: 0)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let bytes = Array(FileManager.default.contents(atPath: folder + "/" + name) ?? Data())
      let isAccepted = (try? JSONValue(parsing: bytes)) != nil
      // Stricter than the RFC, on purpose: a member may appear once.
      let isDuplicate = name.hasPrefix("y_object_duplicated_key")
      if name.hasPrefix("y_") && !isDuplicate {
        #expect(isAccepted, "\(name)")
        counts.accepted += 1
      } else if name.hasPrefix("n_") || isDuplicate {
        #expect(!isAccepted, "\(name)")
        counts.refused += 1
      }
    }
    #expect(counts.accepted > 90 && counts.refused > 180)
  }
}

/// A stream of lines, as machines write it and networks cut it.
@Suite struct JSONLinesTests {
  /// The lines of a text that arrives in pieces of some bytes each.
  private func lines(_ text: [UInt8], inPiecesOf size: Int) throws -> [String] {
    var lines = JSONLines()
    var found: [String] = []
    func take() throws {
      while let line = try lines.next() { found.append(String(decoding: line, as: UTF8.self)) }
    }
    for start in stride(from: 0, to: text.count, by: size) {
      lines.add(Array(text[start..<min(start + size, text.count)]))
      try take()
    }
    lines.end()
    try take()
    return found
  }

  @Test func `a mark before the first line is dropped, however the text is cut`() throws {
    let text = "\r\n \t\n \t{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}"
    let marked = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
    for size in 1...marked.count {
      for bytes in [Array(text.utf8), marked] {
        #expect(
          try lines(bytes, inPiecesOf: size) == [" \t{\"a\":1}\r", "{\"b\":2}", "{\"c\":3}"])
      }
    }
    for short in ["", "7", "7\n", "\n"] {
      let found = short.hasPrefix("7") ? ["7"] : []
      #expect(try lines(Array(short.utf8), inPiecesOf: 1) == found)
      #expect(try lines([0xEF, 0xBB, 0xBF] + Array(short.utf8), inPiecesOf: 1) == found)
    }
  }

  @Test func `lines are counted as an editor counts them, and what has no end yet is bounded`()
    throws
  {
    var all = JSONLines("\n{}\r\n\n[]".utf8)
    _ = try all.next()
    #expect(all.number == 2)
    _ = try all.next()
    #expect(all.number == 4)
    #expect(try all.next() == nil)
    var some = JSONLines()
    some.add(Array("{}\n{\"a".utf8))
    while try some.next() != nil {}
    #expect(some.unendedCount == 3)
  }

  @Test(
    arguments: [
      [0xFF, 0xFE, 0x7B, 0x00], [0xFE, 0xFF, 0x00, 0x7B], [0x7B, 0x00, 0x7D, 0x00],
      [0x00, 0x7B, 0x00, 0x7D],
    ] as [[UInt8]])
  func `UTF-16 is refused by name, in lines and in a whole text`(text: [UInt8]) {
    for size in 1...text.count {
      let error = #expect(throws: JSONError.self) { try lines(text, inPiecesOf: size) }
      #expect(error?.code == .encoding && error?.detail.contains("UTF-16") == true)
    }
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.code == .encoding && error?.detail.contains("UTF-16") == true)
  }

  @Test(arguments: [1, 15, 16, 17, 18, 1_000])
  func `a member that appears twice is found among few and among many`(count: Int) throws {
    let members = (0..<count).map { "\"m\($0)\":\($0)" }
    let text = "{\(members.joined(separator: ","))"
    _ = try JSONValue(parsing: Array("\(text)}".utf8))
    for repeated in Set([0, count / 2, count - 1]) {
      let error = #expect(throws: JSONError.self) {
        try JSONValue(parsing: Array("\(text),\"m\(repeated)\":1}".utf8))
      }
      #expect(error?.code == .duplicate && error?.pointer == "/m\(repeated)")
    }
    let bytes = Array("\(text),\"other\":1}".utf8)
    if count < 1_000 {
      _ = try JSONValue(parsing: bytes)
    } else {
      #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }
  }

  @Test func `an error shows the beginning of a long name`() {
    for (name, shown) in [
      (String(repeating: "a", count: 200), String(repeating: "a", count: 200)),
      (String(repeating: "a", count: 201), String(repeating: "a", count: 200) + "…"),
      // Whole characters: the 200th byte is within one of three bytes.
      (String(repeating: "€", count: 300), String(repeating: "€", count: 66) + "…"),
      (String(repeating: "~", count: 300), String(repeating: "~0", count: 200) + "…"),
    ] {
      var reader = JSONReader(Array("{\"\(name)\":1}".utf8))
      let error = #expect(throws: JSONError.self) {
        try reader.object { (_, reader) throws(JSONError) in throw reader.unknownMember() }
      }
      #expect(error?.pointer == "/" + shown)
    }
  }

  @Test func `a text is malformed or not, whatever is expected of it`() throws {
    for text in [#"{"a":1,"b":[true,"x",null,-1.5e3,{}]}"#, "[]", #""x""#, " 1 "] {
      #expect(JSONError(ofMalformed: Array(text.utf8)) == nil, "\(text)")
    }
    for (text, code) in [
      (#"{"a":1,"b":}"#, JSONError.Code.syntax), (#"{"a":1"#, .syntax), (#"{"a":1} x"#, .syntax),
      (#"{"a":1,"a":2}"#, .duplicate), (#"{"a":"\ud800"}"#, .encoding),
      (#"{"a":\#(String(repeating: "[", count: 70))"#, .depth), ("tru", .syntax),
    ] { #expect(JSONError(ofMalformed: Array(text.utf8))?.code == code, "\(text)") }
  }
}
