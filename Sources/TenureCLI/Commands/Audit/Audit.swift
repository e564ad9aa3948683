import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Read the audit log",
    subcommands: [
      Search.self, Checkpoints.self, Checkpoint.self, Proof.self, Export.self, Verify.self,
    ])

  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find entries, the newest first",
      discussion: "Example: tenure audit search --from 2026-11-01 --action 'account.*' -o jsonl")
    @OptionGroup var options: ClientOptions
    @Option(help: "Only from this time or day on") var from: String?
    @Option(help: "Only before this time or day") var to: String?
    @Option(help: "Only what this key, person or job did") var actor: String?
    @Option(help: "Only this action, or all such as 'account.*'") var action: String?
    @Option(help: "Only what was done to this") var object: String?
    @Option(help: "Only entries about this account") var subject: String?
    @Flag(help: "The oldest first") var oldestFirst = false
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      var query: [String: String] = [:]
      for (name, value) in [
        ("from", from), ("to", to), ("actor", actor), ("action", action), ("object", object),
        ("subject_id", subject), ("order", oldestFirst ? "asc" : nil),
      ] { query[name] = value }
      try await Client(options).list(
        "/v1/audit_entries", query: query, limit: limit, columns: Columns.audit)
    }
  }
}
