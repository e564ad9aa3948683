import ArgumentParser
import Foundation
import TenureAPI

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Administer keys",
    subcommands: [
      List.self, Show.self, Create.self, Collect.self, Rotate.self, Revoke.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List keys", discussion: "Example: tenure key list")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list("/v1/keys", limit: limit, columns: Columns.key)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a key", discussion: "Example: tenure key show key_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/keys/\(id.pathSafe)"), columns: Columns.key)
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a key; its token is shown once",
      discussion: "Example: tenure key create --name ci --role admin --tenant ten_… -o json")
    @OptionGroup var options: ClientOptions
    @Option(help: .of(KeyBody.self, "name")) var name: String
    @Option(help: "operator, owner, admin, helpdesk, privacy_officer or auditor") var role: String
    @Option(help: "A scope to narrow it to; repeatable") var scope: [String] = []
    @Option(help: "When it ends, as an RFC 3339 date-time") var expiresAt: String?
    @Option(help: .of(KeyBody.self, "account_id")) var account: String?

    func run() async throws {
      let client = try Client(options)
      let body = try KeyBody.json([
        "name": name, "role": role, "scopes": scope, "expires_at": expiresAt, "account_id": account,
      ])
      try client.show(
        try await client.call("POST", "/v1/keys", body: body), columns: Columns.newKey)
    }
  }

  struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take up a key that was made for you; its token is shown once",
      discussion: "Example: tenure key collect --offer-file offer --token-file session -o json")
    @OptionGroup var options: ClientOptions
    @Option(help: "The file of the token that the offer's maker gave you") var offerFile: String

    func run() async throws {
      guard let text = try? String(contentsOfFile: offerFile, encoding: .utf8) else {
        throw Failure.usage("\(offerFile) cannot be read")
      }
      let client = try Client(options)
      let body = try CollectKeyBody.json([
        "token": text.trimmingCharacters(in: .whitespacesAndNewlines)
      ])
      try client.show(
        try await client.call("POST", "/v1/me/keys:collect", body: body), columns: Columns.newKey)
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a key that takes another's place; both live until the old one is revoked",
      discussion: "Example: tenure key rotate key_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The key's id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("POST", "/v1/keys/\(id.pathSafe):rotate"), columns: Columns.newKey)
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a key at once, in every process",
      discussion: "Example: tenure key revoke key_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "The key's id") var id: String

    func run() async throws {
      if !options.dryRun { try consent.ask("revoke \(id)") }
      let client = try Client(options)
      try client.show(
        try await client.call("DELETE", "/v1/keys/\(id.pathSafe)"), columns: Columns.key)
    }
  }
}
