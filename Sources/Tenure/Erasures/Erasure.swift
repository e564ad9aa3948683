/// The record of an account that was erased or anonymised.
package struct Erasure: Sendable {
  package enum Method: String, CaseIterable, Sendable {
    case erase, anonymise
  }

  package let id: ErasureID
  package let tenant: TenantID
  package let account: AccountID
  package let method: Method
  package let requestedAt: Timestamp
  package let erasedAt: Timestamp
  /// When it was written to the erasure ledger, a file outside the database; nil until then.
  package let recordedAt: Timestamp?
  package let ledgerEntry: Int?
  /// The epoch of the key that the person's key was last wrapped with; 0 where they had no key.
  package let epoch: Int
  /// How many webhook endpoints of the tenant were sent the event.
  package let recipients: Int
  /// The kinds of data that were destroyed besides the key and the profile.
  package let gone: [String]

  package init(
    id: ErasureID, tenant: TenantID, account: AccountID, method: Method, requestedAt: Timestamp,
    erasedAt: Timestamp, recordedAt: Timestamp?, ledgerEntry: Int?, epoch: Int, recipients: Int,
    gone: [String]
  ) {
    self.id = id
    self.tenant = tenant
    self.account = account
    self.method = method
    self.requestedAt = requestedAt
    self.erasedAt = erasedAt
    self.recordedAt = recordedAt
    self.ledgerEntry = ledgerEntry
    self.epoch = epoch
    self.recipients = recipients
    self.gone = gone
  }
}
