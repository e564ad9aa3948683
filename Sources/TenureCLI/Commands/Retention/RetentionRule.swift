import ArgumentParser
import HTTP
import JSON
import TenureAPI

struct RetentionRuleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule", abstract: "Make, change and end rules",
    discussion: "Example: tenure retention rule list",
    subcommands: [List.self, Show.self, Set.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List rules", discussion: "Example: tenure retention rule list -o yaml")
    @OptionGroup var listing: Listing

    func run() async throws {
      try await listing.list("/v1/retention_rules", columns: Columns.rule)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a rule, or all its versions",
      discussion: "Example: tenure retention rule show rul_… --versions")
    @OptionGroup var target: Target
    @Flag(help: "Every version there was and is to come") var versions = false

    func run() async throws {
      if !versions { return try await target.show("/v1/retention_rules", columns: Columns.rule) }
      let answer = try await Client(target.options).call(
        "GET", "/v1/retention_rules/\(target.id.pathSafe)/versions")
      try Output.current.show(answer["data"] ?? .null, columns: Columns.rule)
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a rule, or change one with --id",
      discussion: """
        Example: tenure retention rule set --name leavers --applies-to account --trigger left \
        --period P6Y --action delete
        """)
    @OptionGroup var options: ClientOptions
    @Option(help: "The rule that is changed") var id: String?
    @Option(help: .of(RetentionRuleBody.self, "name")) var name: String
    @Option(help: .of(RetentionRuleBody.self, "applies_to")) var appliesTo: String
    @Option(help: .of(RetentionRuleBody.self, "trigger")) var trigger: String
    @Option(help: "ISO 8601, such as P6Y; absent for ever") var period: String?
    @Option(help: "retain, isolate, anonymise or delete") var action: String
    @Option(help: .of(RetentionRuleBody.self, "locked_until")) var lockedUntil: String?
    @Option(help: "Only this account; repeatable") var account: [String] = []

    func run() async throws {
      let body = try RetentionRuleBody.json([
        "name": name, "applies_to": appliesTo, "trigger": trigger, "action": action,
        "period": period, "locked_until": lockedUntil, "account_ids": account,
      ])
      let client = try Client(options)
      guard let id else {
        let answer = try await client.call("POST", "/v1/retention_rules", body: body)
        return try client.show(
          answer, columns: answer["requested_by"] == nil ? Columns.rule : Columns.approval)
      }
      let path = "/v1/retention_rules/\(id.pathSafe)"
      let answer = try await client.call(
        "PUT", path, body: body, headers: try await client.precondition(path))
      try client.show(
        answer, columns: answer["requested_by"] == nil ? Columns.rule : Columns.approval)
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a rule",
      discussion: "Example: tenure retention rule delete rul_… --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      if !target.options.dryRun { try consent.ask("End \(target.id)") }
      let client = try Client(target.options)
      let path = "/v1/retention_rules/\(target.id.pathSafe)"
      let answer = try await client.call(
        "DELETE", path, headers: try await client.precondition(path))
      try client.show(
        answer, columns: answer["requested_by"] == nil ? Columns.rule : Columns.approval)
    }
  }
}
