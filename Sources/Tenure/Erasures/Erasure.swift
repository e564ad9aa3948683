/// What was erased or anonymised, when and how.
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
  /// When the ledger outside the database had it.
  package let recordedAt: Timestamp?
  package let ledgerEntry: Int?
  /// The epoch in which the person's key was wrapped last; 0 for none.
  package let epoch: Int
  /// How many endpoints of the tenant were told.
  package let recipients: Int
  /// What there was to be destroyed beside key and profile.
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
