import ArgumentParser
import JSON
import TenureAPI

struct SuppressionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suppression", abstract: "Addresses that nobody writes to",
    subcommands: [List.self, Lookup.self, Create.self, Delete.self, Check.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List suppressions", discussion: "Example: tenure suppression list -o csv")
    @OptionGroup var listing: Listing

    func run() async throws {
      try await listing.list("/v1/suppressions", columns: Columns.suppression)
    }
  }

  struct Lookup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find what there is about an address",
      discussion: "Example: tenure suppression lookup ada@acme.test")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The address") var address: String

    func run() async throws {
      let client = try Client(options)
      let answer = try await client.call(
        "POST", "/v1/suppressions:lookup", body: try LookupBody.json(["address": address]))
      try client.show(answer["data"] ?? .null, columns: Columns.suppression)
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have an address not written to any more",
      discussion: "Example: tenure suppression create ada@acme.test --for opt_out --topic news")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The address") var address: String
    @Option(name: .customLong("for"), help: "opt_out, complaint or bounce") var why: String
    @Option(help: "By which channel") var channel = "email"
    @Option(help: "About what; any for everything") var topic = "any"

    func run() async throws {
      let client = try Client(options)
      let body = try SuppressionBody.json([
        "address": address, "channel": channel, "topic": topic, "reason": why,
      ])
      try client.show(
        try await client.call("POST", "/v1/suppressions", body: body),
        columns: Columns.suppression)
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have an address written to again",
      discussion: "Example: tenure suppression delete sup_… --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      if !target.options.dryRun { try consent.ask("Delete \(target.id)") }
      try await Client(target.options).call(
        "DELETE", "/v1/suppressions/\(target.id.pathSafe)")
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask whether something may be sent",
      discussion:
        "Example: tenure suppression check ada@acme.test --topic news --purpose direct_marketing")
    @OptionGroup var options: ClientOptions
    @Argument(help: "An address, or an account's id") var recipients: [String]
    @Option(help: "About what") var topic: String
    @Option(help: "What for") var purpose: String
    @Option(help: "By which channel") var channel = "email"

    func run() async throws {
      let client = try Client(options)
      let body = try CommunicationCheckBody.json([
        "topic": topic, "channel": channel, "purpose": purpose,
        "recipients": recipients.map { recipient -> Members in
          [recipient.contains("@") ? "address" : "account_id": recipient]
        },
      ])
      let answer = try await client.call("POST", "/v1/communications:check", body: body)
      try client.show(answer["data"] ?? .null, columns: Columns.communicationCheck)
    }
  }
}
