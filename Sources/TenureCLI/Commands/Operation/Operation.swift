import ArgumentParser
import Glibc
import JSON

struct OperationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operation", abstract: "Watch long work",
    subcommands: [List.self, Show.self, Wait.self, Results.self, Cancel.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List operations", discussion: "Example: tenure operation list")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list("/v1/operations", limit: limit, columns: Columns.operation)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an operation", discussion: "Example: tenure operation show opn_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/operations/\(id.pathSafe)"), columns: Columns.operation)
    }
  }

  struct Wait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Wait until an operation has ended",
      discussion: "Example: tenure operation wait opn_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      let first = try await client.call("GET", "/v1/operations/\(id.pathSafe)")
      try client.show(try await OperationCommand.wait(client, first), columns: Columns.operation)
    }
  }

  struct Results: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what became of each row of an import",
      discussion: "Example: tenure operation results opn_… | jq 'select(.outcome==\"failed\")'")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The operation's id") var id: String

    func run() async throws { try await showResults(try Client(options), id) }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop an operation; what is done stays done",
      discussion: "Example: tenure operation cancel opn_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "Its id") var id: String

    func run() async throws {
      if !options.dryRun { try consent.ask("cancel \(id)") }
      let client = try Client(options)
      try client.show(
        try await client.call("POST", "/v1/operations/\(id.pathSafe):cancel"),
        columns: Columns.operation)
    }
  }

  /// Asks until the operation has ended, saying how far it is.
  static func wait(_ client: Client, _ first: JSONValue) async throws -> JSONValue {
    var operation = first
    var rounds = 0
    while operation["done"]?.bool != true, let id = operation["id"]?.string {
      try await Task.sleep(for: .milliseconds(rounds < 10 ? 100 : 500))
      operation = try await client.call("GET", "/v1/operations/\(id.pathSafe)")
      rounds += 1
      let done = operation["progress"]?["done"]?.int ?? 0
      let total = operation["progress"]?["total"]?.int ?? 0
      if isatty(2) == 1 {
        let text = "\r\(done) of \(total)"
        _ = text.withCString { write(2, $0, strlen($0)) }
      } else if rounds % 10 == 0 {
        Terminal.say("\(done) of \(total)")
      }
    }
    if isatty(2) == 1 && rounds > 0 { Terminal.say("") }
    return operation
  }

  /// Waits for an operation that was just begun.
  ///
  /// Its id is said before: whoever stops waiting can come back to it.
  static func finish(_ client: Client, _ first: JSONValue) async throws -> JSONValue {
    let id = first["id"]?.string ?? ""
    Terminal.say("operation \(id)")
    let operation = try await wait(client, first)
    Terminal.say("operation \(id): \(operation["state"]?.string ?? "")")
    return operation
  }

  static func requireSuccess(_ operation: JSONValue) throws {
    if operation["state"]?.string != "succeeded" {
      throw Failure.failed("import_incomplete", "the operation did not finish")
    }
  }

  /// What became of each row, as far as it is done.
  static func results(_ client: Client, _ operation: JSONValue) async throws -> [JSONValue] {
    let lines = Lines()
    _ = try await client.send(
      "GET", "/v1/operations/\(operation["id"]?.string?.pathSafe ?? "")/results",
      received: { lines.bytes += $0 })
    return try lines.bytes.split(separator: 0x0A).map { try JSONValue(parsing: Array($0)) }
  }

  private final class Lines: @unchecked Sendable {
    var bytes: [UInt8] = []
  }

  /// Results are written as they arrive: one JSON object a line, whatever the format asked for.
  static func showResults(_ client: Client, _ id: String) async throws {
    _ = try await client.send(
      "GET", "/v1/operations/\(id.pathSafe)/results", received: { Terminal.put($0) })
  }
}
