import ArgumentParser
import Foundation
import JSON
import TenureAPI

struct ContentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "content", abstract: "See what people made, and register it",
    subcommands: [List.self, Show.self, Register.self, Remove.self, Transfer.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what is shared with the tenant",
      discussion: "Example: tenure content list --category report -o csv")
    @OptionGroup var listing: Listing
    @Option(help: "Only by this account") var account: String?
    @Option(help: "Only of this category") var category: String?

    func run() async throws {
      try await listing.list(
        "/v1/content_items", query: ["account_id": account, "category": category],
        columns: Columns.content)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read a shared item", discussion: "Example: tenure content show con_… -o yaml")
    @OptionGroup var target: Target

    func run() async throws {
      try await target.show("/v1/content_items", columns: Columns.content)
    }
  }

  struct Register: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register items from NDJSON, one a line; sending them again is safe",
      discussion: "Example: tenure content register items.jsonl -o jsonl")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The file; - for standard input") var file: String

    func run() async throws {
      try await ContentCommand.send(
        file, to: "/v1/content_items", options, ContentRegistrationsBody.json)
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take away what a product no longer has, from NDJSON, one item a line",
      discussion: "Example: tenure content remove gone.jsonl -o jsonl")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The file; - for standard input") var file: String

    func run() async throws {
      try await ContentCommand.send(
        file, to: "/v1/content_items:remove", options, ContentRemovalsBody.json)
    }
  }

  struct Transfer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have a successor, a team or the tenant answer for what an account shared",
      discussion: "Example: tenure content transfer acc_… --to acc_… --reason left --preview")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Whose content it is") var account: String
    @Option(help: "The account that answers for it from then on") var to: String?
    @Option(help: "The team that does") var toTeam: String?
    @Flag(help: "The tenant does") var toTenant = false
    @Option(help: .of(ContentTransferBody.self, "category")) var category: String?
    @Flag(help: "Only show what would change hands, and what that breaks") var preview = false

    func validate() throws {
      if [to != nil, toTeam != nil, toTenant].filter({ $0 }).count != 1 {
        throw ValidationError("One of --to, --to-team and --to-tenant is expected")
      }
    }

    func run() async throws {
      let owner: Members = [
        "kind": to != nil ? "account" : toTeam != nil ? "team" : "tenant", "account_id": to,
        "team": toTeam,
      ]
      let client = try Client(options)
      if !preview && options.reason == nil { throw Failure.usage("--reason says why") }
      let body = try ContentTransferBody.json([
        "from_account_id": account, "to": owner, "category": category,
        "reason": preview ? nil : options.reason,
      ])
      if preview {
        let answer = try await client.call("POST", "/v1/content_transfers:preview", body: body)
        return try client.show(answer, columns: Columns.transferPreview)
      }
      try client.show(
        try await client.call("POST", "/v1/content_transfers", body: body),
        columns: Columns.operation)
    }
  }

  /// Sends items of a file, as many a request as one takes, and shows what became of each.
  private static func send(
    _ file: String, to path: String, _ options: ClientOptions,
    _ body: (Members) throws -> JSONValue
  ) async throws {
    let items = try items(of: file)
    let client = try Client(options)
    var outcomes: [JSONValue] = []
    let most = ContentRegistrationsBody.itemsMax
    for start in stride(from: 0, to: items.count, by: most) {
      let some = Array(items[start..<min(start + most, items.count)])
      let answer = try await client.call("POST", path, body: try body(["items": some]))
      outcomes += answer[options.dryRun ? "effects" : "data"]?.array ?? []
    }
    try Output.current.show(
      .array(outcomes),
      columns: options.dryRun ? Columns.effect : Columns.contentOutcome)
    let failed = outcomes.filter { $0["outcome"]?.string == "failed" }.count
    if failed > 0 { throw ExitCode(failed == outcomes.count ? 1 : 8) }
  }

  private static func items(of file: String) throws -> [JSONValue] {
    var lines = JSONLines(try Input.data(of: file))
    var items: [JSONValue] = []
    do throws(JSONError) {
      while let line = try lines.next() { items.append(try JSONValue(parsing: Array(line))) }
    } catch {
      throw Failure.usage(
        "line \(max(lines.number, 1)) of \(file) is not JSON: \(error.detail)")
    }
    return items
  }
}
