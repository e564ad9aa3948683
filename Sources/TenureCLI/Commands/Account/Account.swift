import ArgumentParser
import JSON
import TenureAPI

struct AccountCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account", abstract: "Administer accounts",
    subcommands: [
      List.self, Show.self, Lookup.self, Search.self, Create.self, Update.self, Restrict.self,
      Deactivate.self,
      Reactivate.self, Isolate.self, Open.self, Delete.self, Restore.self, Anonymise.self,
      Erase.self, Release.self, Changes.self, CancelChange.self, Import.self, Token.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List accounts",
      discussion:
        #"Example: tenure account list --filter 'created_at gt "2026-01-01T00:00:00Z"' -o id"#)
    @OptionGroup var options: ClientOptions
    @Option(help: "A filter on id, status, created_at, updated_at") var filter: String?
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      let query = filter.map { ["filter": $0] } ?? [:]
      try await Client(options).list(
        "/v1/accounts", query: query, limit: limit, columns: Columns.account)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an account", discussion: "Example: tenure account show acc_… -o yaml")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/accounts/\(id.pathSafe)"), columns: Columns.account)
    }
  }

  struct Lookup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find an account, also a deleted one, by an address or by your own id of it",
      discussion: "Example: tenure account lookup ada@acme.test -o id")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The address") var address: String?
    @Option(help: "Your own id of the account, in the place of an address") var externalID: String?

    func validate() throws {
      if (address == nil) == (externalID == nil) {
        throw ValidationError("Either an address or --external-id is expected")
      }
    }

    func run() async throws {
      let client = try Client(options)
      let body = try AccountLookupBody.json(["address": address, "external_id": externalID])
      try client.show(
        try await client.call("POST", "/v1/accounts:lookup", body: body),
        columns: Columns.account)
    }
  }

  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Search accounts by name, address, external id and what a list is filtered by",
      discussion: #"Example: tenure account search 'display_name sw "Ada"' -o id"#)
    @OptionGroup var options: ClientOptions
    @Argument(
      help: #"A filter, such as 'status eq "deleted" and external_id eq "emp-1042"'"#)
    var filter: String
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(
        "/v1/accounts:search", body: try AccountSearchBody.json(["filter": filter]),
        limit: limit, columns: Columns.account)
    }
  }

  /// The members a person's profile is given by.
  struct Profile: ParsableArguments {
    @Option(help: "An address; repeatable, the first is primary") var address: [String] = []
    @Option(help: "An address known to be verified; repeatable") var verifiedAddress: [String] = []
    @Option(help: .of(AccountProfile.self, "display_name")) var displayName: String?
    @Option(help: .of(AccountProfile.self, "locale")) var locale: String?
    @Option(help: "Your own id of the account") var externalID: String?
    @Option(help: "Attributes as a JSON object") var attributes: String?

    /// The whole of a new account.
    func body() throws -> JSONValue { try AccountProfile.json(try members()) }

    /// What changes of one that is there.
    func patch() throws -> JSONValue { try AccountProfile.patch(try members()) }

    private func members() throws -> Members {
      let addresses = verifiedAddress.map { ($0, true) } + address.map { ($0, false) }
      return [
        "addresses": addresses.map { address, isVerified -> Members in
          ["address": address, "verified": isVerified]
        }, "display_name": displayName, "locale": locale, "external_id": externalID,
        "attributes": try attributes.map { text in
          guard let value = try? JSONValue(parsing: Array(text.utf8)) else {
            throw Failure.usage("--attributes is not JSON")
          }
          return value
        },
      ]
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register an account",
      discussion: "Example: tenure account create --address ada@acme.test --if-absent -o id")
    @OptionGroup var options: ClientOptions
    @OptionGroup var profile: Profile
    @Flag(help: "Where the address has an account already, show that one") var ifAbsent = false

    func run() async throws {
      let client = try Client(options)
      do {
        try client.show(
          try await client.call("POST", "/v1/accounts", body: try profile.body()),
          columns: Columns.account)
      } catch let failure as Failure where ifAbsent && failure.code == "address_taken" {
        guard let address = (profile.verifiedAddress + profile.address).first else { throw failure }
        let body = try AccountLookupBody.json(["address": address])
        try client.show(
          try await client.call("POST", "/v1/accounts:lookup", body: body),
          columns: Columns.account)
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change an account; what is not named stays",
      discussion: "Example: tenure account update acc_… --display-name 'Ada Lovelace'")
    @OptionGroup var options: ClientOptions
    @OptionGroup var profile: Profile
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call(
          "PATCH", "/v1/accounts/\(id.pathSafe)", body: try profile.patch(),
          contentType: "application/merge-patch+json"), columns: Columns.account)
    }
  }

  struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a token for a signed-in person",
      discussion: "Example: tenure account token acc_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The account's id") var id: String

    func run() async throws {
      let client = try Client(options)
      let body = try PersonTokenBody.json(["account_id": id])
      try client.show(
        try await client.call("POST", "/v1/person_tokens", body: body),
        columns: Columns.personToken)
    }
  }
}
