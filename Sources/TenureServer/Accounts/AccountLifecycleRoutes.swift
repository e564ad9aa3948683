import Postgres
import Tenure
import TenureAPI

/// What is done to accounts, and what products ask because of it.
enum AccountLifecycleRoutes {
  @Sendable
  static func restrictAccount(_ call: Call) async throws -> Reply {
    try await perform(.restrict, call)
  }

  @Sendable
  static func deactivateAccount(_ call: Call) async throws -> Reply {
    try await perform(.deactivate, call)
  }

  @Sendable
  static func reactivateAccount(_ call: Call) async throws -> Reply {
    try await perform(.reactivate, call)
  }

  /// Does it, and tells: the tenant, and the operator and the person, whose products end sessions.
  ///
  /// Repeating changes nothing and tells nobody.
  private static func perform(_ verb: AccountVerb, _ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let body = try call.body(AccountVerbBody.self)
    if call.reason == nil { call.reason = body.reason }
    return try await call.change(access) { change in
      // The owners first, as whoever changes memberships locks: one of them stays.
      let rows = try await change.transaction.run([
        MembershipStore.lockOwners(access), AccountStore.find(id, access).forUpdate,
        AccountStore.signInOwners(besides: id, access),
      ])
      guard let row = rows[1].first else { throw Problem(.notFound) }
      if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
      let stored = try AccountStore.stored(row)
      try call.checkPrecondition(version: stored.version)
      let isOwner = try rows[0].map { try $0.identifier(0, AccountID.self) }.contains(id)
      let next = try decide(
        verb, stored.status, isLastOwner: isOwner && (try rows[2].first?.int(0) ?? 0) == 0)
      guard let next else { return reply(id, stored.status, version: stored.version) }
      try await change.transaction.run(
        AccountStore.setStatus([id], next, at: call.now, access))
      change.record(verb.event.rawValue, id, subject: id)
      let members: [(name: StaticString, value: String?)] = [
        ("account_id", id.description), ("status", next.rawValue),
        ("controller_id", access.tenant == .platform ? nil : access.tenant.description),
      ]
      change.tell(verb.event, id, account: id, of: access, members)
      return reply(id, next, version: stored.version + 1)
    }
  }

  private static func decide(
    _ verb: AccountVerb, _ status: AccountStatus, isLastOwner: Bool
  ) throws(Problem) -> AccountStatus? {
    do throws(AccountVerb.Refusal) {
      return try verb.status(after: status, isLastOwner: isLastOwner)
    } catch {
      switch error {
      case .notFrom(let status):
        throw Problem(.accountStateConflict, "the account is \(status.rawValue)")
      case .lastOwner: throw Problem(.lastOwner)
      }
    }
  }

  /// Whether somebody may sign in: for products, which ask often and keep the answer by its ETag.
  ///
  /// The operator asks about any account, whoever has custody of it: the answer is no personal data,
  /// and leaves no entry in the log.
  @Sendable
  static func getSignInStatus(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let worker = call.worker
    guard let custodian = try await AccountStore.custodian(id, worker.database),
      access.tenant == .platform || access.tenant == custodian
    else { throw Problem(.notFound) }
    let theirs = SystemCaller(job: "sign_in_status").access(to: custodian)
    let rows = try await worker.database.find(theirs, AccountStore.find(id, theirs))
    guard let stored = try rows.first.map(AccountStore.stored) else { throw Problem(.notFound) }
    if let reply = call.notModified(version: stored.version) { return reply }
    return reply(id, stored.status, version: stored.version)
  }

  private static func reply(_ id: AccountID, _ status: AccountStatus, version: Int) -> Reply {
    Reply(SignInStatusView(account: id, status: status), version: version)
  }
}
