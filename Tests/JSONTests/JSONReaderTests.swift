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
