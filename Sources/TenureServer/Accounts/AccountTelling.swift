import Tenure
import TenureKernel

extension Telling {
  /// Sends the event that a verb has changed an account.
  ///
  /// `purgeAt` is when a deleted account's data goes, nil for other verbs.
  func tell(
    _ verb: AccountVerb, _ account: AccountID, _ status: AccountStatus,
    purgeAt: Timestamp? = nil, of tenant: Access
  ) {
    var members: EventMembers = [
      ("account_id", account.description), ("status", status.rawValue),
      ("controller_id", tenant.tenant == .platform ? nil : tenant.tenant.description),
    ]
    if let purgeAt { members.append(("purge_at", purgeAt.description)) }
    notify(verb.event, account, account: account, of: tenant, members)
  }
}
