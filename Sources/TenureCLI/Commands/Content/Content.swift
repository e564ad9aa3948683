import ArgumentParser
import Foundation
import JSON

struct ContentCommand: AsyncParsableCommand {
  private static let itemsAtOnce = 500

  static let configuration = CommandConfiguration(
    commandName: "content", abstract: "See what people made, and register it",
    subcommands: [List.self, Show.self, Register.self])

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
      let data = try Input.data(of: file)
      let items = try data.split(separator: 0x0A).enumerated().map { number, line in
        do { return try JSONValue(parsing: Array(line)) } catch {
          throw Failure.usage("line \(number + 1) of \(file) is not JSON")
        }
      }
      let client = try Client(options)
      var outcomes: [JSONValue] = []
      for start in stride(from: 0, to: items.count, by: ContentCommand.itemsAtOnce) {
        let some = Array(items[start..<min(start + ContentCommand.itemsAtOnce, items.count)])
        let answer = try await client.call(
          "POST", "/v1/content_items", body: .object([("items", .array(some))]))
        outcomes += answer["data"]?.array ?? answer["effects"]?.array ?? []
      }
      try Output.current.show(
        .array(outcomes),
        columns: options.dryRun
          ? ["action", "object"] : ["external_id", "outcome", "id", "code"])
      let failed = outcomes.filter { $0["outcome"]?.string == "failed" }.count
      if failed > 0 { throw ExitCode(failed == outcomes.count ? 1 : 8) }
    }
  }
}
