import JSON
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// The results of files, a line for each row, sealed by chunks under the tenant's key.
///
/// It cannot be a person's key, because rows name people before anybody knows whose accounts they
/// are.
enum ImportResults {
  /// The members of a line that stay when its person is gone: which row it was, and its outcome.
  private static let kept: Set<String> = ["row", "outcome", "account_id", "status", "code"]

  /// The lines for these outcomes.
  static func lines(_ outcomes: [ImportOutcome]) -> [UInt8] {
    var writer = JSONWriter(capacity: outcomes.count * 100)
    for outcome in outcomes {
      outcome.write(to: &writer)
      writer.newline()
    }
    return writer.bytes
  }

  /// Removes from the lines of people who are gone what the sender called them.
  ///
  /// The transaction must have the tenant's context.
  static func forget(
    _ accounts: [AccountID], _ worker: Worker, _ access: Access, _ transaction: Transaction
  ) async throws {
    let chunks = try await transaction.run(OperationStore.lockResults(about: accounts, access))
    if chunks.isEmpty { return }
    let key = try await worker.tenantKey(access)
    let gone = Set(accounts.map(\.description))
    for index in 0..<chunks.count {
      let row = chunks[index]
      let (id, chunk) = (try row.identifier(0, OperationID.self), try row.int(1))
      let place = OperationChunk.place("results", id, chunk, access)
      var left: [UInt8] = []
      do {
        left = try shortened(
          try worker.sealer.open(try row.bytes(2), under: key, at: place), of: gone)
      } catch let error as VaultError {
        // Results that cannot be decrypted say nothing of anybody, so they do not stop an erasure.
        worker.log.error(
          "results do not open", metadata: ["operation": "\(id)", "failure": "\(error)"])
      }
      try await transaction.run(
        OperationStore.saveResults(
          id, chunk, try worker.sealer.seal(left, under: key, at: place), access))
    }
  }

  /// The lines without what is not `kept` of people who are gone.
  ///
  /// Throws for a line that cannot be told to be about somebody else.
  static func shortened(_ lines: [UInt8], of gone: Set<String>) throws -> [UInt8] {
    var writer = JSONWriter(capacity: lines.count)
    for line in lines.split(separator: 0x0A) {
      let value = try JSONValue(stored: Array(line))
      guard case .object(let members) = value else {
        throw PostgresError(kind: .decoding, message: "a line of results is no object")
      }
      let account = try value.optionalStoredText("account_id")
      let isGone = account.map(gone.contains) ?? false
      writer.object { writer in
        for (name, member) in members where !isGone || kept.contains(name) {
          writer.key(name)
          writer.value(member)
        }
      }
      writer.newline()
    }
    return writer.bytes
  }
}
