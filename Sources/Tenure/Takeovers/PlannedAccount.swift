/// What a tenant is shown of an account before a takeover: its addresses at the claimed domain, and
/// since when it exists.
package struct PlannedAccount: Sendable {
  package let account: AccountID
  /// The addresses at the claimed domain, no others; empty where the account is gone.
  package let addresses: [EmailAddress]
  /// When the account was made; nil where it is gone.
  package let createdAt: Timestamp?

  package init(account: AccountID, addresses: [EmailAddress] = [], createdAt: Timestamp? = nil) {
    self.account = account
    self.addresses = addresses
    self.createdAt = createdAt
  }
}
