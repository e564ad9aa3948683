import ArgumentParser
import TenureAPI

/// What people say against the takeover of their accounts, for the operator.
struct DisputeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dispute", abstract: "Read and decide what people say against a takeover",
    subcommands: [List.self, Show.self, Decide.self])

  static let path = "/v1/disputes"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List disputes of all tenants, for the operator",
      discussion: "Example: tenure dispute list --state open -o json")
    @OptionGroup var listing: Listing
    @Option(help: "Only those that are open, upheld, dismissed or closed") var state: String?

    func run() async throws {
      try await listing.list(path, query: ["state": state], columns: Columns.dispute)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what the person says",
      discussion: "Example: tenure dispute show dsp_… -o yaml")
    @OptionGroup var target: Target

    func run() async throws { try await target.show(path, columns: Columns.dispute) }
  }

  /// What is decided: a flag each, so that a script says which it means.
  enum Decision: String, EnumerableFlag {
    case uphold, dismiss

    static func help(for value: Decision) -> ArgumentHelp? {
      switch value {
      case .uphold: "The person is right: the case ends"
      case .dismiss: "The case goes on, with the time that the dispute took"
      }
    }
  }

  struct Decide: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decide the open dispute of a case, with words that both sides read",
      discussion: """
        Example: tenure dispute decide cas_… --tenant ten_… --uphold --reason 'never used there' --yes
        """)
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent
    @Flag(help: "What is decided") var decision: Decision

    func run() async throws {
      guard let reason = target.options.reason else { throw Failure.usage("--reason says why") }
      if !target.options.dryRun { try consent.ask("Decide \(target.id): \(decision.rawValue)") }
      try await Client(target.options).perform(
        "POST", "/v1/takeover_cases/\(target.id.pathSafe):decide",
        body: try DecisionBody.json(["decision": decision.rawValue, "reason": reason]),
        columns: Columns.takeoverCase)
    }
  }
}
