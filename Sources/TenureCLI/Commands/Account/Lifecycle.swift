import ArgumentParser
import HTTP
import JSON
import TenureAPI

/// What every verb that is done to accounts takes.
struct Verb: ParsableArguments {
  @OptionGroup var options: ClientOptions
  @OptionGroup var consent: Consent
  @OptionGroup var accounts: IDs
  @Option(help: "When, as an RFC 3339 date-time in the future") var effectiveAt: String?

  /// Carries a verb out on one account, or on many with an outcome for each; `question` is asked
  /// before.
  func perform(_ verb: String, asking question: String? = nil) async throws {
    guard let reason = options.reason else { throw Failure.usage("--reason says why") }
    let ids = try await found()
    if let question, !options.dryRun {
      try consent.ask("\(question) \(ids.count == 1 ? ids[0] : "\(ids.count) accounts")")
    }
    let client = try Client(options)
    if ids.count == 1 {
      let body = try AccountVerbBody.json(["reason": reason, "effective_at": effectiveAt])
      let answer = try await client.call(
        "POST", "/v1/accounts/\(ids[0].pathSafe):\(verb)", body: body)
      let columns =
        answer["verb"] != nil
        ? Columns.change
        : answer["action"] != nil ? Columns.approval : Columns.signIn
      return try client.show(answer, columns: columns)
    }
    let erases = ["anonymise", "erase"].contains(verb)
    var operation: JSONValue?
    let outcomes: [JSONValue]
    if options.dryRun || ids.count <= AccountChangesBody.accountsMax {
      outcomes = try await inline(
        ids, verb, reason, at: erases ? "/v1/account_changes:erase" : "/v1/account_changes", client)
    } else {
      (outcomes, operation) = try await asFile(
        ids, verb, reason,
        at: erases ? "/v1/account_changes:import_erasures" : "/v1/account_changes:import", client)
    }
    // Somebody else must agree first: that was shown.
    if options.dryRun || outcomes.isEmpty { return }
    try Output.current.show(.array(outcomes), columns: Columns.outcome)
    if let operation { try OperationCommand.requireSuccess(operation) }
    let failed = outcomes.filter { ["failed", "unknown"].contains($0["outcome"]?.string) }.count
    if failed > 0 { throw ExitCode(failed == outcomes.count ? 1 : 8) }
  }

  /// The accounts' ids; whoever is named by an address is looked up.
  private func found() async throws -> [String] {
    let named = try accounts.all()
    guard named.contains(where: { $0.contains("@") }) else { return named }
    let client = try Client(options)
    var ids: [String] = []
    for name in named {
      guard name.contains("@") else {
        ids.append(name)
        continue
      }
      let account = try await client.call(
        "POST", "/v1/accounts:lookup", body: try AccountLookupBody.json(["address": name]))
      ids.append(account["id"]?.string ?? name)
    }
    return ids
  }

  private func inline(
    _ ids: [String], _ verb: String, _ reason: String, at path: String, _ client: Client
  ) async throws -> [JSONValue] {
    let most = AccountChangesBody.accountsMax
    var outcomes: [JSONValue] = []
    for start in stride(from: 0, to: ids.count, by: most) {
      let body = try AccountChangesBody.json([
        "reason": reason, "effective_at": effectiveAt, "verb": verb,
        "account_ids": Array(ids[start..<min(start + most, ids.count)]),
      ])
      let answer = try await client.call("POST", path, body: body)
      if answer["effects"] != nil { try client.show(answer, columns: []) }
      if answer["action"] != nil { try client.show(answer, columns: Columns.approval) }
      outcomes += answer["data"]?.array ?? []
    }
    return outcomes
  }

  /// More than one request takes go as a file, which the service works through whoever waits.
  private func asFile(
    _ ids: [String], _ verb: String, _ reason: String, at path: String, _ client: Client
  ) async throws -> (outcomes: [JSONValue], operation: JSONValue?) {
    var writer = JSONWriter(capacity: ids.count * 128)
    for id in ids {
      do {
        writer.value(
          try AccountChangeRow.json([
            "reason": reason, "effective_at": effectiveAt, "verb": verb, "account_id": id,
          ]))
      } catch let failure as Failure {
        throw Failure.usage("'\(id)': \(failure.message)")
      }
      writer.newline()
    }
    let rows = Pieces(writer.bytes)
    let answer = try await client.send(
      "POST", path, contentType: "application/x-ndjson", stream: { rows.next() })
    let received = try Client.parse(answer.body)
    if received["action"] != nil {
      try client.show(received, columns: Columns.approval)
      return ([], nil)
    }
    let operation = try await OperationCommand.finish(client, received)
    return (try await OperationCommand.results(client, operation), operation)
  }
}

/// Bytes that are sent piece by piece.
private final class Pieces: @unchecked Sendable {
  private static let bytesMax = 128 * 1_024
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func next() -> [UInt8]? {
    if rest.isEmpty { return nil }
    let piece = rest.prefix(Self.bytesMax)
    rest = rest.dropFirst(Self.bytesMax)
    return Array(piece)
  }
}

extension AccountCommand {
  struct Restrict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Limit what is done with accounts; their profiles are read-only",
      discussion: "Example: tenure account restrict acc_… --reason 'disputed'")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("restrict") }
  }

  struct Deactivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let nobody sign in; shared content stays, with its author",
      discussion: "Example: tenure account deactivate acc_… --reason 'left the company' --yes")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("deactivate", asking: "Deactivate") }
  }

  struct Reactivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Undo a restriction, a deactivation, or, with a second person, an isolation",
      discussion: "Example: tenure account reactivate acc_… --reason 'came back'")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("reactivate") }
  }

  struct Isolate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seal accounts away; opening one takes two people",
      discussion: "Example: tenure account isolate acc_… --reason 'retention is over' --yes")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("isolate", asking: "Isolate") }
  }

  struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read an isolated account, once a second person agrees",
      discussion: "Example: tenure account open acc_… --reason 'an auditor asks' -o yaml")
    @OptionGroup var target: Target

    func run() async throws {
      guard let reason = target.options.reason else { throw Failure.usage("--reason says why") }
      let client = try Client(target.options)
      let answer = try await client.call(
        "POST", "/v1/accounts/\(target.id.pathSafe):open",
        body: try AccountVerbBody.json(["reason": reason]))
      let isPending = answer["action"] != nil
      try client.show(answer, columns: isPending ? Columns.approval : Columns.account)
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take accounts out of sight, to be erased after a while",
      discussion: "Example: tenure account delete --from-file leavers.txt --reason 'left' --yes")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("delete", asking: "Delete") }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring deleted accounts back as they were",
      discussion: "Example: tenure account restore ada@acme.test --reason 'by mistake'")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("restore") }
  }

  struct Anonymise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace people's data for ever; what they shared stays under a pseudonym",
      discussion: "Example: tenure account anonymise acc_… --reason 'asked for it' --yes")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("anonymise", asking: "For ever: anonymise") }
  }

  struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Destroy people's keys, and with them their data wherever a copy lies",
      discussion: "Example: tenure account erase acc_… --reason 'asked for it' --yes")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("erase", asking: "For ever: erase") }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give controlled accounts back to their people",
      discussion: "Example: tenure account release acc_… --reason 'left with his account' --yes")
    @OptionGroup var verb: Verb

    func run() async throws { try await verb.perform("release", asking: "Give back") }
  }

  struct Changes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what was done to accounts, and what is to be done",
      discussion: "Example: tenure account changes --state scheduled")
    @OptionGroup var listing: Listing
    @Option(help: "Only about this account") var account: String?
    @Option(help: "scheduled, done, refused or cancelled") var state: String?

    func run() async throws {
      try await listing.list(
        "/v1/account_changes", query: ["account_id": account, "state": state],
        columns: Columns.change)
    }
  }

  struct CancelChange: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Call off what is scheduled",
      discussion: "Example: tenure account cancel-change chg_…")
    @OptionGroup var target: Target

    func run() async throws {
      try await Client(target.options).perform(
        "POST", "/v1/account_changes/\(target.id.pathSafe):cancel", columns: Columns.change)
    }
  }
}
