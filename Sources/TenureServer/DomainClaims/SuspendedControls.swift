import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Controls that are suspended because their claim does not hold its domain any more: their people
/// are sent messages, control is resumed when the domain is proven anew, and after ninety days it
/// ends.
struct SuspendedControls: Sendable {
  /// How many people are told, and how many accounts given back, in one transaction.
  private static let wordsAtOnce = 500
  private static let endsAtOnce = 50
  /// Seconds until an account that could not be given back is tried again.
  private static let againSeconds: Int64 = 86_400

  let worker: Worker
  let access: Access

  /// Suspends all controls of a claim.
  ///
  /// The first people are told in the same transaction, the others by the claim's job.
  func suspend(
    _ claim: DomainClaim, _ telling: Telling, _ transaction: Transaction, at now: Timestamp
  ) async throws {
    let rows = try await transaction.run(ControlSuspensionStore.suspend(claim.id, access))
    if try rows.first?.int(0) ?? 0 == 0 { return }
    try await tellSome(claim, telling, transaction)
    try await transaction.run(JobStore.enqueue(claim.id.uuid, .domainCheck, at: now, access))
  }

  /// Resumes the controls whose accounts the claim still covers.
  func resume(
    _ claim: DomainClaim, _ telling: Telling, _ transaction: Transaction, at now: Timestamp
  ) async throws {
    let rows = try await transaction.run(
      ControlSuspensionStore.resume(
        claim, name: try worker.nameHash(claim.domain.text), access))
    if try rows.first?.int(0) ?? 0 == 0 { return }
    try await tellSome(claim, telling, transaction)
    try await transaction.run(JobStore.enqueue(claim.id.uuid, .domainCheck, at: now, access))
  }

  /// Does what is due now, piece by piece; returns when something is due next, nil for never.
  func run(_ claim: DomainClaim) async throws -> Timestamp? {
    while try await inTransaction({ telling, transaction, _ in
      try await tellSome(claim, telling, transaction)
    }) == Self.wordsAtOnce {}
    var after: UUID?
    repeat {
      let last = after
      after = try await inTransaction { telling, transaction, now in
        try await endSome(claim, after: last, telling, transaction, at: now)
      }
    } while after != nil
    let rows = try await worker.database.find(
      access, ControlSuspensionStore.nextDue(claim.id, access))
    let now = worker.clock.now
    // A control whose end is still due could not be ended now: tomorrow, then.
    return try rows.first?.optionalTime(0).map {
      $0 <= now ? now.adding(seconds: Self.againSeconds) : $0
    }
  }

  private func inTransaction<Value: Sendable>(
    _ body: (Telling, Transaction, Timestamp) async throws -> Value
  ) async throws -> Value {
    try await worker.database.transaction(in: access, prelude: [.byIndex]) { transaction in
      let now = worker.clock.now
      let telling = Telling(
        at: now, actor: access.caller.actor, requestID: "", reason: nil)
      let value = try await body(telling, transaction, now)
      try await transaction.run(telling.statements(by: worker, transaction) + [access.context])
      return value
    }
  }

  /// Sends the next messages; returns how many.
  @discardableResult
  private func tellSome(
    _ claim: DomainClaim, _ telling: Telling, _ transaction: Transaction
  ) async throws -> Int {
    let words = try await transaction.run(
      ControlSuspensionStore.takeWords(claim.id, limit: Self.wordsAtOnce, access)
    ).map(ControlSuspensionStore.word)
    if words.isEmpty { return 0 }
    let tenant = try await transaction.run(TenantStore.find(access.tenant, access)).first
    let name = try tenant.map(TenantStore.tenant)?.name
    for word in words {
      let type: EventType =
        switch word.told {
        case .nothing: .controlResumed
        case .suspended: .controlSuspended
        case .endsInTwoWeeks, .endsTomorrow: .controlEnding
        }
      telling.record(type.rawValue, word.account, subject: word.account, in: access)
      telling.notify(
        type, word.account, account: word.account, of: access,
        [
          ("account_id", word.account.description), ("tenant_id", access.tenant.description),
          ("tenant_name", name), ("domain", claim.domain.text),
          ("suspended_at", word.suspendedAt?.description),
          ("ends_at", word.suspendedAt.map(ControlSuspension.end)?.description),
        ])
    }
    return words.count
  }

  /// Gives back the next accounts whose time is over, each by itself; returns the last of them, nil
  /// where there was none.
  ///
  /// An account that cannot be decrypted, or whose release is refused, is left for tomorrow.
  private func endSome(
    _ claim: DomainClaim, after: UUID?, _ telling: Telling, _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> UUID? {
    let accounts = try await transaction.run(
      ControlSuspensionStore.over(claim.id, after: after, limit: Self.endsAtOnce, access)
    ).map { try $0.identifier(0, AccountID.self) }
    let release = AccountRelease(worker: worker, access: access, now: now)
    for account in accounts {
      do {
        try await transaction.attempt { try await release.run(account, telling, transaction) }
      } catch let problem as Problem {
        worker.log.info(
          "suspended control does not end yet",
          metadata: ["account": "\(account)", "problem": "\(problem.code.rawValue)"])
      } catch let error as PostgresError where error.kind != .refused {
        throw error
      } catch {
        worker.log.warning(
          "suspended control does not end",
          metadata: ["account": "\(account)", "failure": "\(Job.failure(of: error) ?? "")"])
      }
    }
    return accounts.last?.uuid
  }
}
