import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Which tenants are under common ownership: named by one of them or by the operator, and so for both
/// sides, since whoever owns both reads the mail of both.
///
/// It makes each one's names count as the other's where it is judged whose a place is; so a tenant may
/// add to the list, and only the operator takes off it.
struct CommonOwnership: Sendable {
  let change: Change

  /// Makes the list of a tenant what it is to be; answers whether it was otherwise.
  ///
  /// Refuses what is no other tenant that there is, and what would take one off for a tenant's own key.
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
