import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import TenureServer

extension Worker {
  /// Registers an account straight into a tenant's custody, as no route does: over HTTP custody moves
  /// by a takeover only.
  ///
  /// In one transaction with its audit entry; `own` is an address that the person keeps to themselves.
  func placeAccount(
    _ address: String, own: String? = nil, in access: Access, at now: Timestamp
  ) async throws -> AccountID {
    let email = try EmailAddress(parsing: address)
    let profile = AccountProfile(
      externalID: nil, displayName: "Ada", locale: nil,
      addresses: [AccountAddress(email: email, isVerified: true, isPrimary: true)],
      attributes: .object([]))
    let id = AccountID(at: now)
    let sealed = try seal(profile, as: id, under: try await tenantKey(access))
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "test", reason: nil)
    telling.record("account.created", id, subject: id, in: access)
    _ = try await database.transaction(in: access) { transaction in
      try await transaction.run(
        AccountStore.insert([sealed], at: now, access)
          + telling.statements(by: self, transaction))
      guard let own else { return }
      let address = AccountAddress(
        email: try EmailAddress(parsing: own), isVerified: true, isPrimary: false)
      try await PersonalRecords(worker: self).keep(
        [(id, PersonalRecord(addresses: [address]))], at: now, transaction)
    }
    return id
  }
}
