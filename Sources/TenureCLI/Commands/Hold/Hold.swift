import ArgumentParser
import JSON
import TenureAPI

struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Keep data that must stay",
    subcommands: [
      List.self, Show.self, Custodians.self, Place.self, Add.self, Remove.self, Release.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List holds", discussion: "Example: tenure hold list")
    @OptionGroup var listing: Listing

    func run() async throws { try await listing.list("/v1/holds", columns: Columns.hold) }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a hold", discussion: "Example: tenure hold show hld_… -o yaml")
    @OptionGroup var target: Target

    func run() async throws { try await target.show("/v1/holds", columns: Columns.hold) }
  }

  struct Custodians: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List whose data a hold keeps",
      discussion: "Example: tenure hold custodians hld_… -o csv")
    @OptionGroup var listing: Listing
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await listing.list(
        "/v1/holds/\(id.pathSafe)/custodians",
        columns: Columns.custodian)
    }
  }

  struct Place: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Place a hold on people's data",
      discussion:
        "Example: tenure hold place --matter 'Acme v. Rival' --reason 'ordered' acc_… acc_…")
    @OptionGroup var options: ClientOptions
    @Option(help: .of(HoldBody.self, "matter")) var matter: String
    @Flag(help: .of(HoldBody.self, "secret")) var secret = false
    @Flag(help: .of(HoldBody.self, "covers_all")) var all = false
    @Option(help: "Only content of this category; repeatable") var category: [String] = []
    @Option(help: .of(HoldBody.self, "from")) var from: String?
    @Option(help: .of(HoldBody.self, "to")) var to: String?
    @Option(help: "A file of ids, one a line; - for standard input") var fromFile: String?
    @Argument(help: "Ids of accounts") var ids: [String] = []

    func run() async throws {
      guard let reason = options.reason else { throw Failure.usage("--reason says why") }
      var accounts = IDs()
      accounts.ids = ids
      accounts.fromFile = fromFile
      let custodians = all ? [] : try accounts.all()
      if !all && custodians.isEmpty { throw Failure.usage("name accounts, or --all") }
      let body = try HoldBody.json([
        "matter": matter, "reason": reason, "secret": secret, "covers_all": all,
        "categories": category, "from": from, "to": to,
        "custodian_ids": Array(custodians.prefix(HoldBody.custodiansMax)),
      ])
      let client = try Client(options)
      var hold = try await client.call("POST", "/v1/holds", body: body)
      let rest = Array(custodians.dropFirst(HoldBody.custodiansMax))
      if let id = hold["id"]?.string, !rest.isEmpty {
        hold = try await HoldCommand.change(id, "add_custodians", rest, client) ?? hold
      }
      try client.show(hold, columns: Columns.hold)
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep the data of more people",
      discussion: "Example: tenure hold add hld_… --from-file team.txt")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The hold's id") var id: String
    @OptionGroup var accounts: IDs

    func run() async throws {
      let client = try Client(options)
      let hold = try await HoldCommand.change(
        id, "add_custodians", try accounts.all(), client)
      try client.show(hold ?? .null, columns: Columns.hold)
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let go of people, after thirty days",
      discussion: "Example: tenure hold remove hld_… acc_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "The hold's id") var id: String
    @OptionGroup var accounts: IDs

    func run() async throws {
      let custodians = try accounts.all()
      if !options.dryRun { try consent.ask("Let go of \(custodians.count) accounts") }
      let client = try Client(options)
      let hold = try await HoldCommand.change(id, "remove_custodians", custodians, client)
      try client.show(hold ?? .null, columns: Columns.hold)
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Release a hold; its data stays for thirty days more",
      discussion: "Example: tenure hold release hld_… --reason 'settled' --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      guard let reason = target.options.reason else { throw Failure.usage("--reason says why") }
      if !target.options.dryRun { try consent.ask("Release \(target.id)") }
      let client = try Client(target.options)
      let path = "/v1/holds/\(target.id.pathSafe)"
      try client.show(
        try await client.call(
          "POST", "\(path):release", body: try ReasonBody.json(["reason": reason]),
          headers: try await client.precondition(path)), columns: Columns.hold)
    }
  }

  /// Adds or removes custodians, as many a request as one takes; answers the hold as it is then.
  private static func change(
    _ id: String, _ verb: String, _ accounts: [String], _ client: Client
  ) async throws -> JSONValue? {
    let path = "/v1/holds/\(id.pathSafe)"
    var hold: JSONValue?
    for start in stride(from: 0, to: accounts.count, by: HoldBody.custodiansMax) {
      let some = accounts[start..<min(start + HoldBody.custodiansMax, accounts.count)]
      hold = try await client.call(
        "POST", "\(path):\(verb)",
        body: try CustodiansBody.json(["account_ids": Array(some)]),
        headers: try await client.precondition(path))
    }
    return hold
  }
}
