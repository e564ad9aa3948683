import HTTP
import TenureAssembly
import TenureKernel
import Testing

@testable import TenureCLI

/// The command line knows which POSTs only read: it asks them in a dry run as well, as they are.
@Suite struct ReadingTests {
  @Test func `the client's list of what only reads is the service's`() {
    let paths = Endpoints.all.filter { $0.reads && $0.method == .post }.map(\.path)
    #expect(Client.readingPaths.sorted() == paths.sorted())
    #expect(!paths.contains { $0.contains("{") }, "the client compares whole paths")
  }
}
