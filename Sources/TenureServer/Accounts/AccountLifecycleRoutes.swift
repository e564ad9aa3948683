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
      guard let next else { return try await reply(change.transaction, id, access, call) }
      try await change.transaction.run(
        AccountStore.setStatus([id], next, at: call.now, access))
      change.record(verb.event.rawValue, id, subject: id)
      let members: [(name: StaticString, value: String?)] = [
        ("account_id", id.description), ("status", next.rawValue),
        ("controller_id", access.tenant == .platform ? nil : access.tenant.description),
      ]
      change.emit(Event(verb.event, id, account: person(access, id), at: call.now, members))
      if access.tenant != .platform {
        change.emit(
          Event(verb.event, id, account: id, at: call.now, members),
          in: SystemCaller(job: "lifecycle").access(to: .platform))
      }
      return try await reply(change.transaction, id, access, call)
    }
  }

  /// People's own callbacks lie with the platform.
  private static func person(_ access: Access, _ id: AccountID) -> AccountID? {
    access.tenant == .platform ? id : nil
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

  private static func reply(
    _ transaction: Transaction, _ id: AccountID, _ access: Access, _ call: Call
  ) async throws -> Reply {
    let rows = try await transaction.run(AccountStore.find(id, access))
    guard let stored = try rows.first.map(AccountStore.stored) else { throw Problem(.notFound) }
    return Reply(
      SignInStatusView(account: id, status: stored.status), version: stored.version)
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
    if call.isNotModified(version: stored.version) {
      var reply = Reply(status: 304)
      reply.version = stored.version
      return reply
    }
    return Reply(SignInStatusView(account: id, status: stored.status), version: stored.version)
  }
}
