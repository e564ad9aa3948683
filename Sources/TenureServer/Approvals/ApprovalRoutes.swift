import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// What one person asks for and another agrees to; then who asked makes the request again.
package enum ApprovalRoutes {
  /// How long an approval waits for the second person, and then for who asked.
  static let waitSeconds: Int64 = 7 * 86_400
  static let useSeconds: Int64 = 3_600

  @Sendable
  package static func listApprovals(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(
      access, id: \Approval.id.uuid, reading: \.reading
    ) { after, limit in
      try await ApprovalStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getApproval(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ApprovalID.self)
    let rows = try await call.worker.database.find(access, ApprovalStore.find(id, access))
    guard let approval = try rows.first.map(ApprovalStore.approval) else {
      throw Problem(.notFound)
    }
    try await call.record([approval.reading], in: access)
    return Reply(approval, version: approval.version)
  }

  /// Agrees, as a person: the second one where a person asked, and where a service did the first one
  /// only stands behind it.
  @Sendable
  package static func approve(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ApprovalID.self)
    return try await call.change(access) { change in
      let found = try await find(id, change)
      guard let key = access.caller.key, let person = access.caller.holder,
        found.requestedBy != key
      else { throw Problem(.approvalNotYours) }
      if found.decidedBy == key && found.state == .approved || found.vouchedBy == key {
        return Reply(found, version: found.version)
      }
      guard found.person != person else { throw Problem(.approvalNotYours) }
      guard found.state == .pending, found.expiresAt > call.now else {
        throw Problem(.approvalExpired)
      }
      if found.person == nil {
        return try await save(ApprovalStore.vouch(id, by: key, access), "vouched", id, change)
      }
      return try await decide(.approved, id, by: key, change)
    }
  }

  /// Declines what was asked for: whoever may agree may, with any key but the one that asked.
  @Sendable
  package static func decline(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ApprovalID.self)
    return try await call.change(access) { change in
      let found = try await find(id, change)
      guard let key = access.caller.key, found.requestedBy != key else {
        throw Problem(.approvalNotYours)
      }
      if found.state == .declined { return Reply(found, version: found.version) }
      guard found.state == .pending, found.expiresAt > call.now else {
        throw Problem(.approvalExpired)
      }
      return try await decide(.declined, id, by: key, change)
    }
  }

  private static func find(_ id: ApprovalID, _ change: Change) async throws -> Approval {
    let rows = try await change.transaction.run(ApprovalStore.find(id, change.access).forUpdate)
    guard let found = try rows.first.map(ApprovalStore.approval) else { throw Problem(.notFound) }
    return found
  }

  private static func decide(
    _ state: Approval.State, _ id: ApprovalID, by key: KeyID, _ change: Change
  ) async throws -> Reply {
    let now = change.call.now
    return try await save(
      ApprovalStore.decide(
        id, state, by: key, at: now, expiresAt: now.adding(seconds: useSeconds), change.access),
      state.rawValue, id, change)
  }

  /// Writes what was decided; the database looks at the persons once more.
  private static func save(
    _ statement: SQL, _ action: String, _ id: ApprovalID, _ change: Change
  ) async throws -> Reply {
    do {
      guard
        let approval = try await change.transaction.run(statement).first.map(ApprovalStore.approval)
      else { throw Problem(.approvalExpired) }
      change.record("approval.\(action)", id, subject: approval.subject)
      return Reply(approval, version: approval.version)
    } catch let error as PostgresError where error.constraint == "approvals_take_two_persons" {
      throw Problem(.approvalNotYours)
    }
  }
}
