import ArgumentParser
import Foundation
import JSON
import Tenure

extension AuditCommand {
  struct Checkpoints: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List signed roots of the log", discussion: "Example: tenure audit checkpoints")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(
        "/v1/audit_checkpoints", limit: limit, columns: Columns.checkpoint)
    }
  }

  struct Checkpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sign the log as it is now",
      discussion: """
        The verifier key in the answer is what verifies exports: keep it apart from them.

        Example: tenure audit checkpoint -o json
        """)
    @OptionGroup var options: ClientOptions

    func run() async throws {
      try await Client(options).perform(
        "POST", "/v1/audit_checkpoints", columns: Columns.newCheckpoint)
    }
  }

  struct Proof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prove that an entry is in the log",
      discussion: "Example: tenure audit proof aud_… -o json")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The entry's id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "GET", "/v1/audit_entries/\(id.pathSafe)/proof", columns: Columns.proof)
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the log to standard output, to be verified offline",
      discussion: "Example: tenure audit export >audit.jsonl")
    @OptionGroup var options: ClientOptions

    func run() async throws {
      let client = try Client(options)
      _ = try await client.call("POST", "/v1/audit_checkpoints")
      _ = try await client.send(
        "GET", "/v1/audit_export", headers: [("Accept", "application/x-ndjson")],
        received: { Terminal.put($0) })
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify an export with no network and no database",
      discussion: """
        The key is what 'tenure audit checkpoint' or a webhook said when you began to keep the log; \
        '@FILE' reads it. With --since, a checkpoint you kept, the log must begin with it. Exit code 1 \
        says that the log is not what was signed.

        Example: tenure audit verify audit.jsonl --key @acme.key --since checkpoint.txt
        """)
    @Argument(help: "The export; '-' reads standard input") var file: String
    @Option(help: "The verifier key, or @ and a file that holds it") var key: String
    @Option(help: "A file with an earlier checkpoint") var since: String?

    func run() throws {
      let key = try key.hasPrefix("@") ? Self.text(String(key.dropFirst())) : key
      let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
      guard let handle else { throw Failure.usage("the file \(file) cannot be read") }
      do {
        var verifier = try AuditVerifier(
          key: key.trimmingCharacters(in: .whitespacesAndNewlines), earlier: since.map(Self.text))
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
          try verifier.take(Array(piece))
        }
        let checkpoint = try verifier.finish()
        Terminal.put(
          Array(
            "verified: \(checkpoint.size) entries of \(checkpoint.tenant), root \(checkpoint.root)\n"
              .utf8))
      } catch let refusal as AuditVerifier.Refusal {
        throw Failure.failed("audit_not_verified", "\(refusal)", exitCode: 1)
      }
    }

    private static func text(_ path: String) throws -> String {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw Failure.usage("the file \(path) cannot be read")
      }
      return text
    }
  }
}
