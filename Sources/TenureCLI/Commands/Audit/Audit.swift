import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Read the audit log",
    subcommands: [
      Search.self, Checkpoints.self, Checkpoint.self, Proof.self, Export.self, Verify.self,
    ])

  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List entries, oldest first",
      discussion: "Example: tenure audit search --action account.read --subject acc_… -o jsonl")
    @OptionGroup var options: ClientOptions
    @Option(help: "Only this action") var action: String?
    @Option(help: "Only entries about this account") var subject: String?
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      var query: [String: String] = [:]
      if let action { query["action"] = action }
      if let subject { query["subject_id"] = subject }
      try await Client(options).list(
        "/v1/audit_entries", query: query, limit: limit, columns: Columns.audit)
    }
  }
}
