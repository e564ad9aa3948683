import ArgumentParser
import Foundation
import JSON
import TenureAPI

struct DSRCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dsr", abstract: "Answer what people ask about their own data",
    subcommands: [
      List.self, Show.self, Open.self, Pause.self, Resume.self, Extend.self, Fulfil.self,
      Refuse.self, Lift.self, Package.self, Verify.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List requests", discussion: "Example: tenure dsr list --state received -o csv")
    @OptionGroup var listing: Listing
    @Option(help: "Only of this account") var account: String?
    @Option(help: "Only in this state") var state: String?

    func run() async throws {
      try await listing.list(
        "/v1/requests", query: ["account_id": account, "state": state],
        columns: Columns.request)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a request", discussion: "Example: tenure dsr show dsr_… -o yaml")
    @OptionGroup var target: Target

    func run() async throws { try await target.show("/v1/requests", columns: Columns.request) }
  }

  struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enter a request that came by letter or mail",
      discussion: "Example: tenure dsr open acc_… --type access --received-at 2026-11-20T09:00:00Z")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Whose request it is") var account: String
    @Option(help: "access, portability, rectification, erasure, restriction or objection")
    var type: String
    @Option(help: "In the person's words; - reads standard input") var details: String?
    @Option(help: "What is objected to; repeatable") var purpose: [String] = []
    @Option(help: "Whose rule counts the time: eu, uk, us-ca or br") var jurisdiction: String?
    @Option(help: "When it came in, where that was earlier") var receivedAt: String?

    func run() async throws {
      let words = details == "-" ? try Input.text(of: "-") : details
      let body = try SubjectRequestBody.json([
        "account_id": account, "type": type,
        "details": words?.trimmingCharacters(in: .whitespacesAndNewlines), "purposes": purpose,
        "jurisdiction": jurisdiction, "received_at": receivedAt,
      ])
      let client = try Client(options)
      try client.show(
        try await client.call("POST", "/v1/requests", body: body), columns: Columns.request)
    }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop the clock while the person's identity is checked",
      discussion: "Example: tenure dsr pause dsr_… --reason 'the signature differs'")
    @OptionGroup var target: Target

    func run() async throws { try await DSRCommand.decide("pause", target, needsReason: true) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start the clock again", discussion: "Example: tenure dsr resume dsr_…")
    @OptionGroup var target: Target

    func run() async throws { try await DSRCommand.decide("resume", target, needsReason: false) }
  }

  struct Extend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take more time, once; the person is told why",
      discussion: "Example: tenure dsr extend dsr_… --reason 'three archives to search'")
    @OptionGroup var target: Target

    func run() async throws { try await DSRCommand.decide("extend", target, needsReason: true) }
  }

  struct Fulfil: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Do what was asked for", discussion: "Example: tenure dsr fulfil dsr_… --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      if !target.options.dryRun { try consent.ask("Do what \(target.id) asks for") }
      try await DSRCommand.decide("fulfil", target, needsReason: false)
    }
  }

  struct Refuse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Refuse a request; the person is told why",
      discussion: "Example: tenure dsr refuse dsr_… --reason 'answered last week' --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      if !target.options.dryRun { try consent.ask("Refuse \(target.id)") }
      try await DSRCommand.decide("refuse", target, needsReason: true)
    }
  }

  struct Lift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a restriction or an objection; the person is told",
      discussion: "Example: tenure dsr lift dsr_… --reason 'the dispute is settled'")
    @OptionGroup var target: Target

    func run() async throws { try await DSRCommand.decide("lift", target, needsReason: true) }
  }

  struct Package: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "See what a package holds, and whether it was collected",
      discussion: "Example: tenure dsr package dsr_… -o json | jq -r .verifier_key")
    @OptionGroup var target: Target

    func run() async throws {
      let client = try Client(target.options)
      try client.show(
        try await client.call("GET", "/v1/requests/\(target.id.pathSafe)/package"),
        columns: Columns.requestPackage)
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a package offline; with --into, unpack it",
      discussion: "Example: tenure dsr verify package.json --key \"$(cat package.vkey)\"")
    @Option(help: "The verifier key of whoever made it") var key: String
    @Option(help: "A folder that gets the files") var into: String?
    @Argument(help: "The package; - for standard input") var file: String

    func run() throws {
      let data = try Input.data(of: file)
      let files: [(name: String, content: String)]
      do { files = try PackageVerifier.verify(Array(data), key: key) } catch let refusal
        as PackageVerifier.Refusal
      {
        throw Failure.failed("not_proven", refusal.description)
      }
      if let into {
        try FileManager.default.createDirectory(atPath: into, withIntermediateDirectories: true)
      }
      for (name, content) in files {
        print(name)
        guard let into else { continue }
        // Whoever signs does not choose where files go.
        guard !name.contains("/"), !name.hasPrefix(".") else {
          throw Failure.failed("not_proven", "the file \(name) has no plain name")
        }
        try content.write(toFile: "\(into)/\(name)", atomically: true, encoding: .utf8)
      }
    }
  }

  private static func decide(_ verb: String, _ target: Target, needsReason: Bool) async throws {
    if needsReason && target.options.reason == nil {
      throw Failure.usage("--reason says why")
    }
    let client = try Client(target.options)
    let body = needsReason ? try ReasonBody.json(["reason": target.options.reason]) : nil
    let answer = try await client.call(
      "POST", "/v1/requests/\(target.id.pathSafe):\(verb)", body: body)
    try client.show(answer, columns: answer["object"] == nil ? Columns.request : Columns.approval)
  }
}
