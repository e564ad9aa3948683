/// Something that a person was told about their account, and the best evidence that it reached
/// them.
package struct AccountNotice: Sendable {
  package let id: NoticeID
  package let account: AccountID
  /// The tenant that did it: the platform, or whichever had the account.
  package let tenant: TenantID
  /// The type of the event that sent the notice.
  package let type: String
  /// The id of the account or request that the notice is about.
  package let subject: String
  package let at: Timestamp
  /// The highest level of its receipts: 0 none yet, 1 a webhook endpoint took the event, 2 the
  /// operator signed that the notice was delivered, 3 the person has read it.
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
