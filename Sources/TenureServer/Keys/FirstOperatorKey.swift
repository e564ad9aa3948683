import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// The first operator key of a new service, with which all other keys are made.
package enum FirstOperatorKey {
  /// Makes the key if there was never one, and writes its token to a new file that only the file's
  /// owner can read.
  package static func make(into path: String, _ worker: Worker) async throws {
    let access = SystemCaller(job: "bootstrap").access(to: .platform)
    let existing = try await worker.database.find(
      access,
      """
      SELECT count(*) FROM tenure.keys
      WHERE tenant_id = \(access.tenant) AND role = 'operator'
      """)
    guard try existing.first?.int(0) == 0 else { return }
    let token = KeyToken(kind: .key)
    let now = worker.clock.now
    let key = Key(
      id: KeyID(at: now), tenant: .platform, reference: token.reference, name: "first operator key",
      role: .platformOperator, scopes: nil, createdAt: now, createdBy: access.caller.actor,
      expiresAt: now.adding(seconds: KeyRoutes.lifetimeSecondsMax))
    // The file is written before the key is: if the token of the only key got lost, everybody would
    // be locked out.
    let isWritten = FileManager.default.createFile(
      atPath: path, contents: Data((token.text + "\n").utf8), attributes: [.posixPermissions: 0o600]
    )
    guard isWritten else {
      throw ServiceFailure(description: "the operator key cannot be written to \(path)")
    }
    let digest = try worker.sealer.digests.sha256(token.secret)
    let telling = Telling(
      at: now, actor: access.caller.actor, requestID: "bootstrap", reason: nil)
    telling.record("key.created", key.id, subject: nil, in: access)
    _ = try await worker.database.transaction(in: access) { transaction in
      try await transaction.run(
        KeyStore.insert(key, role: Role.platformOperator.rawValue, digest: digest, access)
          + telling.statements(by: worker, transaction))
    }
    worker.log.notice("the first operator key was made", metadata: ["file": "\(path)"])
  }
}
