import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// A person's way out of a suspended control: control ends, and they keep the account with all
/// addresses.
struct SuspendedLeave: Sendable {
  let call: Call
  let id: CaseID
  /// The access to the tenant that has control.
  let claimant: Access

  init(_ call: Call, _ id: CaseID, _ claimant: Access) {
    self.call = call
    self.id = id
    self.claimant = claimant
  }

  /// Lets the person leave; nil where the case's control is not suspended, and the notice is to be
  /// answered in the usual way.
  func run() async throws -> Reply? {
    let rows = try await call.worker.database.run([
      claimant.context, CaseStore.find(id, claimant),
    ])
    guard let item = try rows[1].first.map({ try CaseStore.item($0, claimant) }),
      item.state == .effective, item.outcome == .assumeControl,
      try await isSuspended(item), let own = call.caller?.authorizeOwnRecords()
    else { return nil }
    try await NoticeHand(call, id, claimant).check(.detach)
    return try await call.change(own.access) { change in
      try await change.transaction.within(claimant) {
        let release = AccountRelease(worker: call.worker, access: claimant, now: call.now)
        try await release.run(item.account, change.telling, change.transaction)
      }
      change.record("notice.detach", id, subject: item.account)
      guard let after = try await released(item, change) else { throw Problem(.notFound) }
      return Reply(after)
    }
  }

  private func isSuspended(_ item: TakeoverCase) async throws -> Bool {
    let rows = try await call.worker.database.find(
      claimant, TakeoverStore.findControl(item.account, claimant))
    guard let row = rows.first else { return false }
    return try row.identifier(0, CaseID.self) == item.id && row.optionalTime(3) != nil
  }

  /// The notice after the release, read in the same transaction.
  private func released(_ item: TakeoverCase, _ change: Change) async throws -> NoticeView? {
    let rows = try await change.transaction.within(claimant) {
      try await change.transaction.run([
        CaseStore.find(id, claimant), TakeoverStore.find(item.takeover, claimant),
        TenantStore.find(claimant.tenant, claimant),
      ])
    }
    guard let item = try rows[0].first.map({ try CaseStore.item($0, claimant) }),
      let takeover = try rows[1].first.map({ try TakeoverStore.takeover($0, claimant) }),
      let tenant = try rows[2].first.map(TenantStore.tenant)
    else { return nil }
    return NoticeView(
      item, takeover, tenantName: tenant.name, verifyCode: try call.worker.verifyCode(item.id),
      actions: [], disputes: [])
  }
}
