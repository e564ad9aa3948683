import ArgumentParser
import HTTP
import TenureAPI

struct RetentionRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Carry the rules out",
    discussion: "Example: tenure retention run list",
    subcommands: [
      Start.self, List.self, Show.self, Results.self, Resume.self, Cancel.self,
    ])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Carry the rules out",
      discussion: "Example: tenure retention run start --budget 500 --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Option(help: .of(RetentionRunBody.self, "budget"))
    var budget = RetentionRunBody.budgetFallback

    func run() async throws {
      if !options.dryRun { try consent.ask("Dispose of up to \(budget) things") }
      try await Client(options).perform(
        "POST", "/v1/retention_runs", body: try RetentionRunBody.json(["budget": budget]),
        columns: Columns.run)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List runs", discussion: "Example: tenure retention run list -o csv")
    @OptionGroup var listing: Listing

    func run() async throws {
      try await listing.list("/v1/retention_runs", columns: Columns.run)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a run, with its certificate once it is completed",
      discussion: "Example: tenure retention run show run_… -o json")
    @OptionGroup var target: Target

    func run() async throws {
      try await target.show("/v1/retention_runs", columns: Columns.run)
    }
  }

  struct Results: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what a run did",
      discussion: "Example: tenure retention run results run_… -o csv")
    @OptionGroup var listing: Listing
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await listing.list(
        "/v1/retention_runs/\(id.pathSafe)/results",
        columns: Columns.runResult)
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a run that stopped at its budget go on",
      discussion: "Example: tenure retention run resume run_… --budget 5000 --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent
    @Option(help: "How much it may dispose of in all") var budget: Int

    func run() async throws {
      if !target.options.dryRun { try consent.ask("Dispose of up to \(budget) things") }
      try await Client(target.options).perform(
        "POST", "/v1/retention_runs/\(target.id.pathSafe):resume",
        body: try RetentionRunBody.json(["budget": budget]),
        columns: Columns.run)
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel a run; what it did stays done",
      discussion: "Example: tenure retention run cancel run_…")
    @OptionGroup var target: Target

    func run() async throws {
      try await Client(target.options).perform(
        "POST", "/v1/retention_runs/\(target.id.pathSafe):cancel",
        columns: Columns.run)
    }
  }
}
