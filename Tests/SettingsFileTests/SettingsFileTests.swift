import Foundation
import SettingsFile
import Testing

/// Files as people and machines write them.
@Suite struct SettingsFileTests {
  @Test(arguments: ["\n", "\r\n"])
  func `values and tables are read, whatever ends the lines`(end: String) throws {
    let lines = [
      "# a comment", "current = \"work\"  # and another", "loops = 4", "private = true", "",
      "[context.work]", "url = 'https://tenure.acme.test'", "tenant = \"t\\u00e4\"",
      "[context.\"a b\"]", "url = \"\"\"x\"\"\"",
    ]
    let file = try SettingsFile(parsing: "\u{FEFF}" + lines.joined(separator: end) + end)
    #expect(file.values == ["current": "work", "loops": "4", "private": "true"])
    #expect(file.tables["context.work"] == ["url": "https://tenure.acme.test", "tenant": "tä"])
    #expect(file.tables["context.a b"] == ["url": "x"])
  }

  @Test(arguments: [
    ("listen = 127.0.0.1:80", "line 1"), ("a = 1\na = 2", "line 2"), ("a = \"b", "line 1"),
    ("a = 1.5", "a: text"), ("a = [1]", "a: text"), ("a = 2026-01-01", "a: text"),
    ("[t]\nb = [\"c\"]", "t.b: text"), ("what", "line 1"),
  ])
  func `what cannot be read is said with its place`(text: String, words: String) {
    do throws(SettingsFile.Malformed) {
      let file = try SettingsFile(parsing: text)
      Issue.record("\(text) is \(file)")
    } catch {
      #expect(error.description.contains(words), "\(error.description)")
    }
  }

  private static let deep = String(repeating: "c.", count: 20_000) + "c"

  @Test(arguments: [
    "\(deep) = 1", "[\(deep)]", "[[\(deep)]]", "a = " + String(repeating: "[", count: 20_000),
    "\nb = " + String(repeating: "{a=", count: 20_000),
    String(repeating: "'a' . ", count: 20_000) + "a = 1",
    "a = {b = \"\"\"x\"\"\"\", \(deep) = 1}", "a = {b = '''x\n'''', \(deep) = 1}",
    "a = \"\\\\\"\n\(deep) = 1", "# don't\n\(deep) = 1", "a = '\'\n\(deep) = 1",
  ])
  func `what goes too deep is refused before anything goes there`(text: String) {
    do throws(SettingsFile.Malformed) {
      _ = try SettingsFile(parsing: text)
      Issue.record("\(text.prefix(20))… was read")
    } catch {
      #expect(error.description.contains("more than 16 parts"), "\(error.description)")
    }
  }

  @Test func `dots in texts and comments are no depth`() throws {
    let dots = String(repeating: "a.", count: 100)
    let file = try SettingsFile(
      parsing: """
        # \(dots)
        a = "\(dots)"
        b = '''
        \(dots)
        '''
        [a1.b2]
        c = "\\"\(dots)"
        """)
    #expect(file.values["a"] == dots && file.values["b"] == dots + "\n")
    #expect(file.tables["a1.b2"]?["c"] == "\"" + dots)
    let deep = Array(repeating: "a", count: 16).joined(separator: ".")
    #expect(try SettingsFile(parsing: deep + " = 1").tables.count == 15)
  }

  @Test func `a file larger than any settings is not read whole`() {
    let large = "# " + String(repeating: "x", count: 1_024 * 1_024)
    #expect(throws: SettingsFile.Malformed.self) { try SettingsFile(parsing: large) }
    #expect(throws: SettingsFile.Malformed.self) { try SettingsFile(reading: "/dev/zero") }
    #expect(throws: SettingsFile.Malformed.self) { try SettingsFile(reading: "/") }
  }

  @Test func `what is written is read again`() throws {
    let file = SettingsFile(
      values: ["current": "a", "quote": #"say "hi" \ back"#],
      tables: [
        "context.a": ["url": "https://a.test", "token_file": #"C:\keys"#],
        "context.b": ["url": "https://b.test/é"],
      ])
    #expect(try SettingsFile(parsing: file.text) == file.reread)
  }

  @Test func `a file that is not there, or no text, says which`() throws {
    let path = NSTemporaryDirectory() + "tenure-settings-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func refusal() -> String? {
      do throws(SettingsFile.Malformed) { _ = try SettingsFile(reading: path) } catch {
        return error.description
      }
      return nil
    }
    #expect(refusal() == "\(path) cannot be read")
    try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: path))
    #expect(refusal() == "\(path) is not UTF-8")
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    #expect(refusal()?.hasPrefix("\(path): line 1") == true)
    try Data("x = \"y\"".utf8).write(to: URL(fileURLWithPath: path))
    #expect(refusal() == nil)
  }
}

extension SettingsFile {
  /// As it is when read: the table that holds others is there as well.
  fileprivate var reread: SettingsFile {
    var file = self
    file.tables["context"] = [:]
    return file
  }
}
