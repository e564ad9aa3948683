/// What is shown of an account before it is taken over: where it lies on the claimed name, and since
/// when it is there.
package struct PlannedAccount: Sendable {
  package let account: AccountID
  /// Its addresses on the claimed name, and no others; none where it is gone.
  package let addresses: [EmailAddress]
  /// When the account came; nil where it is gone.
  package let createdAt: Timestamp?

  package init(account: AccountID, addresses: [EmailAddress] = [], createdAt: Timestamp? = nil) {
    self.account = account
    self.addresses = addresses
    self.createdAt = createdAt
  }
}
