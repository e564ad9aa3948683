import ArgumentParser
import Foundation
import HTTP
import JSON
import TenureAPI

struct RetentionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "Say when data must go, and why it stays",
    subcommands: [
      RetentionRuleCommand.self, Dates.self, Explain.self, Simulate.self, Calendar.self,
      RetentionRunCommand.self,
    ])

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
        return try client.show(try await client.call("GET", path), columns: Columns.dates)
      }
      let members = try dates.map { text -> (name: String, value: JSONValue) in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Failure.usage("'\(text)' is not NAME=DAY") }
        return (String(parts[0]), parts[1].isEmpty ? .null : .string(String(parts[1])))
      }
      try client.show(
        try await client.call(
          "PUT", path, body: try AccountDatesBody.json(["dates": JSONValue.object(members)])),
        columns: Columns.dates)
    }
  }

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
        columns: Columns.decision)
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
        columns: Columns.simulated)
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
        answer["entries"] ?? .null, columns: Columns.calendar)
    }
  }
}
