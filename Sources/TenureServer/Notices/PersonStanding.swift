import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Whether a person's token is certainly the person's, or could be of somebody who reads their
/// mailbox; for actions on the account as a whole.
///
/// `NoticeHand` decides the same for one notice.
package enum PersonStanding {
  /// Refuses a token that a claimant could have got.
  package static func require(_ call: Call) async throws {
    guard try await isPersons(call) else { throw Problem(.destinationNotPersonal) }
  }

  /// Whether the caller's token is certainly the person's.
  static func isPersons(_ call: Call) async throws -> Bool {
    guard let caller = call.caller, caller.link == nil,
      let (account, _) = caller.authorizeOwnRecords()
    else { return false }
    // A token that does not suffice without a claim never does, and a second factor always does:
    // the claims need not be read for these.
    guard caller.assurance.isPersons(claimedSince: nil) else { return false }
    if case .session(_, hasSecondFactor: true) = caller.assurance { return true }
    return caller.assurance.isPersons(
      claimedSince: try await claimedSince(account, call.worker))
  }

  /// Since when a tenant claims a domain that matters for the account: by its cases, its
  /// controller, or the domains of its addresses; nil where none does.
  private static func claimedSince(
    _ account: AccountID, _ worker: Worker
  ) async throws -> Timestamp? {
    let database = worker.database
    var earliest: Timestamp?
    func consider(_ rows: Rows) throws {
      guard let at = try rows.first?.optionalTime(0) else { return }
      earliest = min(earliest ?? at, at)
    }
    for (id, tenant) in try await CaseStore.cases(of: account, database) {
      let access = SystemCaller(job: "person").access(to: tenant)
      try consider(try await database.find(access, DestinationStore.claimedSince(id, access)))
    }
    guard let custodian = try await AccountStore.custodian(account, database) else {
      return earliest
    }
    let claimants =
      custodian == .platform
      ? try await holders(of: account, worker) : [custodian]
    for tenant in claimants {
      let access = SystemCaller(job: "person").access(to: tenant)
      try consider(
        try await database.find(access, DomainClaimStore.firstClaimed(access)))
    }
    return earliest
  }

  /// The tenants that hold the domains of addresses of an account that nobody controls.
  private static func holders(of account: AccountID, _ worker: Worker) async throws -> Set<TenantID>
  {
    let platform = SystemCaller(job: "person").access(to: .platform)
    let rows = try await worker.database.find(platform, AccountStore.find(account, platform))
    guard let stored = try rows.first.map(AccountStore.stored), stored.status.hasPerson else {
      return []
    }
    let profile = try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: account, wrapped: stored.key, under: worker.platformKey))
    let names = Array(Set(profile.addresses.map(\.email.domain)))
    let found = try await worker.database.find(
      platform,
      """
      SELECT holder.tenant_id FROM unnest(\(names)) AS wanted (name)
      CROSS JOIN LATERAL tenure_global.domain_holder(wanted.name) AS holder
      """)
    return Set(try found.map { try $0.identifier(0, TenantID.self) })
  }
}
