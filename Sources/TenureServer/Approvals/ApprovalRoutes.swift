import HTTP
import Postgres
import Tenure
import TenureAPI
import Vault

/// What one person asks for and another agrees to; then who asked makes the request again.
enum ApprovalRoutes {
  /// How long an approval waits for the second person, and then for who asked.
  static let waitSeconds: Int64 = 7 * 86_400
  static let useSeconds: Int64 = 3_600

  @Sendable
  static func listApprovals(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(
      access, id: \ApprovalView.id.uuid, reading: reading
    ) { after, limit in
      try await ApprovalStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  static func getApproval(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ApprovalID.self)
    let rows = try await call.worker.database.find(access, ApprovalStore.find(id, access))
    guard let view = try rows.first.map(ApprovalStore.view) else { throw Problem(.notFound) }
    try await call.record([reading(view)], in: access)
    return Reply(view, version: view.version)
  }

  /// What is to be approved is often done to somebody.
  @Sendable
  private static func reading(_ view: ApprovalView) -> Reading {
    Reading("approval.read", view.id, subject: try? AccountID(parsing: view.object))
  }

  @Sendable
  static func approve(_ call: Call) async throws -> Reply {
    try await decide(.approved, call)
  }

  @Sendable
  static func decline(_ call: Call) async throws -> Reply {
    try await decide(.declined, call)
  }

  private static func decide(_ state: ApprovalView.State, _ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ApprovalID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run(ApprovalStore.find(id, access).forUpdate)
      guard let found = try rows.first.map(ApprovalStore.view) else { throw Problem(.notFound) }
      guard let key = access.caller.key,
        try await areStrangers(key, found.requestedBy, change)
      else { throw Problem(.approvalNotYours) }
      if found.state == state { return Reply(found, version: found.version) }
      guard found.state == .pending, found.expiresAt > call.now else {
        throw Problem(.approvalExpired)
      }
      let decided = try await change.transaction.run(
        ApprovalStore.decide(
          id, state, by: key, at: call.now, expiresAt: call.now.adding(seconds: useSeconds),
          access))
      guard let view = try decided.first.map(ApprovalStore.view) else {
        throw Problem(.approvalExpired)
      }
      change.record("approval.\(state.rawValue)", id)
      return Reply(view, version: view.version)
    }
  }

  /// Whether two keys are two people's: they have no maker in common, and neither made the other.
  ///
  /// Whoever may make keys could otherwise be two people. What the operator made is nobody's descent.
  private static func areStrangers(
    _ one: KeyID, _ other: KeyID, _ change: Change
  ) async throws -> Bool {
    try await lineage(one, change).isDisjoint(with: lineage(other, change))
  }

  /// A key with the keys of the tenant that made it, each by the one before.
  private static func lineage(_ key: KeyID, _ change: Change) async throws -> Set<KeyID> {
    var lineage: Set<KeyID> = [key]
    var last = key
    while let view = try await change.transaction.run(
      KeyStore.find(last, change.access)
    ).first.map(KeyStore.view), let maker = try? KeyID(parsing: view.createdBy),
      lineage.insert(maker).inserted
    {
      last = maker
    }
    // The last maker is the operator's, or the tenant's own where it is found.
    let isOwn = try await !change.transaction.run(KeyStore.find(last, change.access)).isEmpty
    if !isOwn && last != key { lineage.remove(last) }
    return lineage
  }
}

extension Call {
  /// Answers what to reply while a second person has not agreed to exactly this request; nil once
  /// one has: the approval is used up then, with the change.
  ///
  /// A dry run says what would happen once somebody has.
  ///
  /// `content`: a digest of what came as a stream, and is not in the request's body.
  func secondPerson(
    _ action: String, _ object: some CustomStringConvertible, _ change: Change,
    content: [UInt8] = []
  ) async throws -> Reply? {
    if isDryRun { return nil }
    guard let key = change.access.caller.key else { throw Problem(.forbidden) }
    let digests = worker.sealer.digests
    let head = "\(request.method.rawValue)\0\(request.path)\0"
    let fingerprint = try digests.sha256(Array(head.utf8) + request.body + content)
    let found = try await change.transaction.run(
      ApprovalStore.find(fingerprint: fingerprint, by: key, change.access)
    ).first.map(ApprovalStore.view)
    if let found, found.expiresAt > now {
      if found.state == .approved {
        try await change.transaction.run(ApprovalStore.use(found.id, change.access))
        return nil
      }
      return Self.accepted(found)
    }
    var statements: [SQL] = []
    if let found { statements.append(ApprovalStore.expire(found.id, change.access)) }
    let view = ApprovalView(
      id: ApprovalID(at: now), action: action, object: object.description, requestedBy: key,
      requestedAt: now, expiresAt: now.adding(seconds: ApprovalRoutes.waitSeconds),
      state: .pending)
    statements.append(ApprovalStore.insert(view, fingerprint: fingerprint, change.access))
    try await change.transaction.run(statements)
    change.record("approval.requested", view.id)
    return Self.accepted(view)
  }

  private static func accepted(_ view: ApprovalView) -> Reply {
    Reply(status: 202, view, version: view.version, location: "/v1/approvals/\(view.id)")
  }
}
