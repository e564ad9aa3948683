import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// How a person comes by a key of their own.
///
/// A key of their tenant offers it, and they take it up as the person they are signed in as. Whoever
/// offered it has seen a token that opens nothing, and who signs people in has not seen it: neither
/// becomes somebody else alone.
package enum KeyCollection {
  /// How long an offer waits for its person.
  static let offerSeconds: Int64 = 7 * 86_400

  /// Takes up an offered key: the answer has a token that nobody else has seen.
  ///
  /// Whoever is not meant, too late, or comes with a token that is none, gets the same answer.
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
      // Only here: who repeats the request with what it was offered gets the first answer again.
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
