import ArgumentParser
import Foundation
import HTTP
import JSON
import TenureAPI

struct TakeoverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "takeover", abstract: "Bring accounts under control, with notice",
    subcommands: [
      Preview.self, Start.self, List.self, Show.self, Cases.self, Case.self, Watch.self,
      Receipts.self, Timeline.self, Cancel.self, Extend.self, Undo.self, Disputes.self, Lift.self,
    ])

  static let path = "/v1/takeovers"

  struct Preview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a takeover would reach, and what stands in the way",
      discussion: "Example: tenure takeover preview --domain acme.test -o json >plan.json")
    @OptionGroup var options: ClientOptions
    @Option(help: "The verified claim") var claim: String?
    @Option(help: "The domain, in place of its claim's id") var domain: String?

    func run() async throws {
      let client = try Client(options)
      let id = try await TakeoverCommand.claim(client, claim, domain)
      let body = try TakeoverPreviewBody.json(["domain_claim_id": id])
      try client.show(
        try await client.call("POST", "\(path):preview", body: body),
        columns: Columns.takeoverPreview)
    }
  }

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start a takeover from a preview",
      discussion: """
        The set of accounts must still be the one of the preview (exit code 9 where it is not).

        Example: tenure takeover start --plan plan.json --confirm acme.test --wait notice
        """)
    @OptionGroup var options: ClientOptions
    @Option(help: "The preview's JSON; '-' reads standard input") var plan: String
    @Option(help: "The domain, typed once more") var confirm: String
    @Option(help: "detach_address, block_sign_in or assume_control") var noAnswer: String?
    @Option(help: "Days from the receipt of a notice to its deadline") var noticeDays: Int?
    @Option(
      help: "Whom to reach: an id, an address or a pattern such as 'a*@acme.test'; repeatable")
    var select: [String] = []
    @Option(help: "Whom to leave out, in the same way; repeatable") var exclude: [String] = []
    @Option(help: "notice: until every clock runs; end: until it is over") var wait: Until?

    func run() async throws {
      let handle = plan == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: plan)
      guard let data = handle?.readDataToEndOfFile(),
        let preview = try? JSONValue(parsing: Array(data)), let token = preview["plan"],
        let claim = preview["domain_claim_id"], let domain = preview["domain"]?.string
      else { throw Failure.usage("'\(plan)' is not the JSON of a preview") }
      guard domain == confirm else {
        throw Failure.usage("the plan is for \(domain), not for \(confirm)")
      }
      // Ids and addresses have members of their own; what has an `@` is no id.
      func addresses(_ texts: [String]) -> [String] { texts.filter { $0.contains("@") } }
      func ids(_ texts: [String]) -> [String] { texts.filter { !$0.contains("@") } }
      let body = try TakeoverBody.json([
        "plan": token, "domain_claim_id": claim, "no_answer": noAnswer, "notice_days": noticeDays,
        "account_ids": ids(select), "addresses": addresses(select),
        "exclude_account_ids": ids(exclude), "exclude_addresses": addresses(exclude),
      ])
      do {
        let client = try Client(options)
        let takeover = try await client.call("POST", path, body: body)
        guard let wait, !options.dryRun, let id = takeover["id"]?.string else {
          return try client.show(takeover, columns: Columns.takeover)
        }
        try await TakeoverCommand.watch(client, id, until: wait)
      } catch var failure as Failure where failure.code == "plan_stale" {
        failure.exitCode = 9
        throw failure
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List takeovers", discussion: "Example: tenure takeover list")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(path, limit: limit, columns: Columns.takeover)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far a takeover is", discussion: "Example: tenure takeover show tko_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "GET", "\(path)/\(id.pathSafe)", columns: Columns.takeover)
    }
  }

  struct Cases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the cases of a takeover",
      discussion: "Example: tenure takeover cases tko_… --state disputed -o id")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The takeover's id") var id: String
    @Option(help: "Only cases in this state") var state: String?
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(
        "\(path)/\(id.pathSafe)/cases", query: state.map { ["state": $0] } ?? [:], limit: limit,
        columns: Columns.takeoverCase)
    }
  }

  struct Case: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what happens to one account",
      discussion: "Example: tenure takeover case cas_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The case's id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "GET", "/v1/takeover_cases/\(id.pathSafe)", columns: Columns.takeoverCase)
    }
  }

  struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say how far a takeover is until it ends",
      discussion: "Example: tenure takeover watch tko_… --until notice")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String
    @Option(help: "notice: until every clock runs; end: until it is over") var until = Until.end

    func run() async throws {
      try await TakeoverCommand.watch(try Client(options), id, until: until)
    }
  }

  /// What a takeover is waited for.
  enum Until: String, CaseIterable, ExpressibleByArgument { case notice, end }

  /// Says how far a takeover is, each time that changes; shows it when it has come so far.
  static func watch(_ client: Client, _ id: String, until: Until) async throws {
    var said = ""
    while true {
      let takeover = try await client.call("GET", "\(path)/\(id.pathSafe)")
      let cases = takeover["cases"]
      func count(_ state: String) -> Int { cases?[state]?.int ?? 0 }
      let line = ["notice_pending", "running", "disputed", "effective", "cancelled", "blocked"]
        .map { "\($0) \(count($0))" }.joined(separator: " · ")
      if line != said { Terminal.say(line) }
      said = line
      let isOver = takeover["state"]?.string != "running"
      if isOver || (until == .notice && count("notice_pending") == 0) {
        return try client.show(takeover, columns: Columns.takeover)
      }
      try await Task.sleep(for: .seconds(2))
    }
  }

  struct Receipts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the evidence that a person was told",
      discussion: "Example: tenure takeover receipts cas_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The case's id") var id: String

    func run() async throws {
      let client = try Client(options)
      let receipts = try await client.call("GET", "/v1/takeover_cases/\(id.pathSafe)/receipts")
      try Output.current.show(
        receipts["data"] ?? .array([]),
        columns: Columns.receipt)
    }
  }

  struct Timeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw a takeover as a picture",
      discussion: "Example: tenure takeover timeline tko_… -o svg >timeline.svg")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      let target = "\(path)/\(id.pathSafe)"
      // Where no other form was asked for, it is the picture.
      guard Output.current == .svg || Output.current == .table else {
        return try await client.perform("GET", target, columns: Columns.takeover)
      }
      Terminal.put(
        try await client.send("GET", target, headers: [("Accept", "image/svg+xml")]).body)
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel what has had no effect yet",
      discussion: "Example: tenure takeover cancel tko_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "Its id") var id: String

    func run() async throws {
      if !options.dryRun { try consent.ask("Cancel \(id)") }
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):cancel", columns: Columns.takeover)
    }
  }

  struct Extend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give everybody two weeks more, once",
      discussion: "Example: tenure takeover extend tko_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):extend", columns: Columns.takeover)
    }
  }

  struct Undo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give one account back, within 30 days of the effect",
      discussion: "Example: tenure takeover undo cas_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "The case's id") var id: String

    func run() async throws {
      if !options.dryRun { try consent.ask("Undo \(id)") }
      try await Client(options).perform(
        "POST", "/v1/takeover_cases/\(id.pathSafe):undo", columns: Columns.takeoverCase)
    }
  }

  /// The claim's id, given or looked up by its domain.
  private static func claim(
    _ client: Client, _ id: String?, _ domain: String?
  ) async throws -> String {
    if let id { return id }
    guard let domain else { throw Failure.usage("--claim or --domain is needed") }
    var query = ["limit": "200"]
    while true {
      let page = try await client.call("GET", DomainCommand.path, query: query)
      let held = page["data"]?.array?.first {
        $0["domain"]?.string == domain && $0["state"]?.string == "verified"
      }
      if let id = held?["id"]?.string { return id }
      guard let next = page["next_cursor"]?.string else {
        throw Failure.failed("not_found", "no verified claim on \(domain)", exitCode: 3)
      }
      query["cursor"] = next
    }
  }
}
