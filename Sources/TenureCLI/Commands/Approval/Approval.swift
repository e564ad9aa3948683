import ArgumentParser

struct ApprovalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approval", abstract: "Agree to what takes two people",
    subcommands: [List.self, Show.self, Approve.self, Decline.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what two people must agree on",
      discussion: "Example: tenure approval list")
    @OptionGroup var listing: Listing

    func run() async throws {
      try await listing.list("/v1/approvals", columns: Columns.approval)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an approval", discussion: "Example: tenure approval show apr_…")
    @OptionGroup var target: Target

    func run() async throws { try await target.show("/v1/approvals", columns: Columns.approval) }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Agree; who asked then makes the request again",
      discussion: "Example: tenure approval approve apr_…")
    @OptionGroup var target: Target

    func run() async throws {
      try await Client(target.options).perform(
        "POST", "/v1/approvals/\(target.id.pathSafe):approve", columns: Columns.approval)
    }
  }

  struct Decline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disagree", discussion: "Example: tenure approval decline apr_…")
    @OptionGroup var target: Target

    func run() async throws {
      try await Client(target.options).perform(
        "POST", "/v1/approvals/\(target.id.pathSafe):decline", columns: Columns.approval)
    }
  }
}
