import Foundation
import TenureAssembly
import TenureKernel
import Testing
import Yams

/// The contract is composed of a file a noun and the table of endpoints, and is what they say.
@Suite struct ContractTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../openapi").standardizedFileURL

  @Test func `the contract is what its files and the table of endpoints say`() throws {
    let text = try Contract(folder: Self.folder, endpoints: Endpoints.all).text()
    let file = Self.folder.appendingPathComponent("tenure.yaml")
    if ProcessInfo.processInfo.environment["TENURE_RECORD"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(recorded == text, "openapi/tenure.yaml differs; record it with TENURE_RECORD=1")
  }
}
