import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints that carry out verbs on many accounts at once, and those of scheduled changes.
package enum AccountChangeRoutes {
  /// Carries out verbs that can be taken back on a list of accounts.
  @Sendable
  package static func createAccountChanges(_ call: Call) async throws -> Reply {
    try await perform(call, erases: false)
  }

  /// Carries out verbs that cannot be taken back on a list of accounts.
  @Sendable
  package static func createErasures(_ call: Call) async throws -> Reply {
    try await perform(call, erases: true)
  }

  /// Carries out the verb on all accounts of a list in one transaction; each account has its own
  /// outcome.
  ///
  /// If the connection breaks so that nobody knows whether the transaction was committed, every
  /// outcome is `unknown`.
  private static func perform(_ call: Call, erases: Bool) async throws -> Reply {
    let access = try call.access
    let body = try call.body(AccountChangesBody.self)
    try call.checkVerb(body.verb, erases: erases, at: "/verb", access)
    if call.reason == nil { call.reason = body.reason }
    let lifecycle = AccountLifecycle(
      worker: call.worker, access: access, verb: body.verb, reason: body.reason, now: call.now)
    do {
      return try await call.change(access) { change in
        let pending = try await AccountLifecycleRoutes.missingApproval(
          for: lifecycle, body.accounts, "\(body.accounts.count) accounts", call, change)
        if let pending { return pending }
        let outcomes = try await lifecycle.performEach(
          body.accounts, at: body.effectiveAt, isDryRun: call.isDryRun, change.telling,
          change.transaction)
        return Reply(page: body.accounts.map { view($0, outcomes[$0]) })
      }
    } catch let error as PostgresError where error.kind == .commitUnknown {
      return Reply(
        page: body.accounts.map {
          AccountOutcomeView(
            account: $0, outcome: .unknown, code: ProblemCode.outcomeUnknown.rawValue)
        })
    }
  }

  /// The view of one account's outcome; nil stands for an account that was not found.
  static func view(
    _ id: AccountID, _ outcome: AccountLifecycle.Outcome?
  ) -> AccountOutcomeView {
    switch outcome {
    case .changed(let status, _, let change):
      AccountOutcomeView(account: id, outcome: .changed, status: status, change: change)
    case .unchanged(let status, _):
      AccountOutcomeView(account: id, outcome: .unchanged, status: status)
    case .scheduled(let change):
      AccountOutcomeView(account: id, outcome: .scheduled, change: change.id)
    case .refused(let problem):
      AccountOutcomeView(
        account: id, outcome: .failed, code: problem.code.rawValue,
        detail: problem.detail)
    // A change can only wait when its day has come; a call gets its answer now.
    case .waits: view(id, .refused(Problem(.accountStateConflict)))
    case nil: view(id, .refused(Problem(.notFound)))
    }
  }

  /// Starts an operation that carries out a verb on the account in each row of a file.
  @Sendable
  package static func importAccountChanges(_ call: Call) async throws -> Reply {
    try await ImportIntake(call: call, rows: .accountChanges).run()
  }

  @Sendable
  package static func importErasures(_ call: Call) async throws -> Reply {
    try await ImportIntake(call: call, rows: .erasures).run()
  }

  @Sendable
  package static func listAccountChanges(_ call: Call) async throws -> Reply {
    let access = try call.access
    let account = try call.accountParameter()
    let state = try call.parameter("state").map { text throws(Problem) in
      guard let state = AccountChange.State(rawValue: text) else {
        throw Call.invalid("state", "scheduled, done, refused or cancelled is expected")
      }
      return state
    }
    let database = call.worker.database
    let filter = "\(account?.description ?? "") \(state?.rawValue ?? "")"
    return try await call.list(
      access, filter: filter, id: \AccountChange.id.uuid,
      reading: \.reading
    ) { after, limit in
      try await AccountChangeStore.list(
        database, access, after: after, limit: limit, account: account, state: state)
    }
  }

  @Sendable
  package static func getAccountChange(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountChangeID.self)
    let rows = try await call.worker.database.find(access, AccountChangeStore.find(id, access))
    guard let found = try rows.first.map(AccountChangeStore.change) else {
      throw Problem(.notFound)
    }
    try await call.record([found.reading], in: access)
    return Reply(found, version: found.version)
  }

  /// Cancels a scheduled change.
  ///
  /// Where it is a disposal that was accepted, or that follows a deletion, the account is restored
  /// as well, as long as the disposal was not carried out.
  @Sendable
  package static func cancelAccountChange(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountChangeID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run([
        AccountChangeStore.lockAccount(of: id, access),
        AccountChangeStore.find(id, access).forUpdate,
      ])
      guard let before = try rows[1].first.map(AccountChangeStore.change) else {
        throw Problem(.notFound)
      }
      if before.state == .cancelled { return Reply(before, version: before.version) }
      guard before.state == .scheduled else { throw Problem(.changeEnded) }
      if try rows[0].first?.choice(0, AccountStatus.self) == .deleted {
        return try await takeBack(before, change)
      }
      let cancelled = try await change.transaction.run(
        AccountChangeStore.cancel(id, at: call.now, access))
      guard let after = try cancelled.first.map(AccountChangeStore.change) else {
        throw Problem(.changeEnded)
      }
      change.record("account_change.cancelled", id, subject: before.account)
      return Reply(after, version: after.version)
    }
  }

  /// Restores the account of an accepted disposal, and cancels what was scheduled to follow.
  private static func takeBack(
    _ before: AccountChange, _ change: Change
  ) async throws -> Reply {
    let (access, call) = (change.access, change.call)
    let lifecycle = AccountLifecycle(
      worker: call.worker, access: access, verb: .restore, reason: call.reason ?? "",
      now: call.now)
    let outcomes = try await lifecycle.perform(
      [before.account], at: nil, isDryRun: call.isDryRun, change.telling, change.transaction)
    if case .refused(let problem) = outcomes[before.account] { throw problem }
    let rows = try await change.transaction.run(AccountChangeStore.find(before.id, access))
    guard let after = try rows.first.map(AccountChangeStore.change), after.state == .cancelled
    else { throw Problem(.changeEnded) }
    change.record("account_change.cancelled", before.id, subject: before.account)
    return Reply(after, version: after.version)
  }
}

extension AccountChange: PersonalView {
  package var reading: Reading { Reading("account_change.read", id, subject: account) }
}
