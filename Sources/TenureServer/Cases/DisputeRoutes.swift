import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of disputes for the operator, the tenant and the person; the operator decides them,
/// and lifts blocks.
package enum DisputeRoutes {
  private static var platform: Access { SystemCaller(job: "dispute").access(to: .platform) }

  // MARK: Reading

  /// For the operator: a list of disputes, with what was said.
  @Sendable
  package static func listDisputes(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let state = try call.parameter("state").map { text throws(Problem) in
      guard let state = Dispute.State(rawValue: text) else {
        let known = Dispute.State.allCases.map(\.rawValue).joined(separator: ", ")
        throw Call.invalid("state", "one of \(known) is expected")
      }
      return state
    }
    return try await call.list(
      access, filter: state?.rawValue ?? "", id: \DisputeView.dispute.id.uuid,
      reading: \.reading
    ) { after, limit in
      let stored = try await call.worker.database.read(
        access, DisputeStore.list(state: state, after: after, limit: limit, access)
      ).map(DisputeStore.stored)
      var views: [DisputeView] = []
      for dispute in stored {
        let words = try await DisputeReading(of: dispute.dispute.account, call.worker)
        views.append(try words.view(dispute, withStatement: true))
      }
      return views
    }
  }

  /// For the operator: one dispute, with what was said.
  @Sendable
  package static func getDispute(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let id = try call.id(0, DisputeID.self)
    let rows = try await call.worker.database.find(access, DisputeStore.find(id, access))
    guard let stored = try rows.first.map(DisputeStore.stored) else { throw Problem(.notFound) }
    try await call.record(
      [Reading("dispute.read", id, subject: stored.dispute.account)], in: access)
    let words = try await DisputeReading(of: stored.dispute.account, call.worker)
    return Reply(try words.view(stored, withStatement: true))
  }

  /// For the tenant: the disputes of a case, with the operator's reason but without the statement.
  @Sendable
  package static func listCaseDisputes(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, CaseID.self)
    let rows = try await call.worker.database.find(access, CaseStore.find(id, access))
    guard let item = try rows.first.map({ try CaseStore.item($0, access) }) else {
      throw Problem(.notFound)
    }
    try await call.record([Reading("dispute.read", id, subject: item.account)], in: access)
    let stored = try await call.worker.database.read(
      platform, DisputeStore.list(of: id, platform)
    ).map(DisputeStore.stored)
    try await call.record(
      stored.map { Reading("dispute.read", $0.dispute.id, subject: item.account) }, in: access)
    let words = try await DisputeReading(of: item.account, call.worker)
    return Reply(page: try stored.map { try words.view($0, withStatement: false) })
  }

  // MARK: Deciding

  /// Decides a dispute with a reason: the person is right, or the case goes on.
  @Sendable
  package static func decideDispute(_ call: Call) async throws -> Reply {
    let body = try call.body(DecisionBody.self)
    return try await onCase(call) { item, effect, change in
      let transaction = change.transaction
      let before = item
      var item = item
      try item.decide(body.decision, at: call.now)
      if before.isBlocking && body.decision == .uphold {
        try await effect.unblock(before, at: call.now, transaction)
      }
      let access = effect.access
      item = try await transaction.within(access) { [item] in
        let saved = try await CaseStore.save([item], at: call.now, access, transaction)
        // The dispute has used up the links of the notices; they work again.
        try await transaction.run(DestinationStore.renewLinks(of: item.id, access))
        // Receipts that came during the dispute count from now on.
        let started = try await CaseStore.startClocks(
          [item.id], notBefore: call.now, at: call.now, access, transaction)
        return started.first ?? saved.first ?? item
      }
      let book = DisputeBook(
        worker: call.worker, access: access, now: call.now, telling: change.telling)
      try await book.decide(item, body.decision, body.reason, transaction)
      if body.decision == .uphold { effect.tell([item], change.telling) }
      return item
    }
  }

  /// Ends a block: the person can sign in as before.
  @Sendable
  package static func liftTakeoverBlock(_ call: Call) async throws -> Reply {
    let body = try call.body(ReasonBody.self)
    if call.reason == nil { call.reason = body.reason }
    return try await onCase(call) { item, effect, change in
      let lifted = try await effect.lift(item, at: call.now, change.telling, change.transaction)
      change.record("takeover.block_lifted", item.id, subject: item.account)
      return lifted
    }
  }

  /// Runs something that the operator does to a case of any tenant, with the case locked.
  private static func onCase(
    _ call: Call,
    _ body: @escaping @Sendable (TakeoverCase, TakeoverEffect, Change) async throws -> TakeoverCase
  ) async throws -> Reply {
    let operatorsAccess = try call.platformAccess
    let id = try call.id(0, CaseID.self)
    guard let (tenant, _) = try await CaseStore.tenant(of: id, call.worker.database) else {
      throw Problem(.notFound)
    }
    let access = SystemCaller(job: "dispute").access(to: tenant)
    do {
      return try await call.change(operatorsAccess) { change in
        let transaction = change.transaction
        let rows = try await transaction.within(access) {
          try await transaction.run([
            TakeoverStore.share(of: id, access), CaseStore.lock(id, access),
          ])
        }
        guard let takeover = try rows[0].first.map({ try TakeoverStore.takeover($0, access) }),
          let item = try rows[1].first.map({ try CaseStore.item($0, access) })
        else { throw Problem(.notFound) }
        let effect = TakeoverEffect(worker: call.worker, access: access, takeover: takeover)
        let after = try await body(item, effect, change)
        try await transaction.within(access) {
          _ = try await transaction.run(
            TakeoverStore.enqueue(takeover.id, at: call.now, access))
        }
        return Reply(after, version: after.version)
      }
    } catch let refusal as TakeoverCase.Refusal { throw Problem(refusal) }
  }
}

extension DisputeView: PersonalView {
  package var reading: Reading {
    Reading("dispute.read", dispute.id, subject: dispute.account)
  }
}
