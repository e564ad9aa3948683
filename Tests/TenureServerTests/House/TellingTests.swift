import Foundation
import Testing

/// What happened is said in one way: it knows the request, the reason, on whose behalf, and dry runs.
@Suite struct TellingTests {
  /// Who makes entries and events, and who stores or reads them.
  private static let theOneWay: Set = [
    "Tenure/Audit/AuditEntry.swift", "TenureAPI/AuditTree.swift",
    "TenureKernel/Calls/Reading.swift", "TenureKernel/Telling/ReadAudit.swift",
    "TenureKernel/Telling/Telling.swift", "TenureServer/Audit/AuditSearch.swift",
  ]

  @Test func `entries and events are made where it is told, and nowhere else`() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Sources").standardizedFileURL
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var found: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      let isOwnWay = ["EventStore.insert(", "AuditStore.insert(", "AuditEntry("].contains {
        text.contains($0)
      }
      let name = file.standardizedFileURL.path.dropFirst(sources.path.count + 1)
      if isOwnWay { found.insert(String(name)) }
    }
    #expect(found.subtracting(Self.theOneWay).isEmpty)
  }
}
