import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Which tenants are under common ownership.
///
/// One of them or the operator names it, and it holds for both, because an owner of both reads the
/// mail of both.
///
/// The domains of each count as the other's when it is judged whether a destination is the
/// claimant's. So a tenant may add others, and only the operator may remove them.
struct CommonOwnership: Sendable {
  let change: Change

  /// Replaces the list of a tenant; returns whether it has changed.
  ///
  /// Throws for ids that are no other tenant's, and where a tenant's own key would remove one.
  func set(_ wanted: [TenantID], of tenant: Tenant) async throws -> Bool {
    let added = wanted.filter { !tenant.commonOwnership.contains($0) }
    let removed = tenant.commonOwnership.filter { !wanted.contains($0) }
    if added.isEmpty && removed.isEmpty { return false }
    if !removed.isEmpty && change.access.caller.plane != .platform {
      throw Problem(.forbidden, "only the operator takes a tenant off common_ownership")
    }
    let (transaction, platform) = (
      change.transaction, SystemCaller(job: "common_ownership").access(to: .platform)
    )
    try await transaction.within(platform) {
      let known = try await transaction.run(TenantStore.findAll(added)).map(TenantStore.tenant)
      for (index, other) in wanted.enumerated() where added.contains(other) {
        try check(other, index, known, of: tenant)
      }
      try await transaction.run([
        TenantStore.join(tenant.id, added), TenantStore.part(tenant.id, removed),
        TenantStore.touch(added + removed, at: change.call.now),
      ])
    }
    for other in added + removed {
      change.record(
        "tenant.updated", other, in: SystemCaller(job: "common_ownership").access(to: other))
    }
    return true
  }

  private func check(
    _ other: TenantID, _ index: Int, _ known: [Tenant], of tenant: Tenant
  ) throws(Problem) {
    if other == tenant.id || other == .platform {
      throw Problem.invalid("/common_ownership/\(index)", "another tenant is expected")
    }
    guard let found = known.first(where: { $0.id == other }) else {
      throw Problem.invalid("/common_ownership/\(index)", "there is no such tenant")
    }
    if found.commonOwnership.count >= TenantPatch.commonOwnersMax {
      throw Problem.invalid(
        "/common_ownership/\(index)",
        "\(other) is under common ownership with \(TenantPatch.commonOwnersMax) others already")
    }
  }
}
