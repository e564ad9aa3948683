import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints of the verbs that change an account's status, and of the sign-in status that products
/// ask for.
package enum AccountLifecycleRoutes {
  @Sendable
  package static func restrictAccount(_ call: Call) async throws -> Reply {
    try await perform(.restrict, call)
  }

  @Sendable
  package static func deactivateAccount(_ call: Call) async throws -> Reply {
    try await perform(.deactivate, call)
  }

  /// Bringing an isolated account back needs a second person's approval, as reading it does.
  @Sendable
  package static func reactivateAccount(_ call: Call) async throws -> Reply {
    try await perform(.reactivate, call)
  }

  @Sendable
  package static func isolateAccount(_ call: Call) async throws -> Reply {
    try await perform(.isolate, call)
  }

  @Sendable
  package static func deleteAccount(_ call: Call) async throws -> Reply {
    try await perform(.delete, call)
  }

  @Sendable
  package static func restoreAccount(_ call: Call) async throws -> Reply {
    try await perform(.restore, call)
  }

  @Sendable
  package static func anonymiseAccount(_ call: Call) async throws -> Reply {
    try await perform(.anonymise, call)
  }

  @Sendable
  package static func eraseAccount(_ call: Call) async throws -> Reply {
    try await perform(.erase, call)
  }

  @Sendable
  package static func releaseAccount(_ call: Call) async throws -> Reply {
    try await perform(.release, call)
  }

  /// Carries a verb out on one account, and sends events to the tenant, the operator and the
  /// person; products end sessions because of them.
  ///
  /// A repeated call changes nothing and sends none.
  private static func perform(_ verb: AccountVerb, _ call: Call) async throws -> Reply {
    let own = try call.access
    let id = try call.id(0, AccountID.self)
    let body = try call.body(AccountVerbBody.self)
    if call.reason == nil { call.reason = body.reason }
    let access = try await call.reach(of: verb, id)
    var lifecycle = AccountLifecycle(
      worker: call.worker, access: access, verb: verb, reason: body.reason, now: call.now)
    lifecycle.isForPerson = access.tenant != own.tenant
    return try await call.change(own) { [lifecycle] change in
      try await change.transaction.within(access) {
        try await perform(lifecycle, id, at: body.effectiveAt, call, change)
      }
    }
  }

  private static func perform(
    _ lifecycle: AccountLifecycle, _ id: AccountID, at effectiveAt: Timestamp?, _ call: Call,
    _ change: Change
  ) async throws -> Reply {
    let (verb, access) = (lifecycle.verb, lifecycle.access)
    try await AccountLifecycle.lockCases(endedBy: [verb], of: [id], access, change.transaction)
    // Then owners, in the order in which everybody locks: a change of memberships does, too.
    let rows = try await change.transaction.run([
      DisposalStore.lockOwners(beside: [id], access), AccountStore.find(id, access).forUpdate,
    ])
    guard let row = rows[1].first else { throw Problem(.notFound) }
    let stored = try AccountStore.stored(row)
    try call.checkPrecondition(version: stored.version)
    if verb == .reactivate, stored.status == .isolated,
      let pending = try await call.secondPerson("account.reactivated", id, change)
    {
      return pending
    }
    if let pending = try await missingApproval(for: lifecycle, [id], id, call, change) {
      return pending
    }
    let outcomes = try await lifecycle.perform(
      [id], at: effectiveAt, isDryRun: call.isDryRun, change.telling, change.transaction)
    switch outcomes[id] {
    case .changed(let status, let version, _): return reply(id, status, version: version)
    case .unchanged(let status, let version): return reply(id, status, version: version)
    case .scheduled(let kept):
      return Reply(
        status: 202, kept, version: kept.version, location: "/v1/account_changes/\(kept.id)")
    case .refused(let problem): throw problem
    // A change can only wait when its day has come; a call gets its answer now.
    case .waits: throw Problem(.accountStateConflict)
    case nil: throw Problem(.notFound)
    }
  }

  /// The reply that asks for a second person's approval; nil where the call may go on.
  ///
  /// That is when somebody has approved it, when the tenant has only one person, or when the verb
  /// would be refused anyway, for which nobody should be asked.
  static func missingApproval(
    for lifecycle: AccountLifecycle, _ accounts: [AccountID],
    _ object: some CustomStringConvertible, _ call: Call, _ change: Change
  ) async throws -> Reply? {
    guard lifecycle.verb.act.takesTwo else { return nil }
    let situation = try await DisposalSituation.find(
      accounts, at: call.now, change.access, change.transaction)
    let isRefused = accounts.allSatisfy { id in
      guard let account = situation.accounts[id] else { return true }
      if situation.problem(lifecycle.verb.act, id) != nil { return true }
      return (try? lifecycle.verb.status(after: account.status)) == nil
    }
    if isRefused { return nil }
    return try await call.secondPersonIfAny(lifecycle.verb.event.rawValue, object, change)
  }

  /// Reads an isolated account, which a second person must have approved: the caller may then read
  /// it for an hour.
  @Sendable
  package static func openAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let body = try call.body(AccountVerbBody.self)
    if call.reason == nil { call.reason = body.reason }
    return try await call.change(access) { change in
      guard let row = try await change.transaction.run(AccountStore.find(id, access)).first else {
        throw Problem(.notFound)
      }
      let stored = try AccountStore.stored(row)
      if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
      guard stored.status == .isolated else {
        throw Problem(.accountStateConflict, "the account is \(stored.status.rawValue)")
      }
      if let pending = try await call.secondPerson("account.opened", id, change) { return pending }
      let view = try await AccountView.open(stored, call.worker, access)
      change.keepsAnswer = false
      change.record("account.opened", id, subject: id)
      return Reply(view, version: view.version)
    }
  }

  /// Whether the person may sign in.
  ///
  /// Products ask this often, and cache the answer by its ETag.
  ///
  /// The operator may ask about any account, whoever has custody of it. The answer is not personal
  /// data, so the read is not audited.
  @Sendable
  package static func getSignInStatus(_ call: Call) async throws -> Reply {
    let (id, custodian) = try await call.accountInSight()
    let theirs = SystemCaller(job: "sign_in_status").access(to: custodian)
    let rows = try await call.worker.database.find(theirs, AccountStore.find(id, theirs))
    guard let stored = try rows.first.map(AccountStore.stored) else { throw Problem(.notFound) }
    if let reply = call.notModified(version: stored.version) { return reply }
    return reply(id, stored.status, version: stored.version)
  }

  private static func reply(_ id: AccountID, _ status: AccountStatus, version: Int) -> Reply {
    Reply(SignInStatusView(account: id, status: status), version: version)
  }
}

extension Call {
  /// The access with which a verb is carried out: the caller's own; for the operator also that of
  /// the tenant whose control is suspended, to bring the person back or to end control for them.
  func reach(of verb: AccountVerb, _ id: AccountID) async throws -> Access {
    let own = try access
    guard own.tenant == .platform, [.reactivate, .restore, .release].contains(verb),
      let custodian = try await AccountStore.custodian(id, worker.database), custodian != .platform
    else { return own }
    let theirs = SystemCaller(job: "suspended_control").access(to: custodian)
    let row = try await worker.database.find(theirs, AccountStore.find(id, theirs)).first
    return try row.map(AccountStore.isSuspended) == true ? theirs : own
  }

  /// The account in the path and its custodian.
  ///
  /// The operator sees all accounts, a tenant its own.
  func accountInSight() async throws -> (id: AccountID, custodian: TenantID) {
    let access = try access
    let id = try id(0, AccountID.self)
    guard let custodian = try await AccountStore.custodian(id, worker.database),
      access.tenant == .platform || access.tenant == custodian
    else { throw Problem(.notFound) }
    return (id, custodian)
  }
}
