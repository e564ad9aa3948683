import Foundation
import Testing

/// How the code speaks: whoever reads one comment has not read the one before it.
@Suite struct WordsTests {
  /// Beginnings that lean on what stands elsewhere.
  private static let leaning = [
    "The same", "Does it", "Likewise", "As above", "See above", "Ditto",
  ]

  @Test func `a doc comment says what it is, without another's`() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Sources").standardizedFileURL
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var found: [String] = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        guard let comment = Self.comment(line), index == 0 || Self.comment(lines[index - 1]) == nil
        else { continue }
        if Self.leaning.contains(where: {
          comment.hasPrefix($0 + " ") || comment.hasPrefix($0 + ",")
        }) {
          found.append("\(file.lastPathComponent):\(index + 1)")
        }
      }
    }
    #expect(found == [])
  }

  private static func comment(_ line: Substring) -> Substring? {
    let bare = line.drop { $0 == " " }
    return bare.hasPrefix("///") ? bare.dropFirst(3).drop { $0 == " " } : nil
  }
}
