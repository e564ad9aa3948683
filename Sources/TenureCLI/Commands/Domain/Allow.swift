import ArgumentParser
import TenureAPI

extension DomainCommand {
  struct Allow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Allow a name that mixes scripts or looks like another, as the operator",
      discussion: """
        Example: tenure domain allow dom_… --tenant ten_… --reason 'the company is called that'
        """)
    @OptionGroup var target: Target

    func run() async throws {
      guard let reason = target.options.reason else { throw Failure.usage("--reason says why") }
      try await Client(target.options).perform(
        "POST", "\(path)/\(target.id.pathSafe):allow",
        body: try DomainReviewBody.json(["reason": reason]), columns: Columns.domainClaim)
    }
  }
}
