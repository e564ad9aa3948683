import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints of the members of a tenant and their roles.
///
/// A tenant that has an owner always keeps one.
package enum MembershipRoutes {
  @Sendable
  package static func listMemberships(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(
      access, id: \Membership.account.uuid,
      reading: \.reading
    ) { after, limit in
      try await MembershipStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getMembership(_ call: Call) async throws -> Reply {
    let access = try call.access
    let account = try call.id(0, AccountID.self)
    let rows = try await call.worker.database.find(access, MembershipStore.find(account, access))
    guard let membership = try rows.first.map(MembershipStore.membership) else {
      throw Problem(.notFound)
    }
    try await call.record([membership.reading], in: access)
    return Reply(membership, version: membership.version)
  }

  /// Gives an account a role; it becomes a member if it was none.
  ///
  /// A repeated call changes nothing.
  @Sendable
  package static func putMembership(_ call: Call) async throws -> Reply {
    let access = try call.access
    let account = try call.id(0, AccountID.self)
    let body = try call.body(MembershipBody.self)
    try check(grants: body.role, access)
    return try await call.change(access) { change in
      let before = try await find(account, change)
      if let before {
        try call.checkPrecondition(version: before.version)
        try check(grants: before.role, access)
        if before.role == body.role && body.teams.map({ $0 == before.teams }) ?? true {
          return Reply(before, version: before.version)
        }
      } else if try await !isKnown(account, call, access) {
        throw Problem(.notFound)
      }
      try await ask(for: account, before, becomes: body.role, change)
      let rows = try await change.transaction.run(
        MembershipStore.put(
          account, body.role, teams: body.teams ?? before?.teams ?? [], at: call.now, access))
      guard let after = try rows.first.map(MembershipStore.membership) else {
        throw Problem(.preconditionFailed)
      }
      change.record(
        "membership.\(before == nil ? "created" : "updated")", account, subject: account)
      return Reply(status: before == nil ? 201 : 200, after, version: after.version)
    }
  }

  @Sendable
  package static func deleteMembership(_ call: Call) async throws -> Reply {
    let access = try call.access
    let account = try call.id(0, AccountID.self)
    return try await call.change(access) { change in
      guard let before = try await find(account, change) else { throw Problem(.notFound) }
      try call.checkPrecondition(version: before.version)
      try check(grants: before.role, access)
      try await ask(for: account, before, becomes: nil, change)
      try await change.transaction.run(MembershipStore.delete(account, access))
      change.record("membership.deleted", account, subject: account)
      return .noContent
    }
  }

  private static func find(_ account: AccountID, _ change: Change) async throws -> Membership? {
    let rows = try await change.transaction.run([
      DisposalStore.lockOwners(beside: [account], change.access),
      MembershipStore.find(account, change.access),
    ])
    return try rows[1].first.map(MembershipStore.membership)
  }

  /// Whether an account may become a member: the tenant has custody of it, or the caller is the
  /// operator, who knows all accounts.
  ///
  /// For everybody else, another tenant's account does not exist.
  private static func isKnown(
    _ account: AccountID, _ call: Call, _ access: Access
  ) async throws -> Bool {
    let custodian = try await AccountStore.custodian(account, call.worker.database)
    return custodian == access.tenant || (custodian != nil && access.caller.plane == .platform)
  }

  /// Refuses to give or take a role that has more permissions than the caller.
  private static func check(grants role: MembershipRole, _ access: Access) throws(Problem) {
    guard let role = role.role else { return }
    do throws(GrantRefusal) {
      try access.caller.give(role.permissions(in: access.tenant))
    } catch { throw Problem(error) }
  }

  /// Refuses where the rights on the domain that control of the account rests on are frozen or
  /// lost, and where the tenant would be left without an owner who can sign in.
  private static func ask(
    for account: AccountID, _ before: Membership?, becomes role: MembershipRole?,
    _ change: Change
  ) async throws {
    let act: DisposalAct = before?.role == .owner && role != .owner ? .takeRole : .giveRole
    let situation = try await DisposalSituation.find(
      [account], at: change.call.now, change.access, change.transaction)
    if let problem = situation.problem(act, account, ownedHere: change.access) { throw problem }
  }
}

extension Membership: PersonalView {
  package var reading: Reading { Reading("membership.read", account) }
}
