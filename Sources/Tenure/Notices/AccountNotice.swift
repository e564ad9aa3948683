/// What somebody was told of their account, and the best evidence that they were.
package struct AccountNotice: Sendable {
  package let id: NoticeID
  package let account: AccountID
  /// Who did it: the platform, or whoever had the account.
  package let tenant: TenantID
  /// The type of the event that tells of it.
  package let type: String
  /// The id of what it is about.
  package let subject: String
  package let at: Timestamp
  /// The level of the best receipt: 0 queued, 1 an endpoint took it, 2 the operator signed that it
  /// was delivered, 3 the person has read it.
  package let level: Int

  package init(
    id: NoticeID, account: AccountID, tenant: TenantID, type: String, subject: String,
    at: Timestamp, level: Int
  ) {
    self.id = id
    self.account = account
    self.tenant = tenant
    self.type = type
    self.subject = subject
    self.at = at
    self.level = level
  }
}
