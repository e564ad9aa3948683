import ArgumentParser
import TenureAPI

struct MembershipCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "membership", abstract: "Say who is who in a tenant",
    subcommands: [List.self, Show.self, Put.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List memberships", discussion: "Example: tenure membership list")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list("/v1/memberships", limit: limit, columns: Columns.membership)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a membership", discussion: "Example: tenure membership show acc_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The account's id") var account: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/memberships/\(account.pathSafe)"),
        columns: Columns.membership)
    }
  }

  struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an account a role",
      discussion: "Example: tenure membership put acc_… --role helpdesk --tenant ten_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The account's id") var account: String
    @Option(help: "member, owner, admin, helpdesk, privacy_officer or auditor") var role: String

    func run() async throws {
      let client = try Client(options)
      let body = try MembershipBody.json(["role": role])
      try client.show(
        try await client.call("PUT", "/v1/memberships/\(account.pathSafe)", body: body),
        columns: Columns.membership)
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a membership", discussion: "Example: tenure membership delete acc_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "The account's id") var account: String

    func run() async throws {
      if !options.dryRun { try consent.ask("end the membership of \(account)") }
      let client = try Client(options)
      try client.show(
        try await client.call("DELETE", "/v1/memberships/\(account.pathSafe)"),
        columns: Columns.membership)
    }
  }
}
