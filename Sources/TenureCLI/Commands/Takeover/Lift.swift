import ArgumentParser
import TenureAPI

extension TakeoverCommand {
  struct Lift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let somebody sign in again whom a takeover blocked, as the operator",
      discussion: """
        Example: tenure takeover lift cas_… --tenant ten_… --reason 'has shown who she is' --yes
        """)
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      guard let reason = target.options.reason else { throw Failure.usage("--reason says why") }
      if !target.options.dryRun { try consent.ask("Lift the block of \(target.id)") }
      try await Client(target.options).perform(
        "POST", "/v1/takeover_cases/\(target.id.pathSafe):lift",
        body: try ReasonBody.json(["reason": reason]), columns: Columns.takeoverCase)
    }
  }
}
