import Tenure
import TenureKernel

extension Telling {
  /// Tells both sides what a verb has made of an account, and where it is deleted until when.
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
