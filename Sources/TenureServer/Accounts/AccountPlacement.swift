import JSON
import Postgres
package import Tenure
import TenureAPI

extension Worker {
  /// Registers an account straight into a tenant's custody, in one transaction with its audit
  /// entry.
  ///
  /// No route leads here: over HTTP custody moves by a takeover only.
  package func placeAccount(
    _ address: String, in access: Access, at now: Timestamp
  ) async throws -> AccountID {
    let email = try EmailAddress(parsing: address)
    let profile = AccountProfile(
      externalID: nil, displayName: "Ada", locale: nil,
      addresses: [AccountAddress(email: email, isVerified: true, isPrimary: true)],
      attributes: .object([]))
    let id = AccountID(at: now)
    let sealed = try seal(profile, as: id, under: try await tenantKey(access))
    let entry = AuditEntry(
      id: AuditEntryID(at: now), tenant: access.tenant, at: now, actor: access.caller.actor,
      action: "account.created", object: id.description, subject: id, requestID: "test")
    _ = try await database.run(
      [access.context] + AccountStore.insert([sealed], at: now, access)
        + [AuditStore.insert([entry], access)], commits: true)
    return id
  }
}
