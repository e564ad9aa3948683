import ArgumentParser
import TenureAPI

struct WebhookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhook", abstract: "Have events sent to you",
    subcommands: [
      List.self, Show.self, Create.self, Update.self, Delete.self, Rotate.self, Test.self,
      Deliveries.self, Replay.self, Listen.self,
    ])

  static let path = "/v1/webhook_endpoints"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List endpoints", discussion: "Example: tenure webhook list")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(path, limit: limit, columns: Columns.endpoint)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an endpoint", discussion: "Example: tenure webhook show whk_… -o yaml")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "GET", "\(path)/\(id.pathSafe)", columns: Columns.endpoint)
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add an endpoint; its secret is shown once",
      discussion: """
        Example: tenure webhook create https://hook.example/tenure --events 'takeover.*' -o json
        """)
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its URL") var url: String
    @Option(help: "A type of event, or such as 'takeover.*'; repeatable") var events: [String] = []
    @Option(help: "none, or object for the events of one thing one after the other")
    var ordering = "none"

    func run() async throws {
      let body = try WebhookEndpointBody.json([
        "url": url, "event_types": events, "ordering": ordering,
      ])
      try await Client(options).perform(
        "POST", path, body: body, columns: Columns.newEndpoint)
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change an endpoint", discussion: "Example: tenure webhook update whk_… --enable")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String
    @Option(help: "The new URL") var endpointURL: String?
    @Option(help: "A type of event; repeatable") var events: [String] = []
    @Option(help: "none or object") var ordering: String?
    @Flag(help: "Deliver again") var enable = false
    @Flag(help: "Do not deliver") var disable = false

    func run() async throws {
      if enable && disable { throw Failure.usage("either --enable or --disable") }
      let body = try WebhookEndpointPatch.json([
        "url": endpointURL, "event_types": events, "ordering": ordering,
        "enabled": enable || disable ? enable : nil,
      ])
      try await Client(options).perform(
        "PATCH", "\(path)/\(id.pathSafe)", body: body,
        contentType: "application/merge-patch+json", columns: Columns.endpoint)
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget an endpoint and what is still to be delivered there",
      discussion: "Example: tenure webhook delete whk_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "Its id") var id: String

    func run() async throws {
      if !options.dryRun { try consent.ask("Delete \(id)") }
      try await Client(options).perform(
        "DELETE", "\(path)/\(id.pathSafe)", columns: Columns.endpoint)
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sign with a fresh secret; the old one signs as well for a day",
      discussion: "Example: tenure webhook rotate whk_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):rotate_secret", columns: Columns.endpointSecret)
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a test event", discussion: "Example: tenure webhook test whk_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):test", columns: Columns.queued)
    }
  }

  struct Deliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what became of each event",
      discussion: "Example: tenure webhook deliveries whk_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The endpoint's id") var id: String
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(
        "\(path)/\(id.pathSafe)/deliveries", limit: limit,
        columns: Columns.delivery)
    }
  }

  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deliver events again, with the same ids",
      discussion: "Example: tenure webhook replay whk_… --since 2026-11-21T00:00:00Z")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The endpoint's id") var id: String
    @Option(help: "One event") var event: String?
    @Option(help: "All since a time") var since: String?
    @Option(help: "All until a time") var until: String?

    func run() async throws {
      let body = try ReplayBody.json(["event_id": event, "since": since, "until": until])
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):replay", body: body, columns: Columns.queued)
    }
  }
}
