import ArgumentParser
import Foundation
import HTTP
import JSON

struct RetentionCommand: AsyncParsableCommand {
  private static let runColumns = ["id", "state", "as_of", "examined", "disposed", "budget"]

  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "Say when data must go, and why it stays",
    subcommands: [
      Rules.self, ShowRule.self, SetRule.self, DeleteRule.self, Dates.self, Explain.self,
      Simulate.self, Calendar.self, Run.self, Runs.self, Show.self, Results.self, Resume.self,
      Cancel.self,
    ])

  // MARK: Rules

  struct Rules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List rules", discussion: "Example: tenure retention rules -o yaml")
    @OptionGroup var listing: Listing

    func run() async throws {
      try await listing.list("/v1/retention_rules", columns: Columns.rule)
    }
  }

  struct ShowRule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show-rule", abstract: "Show a rule, or all its versions",
      discussion: "Example: tenure retention show-rule rul_… --versions")
    @OptionGroup var target: Target
    @Flag(help: "Every version there was and is to come") var versions = false

    func run() async throws {
      if !versions { return try await target.show("/v1/retention_rules", columns: Columns.rule) }
      let answer = try await Client(target.options).call(
        "GET", "/v1/retention_rules/\(target.id.pathSafe)/versions")
      try Output.current.show(answer["data"] ?? .null, columns: Columns.rule)
    }
  }

  struct SetRule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set-rule", abstract: "Make a rule, or change one with --id",
      discussion: """
        Example: tenure retention set-rule --name leavers --applies-to account --trigger left \
        --period P6Y --action delete
        """)
    @OptionGroup var options: ClientOptions
    @Option(help: "The rule that is changed") var id: String?
    @Option(help: "What people call it") var name: String
    @Option(help: "account, a category of content, or * for what no other rule is about")
    var appliesTo: String
    @Option(help: "created, deactivated, deleted, or a date told of accounts such as left")
    var trigger: String
    @Option(help: "ISO 8601, such as P6Y; absent for ever") var period: String?
    @Option(help: "retain, isolate, anonymise or delete") var action: String
    @Option(help: "Until then nobody weakens it") var lockedUntil: String?
    @Option(help: "Only this account; repeatable") var account: [String] = []

    func run() async throws {
      var members: [(name: String, value: JSONValue)] = [
        ("name", .string(name)), ("applies_to", .string(appliesTo)),
        ("trigger", .string(trigger)), ("action", .string(action)),
      ]
      if let period { members.append(("period", .string(period))) }
      if let lockedUntil { members.append(("locked_until", .string(lockedUntil))) }
      if !account.isEmpty {
        members.append(("account_ids", .array(account.map(JSONValue.string))))
      }
      let client = try Client(options)
      guard let id else {
        return try client.show(
          try await client.call("POST", "/v1/retention_rules", body: .object(members)),
          columns: Columns.rule)
      }
      let path = "/v1/retention_rules/\(id.pathSafe)"
      let answer = try await client.call(
        "PUT", path, body: .object(members), headers: try await client.precondition(path))
      try client.show(
        answer, columns: answer["requested_by"] == nil ? Columns.rule : Columns.approval)
    }
  }

  struct DeleteRule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete-rule", abstract: "End a rule",
      discussion: "Example: tenure retention delete-rule rul_… --yes")
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

  struct Dates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show or tell dates of an account that periods count from",
      discussion: "Example: tenure retention dates acc_… left=2026-01-31 contract_end=")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The account's id") var id: String
    @Argument(help: "NAME=DAY; without a day the date is taken away") var dates: [String] = []

    func run() async throws {
      let client = try Client(options)
      let path = "/v1/accounts/\(id.pathSafe)/dates"
      if dates.isEmpty {
        return try client.show(try await client.call("GET", path), columns: ["dates"])
      }
      let members = try dates.map { text -> (name: String, value: JSONValue) in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Failure.usage("'\(text)' is not NAME=DAY") }
        return (String(parts[0]), parts[1].isEmpty ? .null : .string(String(parts[1])))
      }
      try client.show(
        try await client.call("PUT", path, body: .object([("dates", .object(members))])),
        columns: ["dates"])
    }
  }

  // MARK: What they lead to

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explain what becomes of an account and what it made",
      discussion: "Example: tenure retention explain acc_… --at 2032-01-31 -o yaml")
    @OptionGroup var target: Target
    @Option(help: "A date-time or a day; now where absent") var at: String?

    func run() async throws {
      let answer = try await Client(target.options).call(
        "GET", "/v1/accounts/\(target.id.pathSafe)/retention", query: at.map { ["at": $0] } ?? [:])
      let isTable = Output.current == .table || Output.current == .csv
      try Output.current.show(
        isTable ? answer["decisions"] ?? .null : answer,
        columns: ["subject_id", "class", "level", "action", "rule_id", "due_at"])
    }
  }

  struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what would go at a date, and what no rule is about",
      discussion: "Example: tenure retention simulate --as-of 2030-01-01")
    @OptionGroup var options: ClientOptions
    @Option(help: "A date-time or a day; now where absent") var asOf: String?

    func run() async throws {
      let answer = try await Client(options).call(
        "GET", "/v1/retention:simulate", query: asOf.map { ["at": $0] } ?? [:])
      let isTable = Output.current == .table || Output.current == .csv
      try Output.current.show(
        isTable ? answer["groups"] ?? .null : answer,
        columns: ["name", "class", "action", "count"])
      for gap in answer["gaps"]?.array ?? [] where isTable {
        Terminal.say("no rule: \(gap["count"]?.int ?? 0) × \(gap["class"]?.string ?? "")")
      }
    }
  }

  struct Calendar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what goes in the weeks to come",
      discussion: "Example: tenure retention calendar --ics > retention.ics")
    @OptionGroup var options: ClientOptions
    @Option(help: "How many weeks") var weeks = 12
    @Flag(help: "As a calendar file (RFC 5545)") var ics = false

    func run() async throws {
      let client = try Client(options)
      let query = ["weeks": String(weeks)]
      let isPicture = Output.current == .svg
      if ics || isPicture {
        let answer = try await client.send(
          "GET", "/v1/retention:calendar", query: query,
          headers: [("Accept", isPicture ? "image/svg+xml" : "text/calendar")])
        return FileHandle.standardOutput.write(Data(answer.body))
      }
      let answer = try await client.call("GET", "/v1/retention:calendar", query: query)
      try Output.current.show(
        answer["entries"] ?? .null, columns: ["week_of", "name", "class", "action", "count"])
    }
  }

  // MARK: Runs

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Carry the rules out",
      discussion: "Example: tenure retention run --budget 500 --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Option(help: "How much it may dispose of before it stops and asks") var budget = 1_000

    func run() async throws {
      if !options.dryRun { try consent.ask("Dispose of up to \(budget) things") }
      try await Client(options).perform(
        "POST", "/v1/retention_runs", body: .object([("budget", .number(String(budget)))]),
        columns: RetentionCommand.runColumns)
    }
  }

  struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List runs", discussion: "Example: tenure retention runs -o csv")
    @OptionGroup var listing: Listing

    func run() async throws {
      try await listing.list("/v1/retention_runs", columns: RetentionCommand.runColumns)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a run, with its certificate once it is completed",
      discussion: "Example: tenure retention show run_… -o json")
    @OptionGroup var target: Target

    func run() async throws {
      try await target.show("/v1/retention_runs", columns: RetentionCommand.runColumns)
    }
  }

  struct Results: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what a run did", discussion: "Example: tenure retention results run_… -o csv")
    @OptionGroup var listing: Listing
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await listing.list(
        "/v1/retention_runs/\(id.pathSafe)/results",
        columns: ["subject_id", "class", "action", "due_at", "rule_id"])
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a run that stopped at its budget go on",
      discussion: "Example: tenure retention resume run_… --budget 5000 --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent
    @Option(help: "How much it may dispose of in all") var budget: Int

    func run() async throws {
      if !target.options.dryRun { try consent.ask("Dispose of up to \(budget) things") }
      try await Client(target.options).perform(
        "POST", "/v1/retention_runs/\(target.id.pathSafe):resume",
        body: .object([("budget", .number(String(budget)))]),
        columns: RetentionCommand.runColumns)
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel a run; what it did stays done",
      discussion: "Example: tenure retention cancel run_…")
    @OptionGroup var target: Target

    func run() async throws {
      try await Client(target.options).perform(
        "POST", "/v1/retention_runs/\(target.id.pathSafe):cancel",
        columns: RetentionCommand.runColumns)
    }
  }
}
