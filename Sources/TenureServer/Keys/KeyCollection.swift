import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// How a person gets a key of their own.
///
/// Somebody with a key of the tenant offers one, and the person collects it while they are signed
/// in. The one who offers sees only a token that opens nothing; the operator, who signs the person
/// in, never sees that token. So neither can get the key alone.
package enum KeyCollection {
  /// How long an offered key can be collected.
  static let offerSeconds: Int64 = 7 * 86_400

  /// Collects an offered key: the reply has a new token, which nobody else has seen.
  ///
  /// The wrong person, an old offer and an unknown token all get the same reply.
  @Sendable
  package static func collectMyKey(_ call: Call) async throws -> Reply {
    let body = try call.body(CollectKeyBody.self)
    let person = try await PersonPlaces(call).account
    guard let token = KeyToken(parsing: Array(body.token.utf8)),
      let record = try await KeyStore.record(token.reference, call.worker.database),
      record.caller.holder == person, !record.caller.permissions.isEmpty,
      let (_, access) = call.caller?.authorizeOwnAccount(custodian: record.tenant)
    else { throw Problem(.keyNotLive) }
    let digests = call.worker.sealer.digests
    let isOffered = constantTimeEqual(try digests.sha256(token.secret), record.digest)
    let fresh = KeyToken(kind: .key, reference: token.reference)
    let digest = try digests.sha256(fresh.secret)
    return try await call.change(access) { change in
      // Checked only here: a repeated request with the token that was offered gets the first reply
      // again.
      guard isOffered else { throw Problem(.keyNotLive) }
      let rows = try await change.transaction.run(
        KeyStore.collect(
          record.id, by: person, digest: digest, at: call.now,
          offeredAfter: call.now.adding(seconds: -offerSeconds), access))
      guard let key = try rows.first.map(KeyStore.key) else { throw Problem(.keyNotLive) }
      try await change.transaction.run(KeyStore.notify(token.reference))
      change.record("key.collected", record.id, subject: person)
      return Reply(KeyView(key, token: fresh.text), version: key.version)
    }
  }
}
