import Foundation
import Postgres
import Tenure
import TenureAPI
import Vault

/// Carries out what was decided about a tenant's accounts for now, some hundred at a time.
///
/// One job for each tenant, named like it; what is still to be done stands in the changes' rows.
struct AccountChangeWork: PiecewiseWork {
  private static let changesAtOnce = 500
  /// When data that is held is looked at again.
  private static let heldSeconds: Int64 = 3_600

  let worker: Worker
  let access: Access

  var job: UUID { access.tenant.uuid }

  func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    // The job's row first: what is enqueued meanwhile waits, and is not slept through.
    try await transaction.run(JobStore.lock(job, access))
    if access.tenant == .platform { try await announceRecycled(now, transaction) }
    let due = try await transaction.run(
      AccountChangeStore.due(at: now, limit: Self.changesAtOnce, access)
    ).map(AccountChangeStore.due)
    if due.isEmpty {
      let next = try await transaction.run(AccountChangeStore.outlook(access)).first?.optionalTime(
        0)
      try await transaction.run(JobStore.finish(job, next: next, access))
      return false
    }
    let groups = due.runs(of: \.account) {
      $0.verb == $1.verb && $0.requestedBy == $1.requestedBy && $0.requestedAt == $1.requestedAt
    }
    for group in groups { try await carryOut(group, now, transaction) }
    return true
  }

  private func carryOut(
    _ changes: [AccountChangeStore.Due], _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let first = changes[0]
    let telling = Telling(
      at: now, actor: first.requestedBy, requestID: first.id.description,
      reason: first.verb.isIrreversible ? nil : try await reason(of: first))
    let ended =
      first.verb.isIrreversible
      ? try await dispose(changes, telling, now, transaction)
      : try await perform(changes, telling, now, transaction)
    try await transaction.run(
      telling.statements(by: worker, transaction)
        + [access.context, AccountChangeStore.end(ended, at: now, access)])
  }

  private func reason(of change: AccountChangeStore.Due) async throws -> String {
    let key = try await worker.tenantKey(access)
    let bytes = try worker.sealer.open(
      change.reason, under: key, at: AccountLifecycle.place(change.id, access))
    return String(decoding: bytes, as: UTF8.self)
  }

  private func perform(
    _ changes: [AccountChangeStore.Due], _ telling: Telling, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [(id: AccountChangeID, refusal: String?)] {
    let lifecycle = AccountLifecycle(
      worker: worker, access: access, verb: changes[0].verb,
      reason: try await reason(of: changes[0]), now: now,
      keepsChange: changes[0].verb.isIrreversible)
    let outcomes = try await lifecycle.perform(
      changes.map(\.account), at: nil, isDryRun: false, telling, transaction)
    return changes.map { change in
      if case .refused(let problem) = outcomes[change.account] {
        return (change.id, problem.code.rawValue)
      }
      return (change.id, nil)
    }
  }

  /// Erases or anonymises what nothing holds, and whose content is not changing hands; the rest
  /// waits, and says nothing.
  private func dispose(
    _ changes: [AccountChangeStore.Due], _ telling: Telling, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [(id: AccountChangeID, refusal: String?)] {
    let accounts = changes.map(\.account)
    let rows = try await transaction.run([
      AccountStore.lock(accounts, access), HoldStore.held(accounts, access),
      ContentTransferStore.running(from: accounts, access),
    ])
    let stored = Dictionary(try rows[0].map(AccountStore.stored).map { ($0.id, $0) }) { a, _ in a }
    let held = Set(
      try rows[1].map { try $0.identifier(0, AccountID.self) }
        + rows[2].map { try $0.identifier(0, AccountID.self) })
    // What was put off to this day is accepted first, with all its guards: an owner may be the last.
    let unaccepted = changes.filter { stored[$0.account]?.status.isAccepted == false }
    if !unaccepted.isEmpty {
      let ended = try await perform(unaccepted, telling, now, transaction)
      let others = changes.filter { change in !unaccepted.contains { $0.id == change.id } }
      return others.isEmpty
        ? ended : try await ended + dispose(others, telling, now, transaction)
    }
    let waiting = changes.filter { held.contains($0.account) && stored[$0.account] != nil }
    let later = now.adding(seconds: Self.heldSeconds)
    try await transaction.run(AccountChangeStore.postpone(waiting.map(\.id), to: later, access))
    let verb = changes[0].verb
    let gone = verb == .erase ? AccountStatus.erased : .anonymised
    let free = changes.compactMap { change in
      held.contains(change.account) ? nil : stored[change.account]
    }
    let erasure = AccountErasure(worker: worker, access: access, method: verb, now: now)
    try await erasure.run(
      free.filter { $0.status != gone && $0.status != .erased },
      requestedAt: changes[0].requestedAt, telling, transaction)
    return changes.filter { !waiting.map(\.id).contains($0.id) }.map { change in
      (change.id, stored[change.account] == nil ? ProblemCode.notFound.rawValue : nil)
    }
  }

  /// Tells the operator of addresses that belong to somebody new.
  private func announceRecycled(_ now: Timestamp, _ transaction: Transaction) async throws {
    let events = try await transaction.run(
      AddressRest.takeRecycled(limit: Self.changesAtOnce, access)
    ).map { row in
      let account = try row.identifier(0, AccountID.self)
      return Event(
        .identifierRecycled, account, at: now, [("account_id", account.description)])
    }
    if !events.isEmpty { try await transaction.run(EventStore.insert(events, access)) }
  }
}

extension AccountStatus {
  /// Whether the account is out of sight already, or gone: its disposal needs no more guards.
  fileprivate var isAccepted: Bool { self == .deleted || self == .anonymised || self == .erased }
}
