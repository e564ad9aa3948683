import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints that transfer what somebody shared to a successor, a team or the tenant.
package enum ContentTransferRoutes {
  /// How many items a preview looks at.
  private static let previewMax = 10_000
  private static let sampleMax = 10

  /// A preview of what a transfer would change, and which items it would break.
  @Sendable
  package static func previewContentTransfer(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(ContentTransferBody.self)
    let worker = call.worker
    let key = try await worker.tenantKey(access)
    try await call.record([Reading("content_item.read", body.from)], in: access)
    return Reply(
      try await worker.database.transaction(in: access, keep: false) {
        transaction in
        let teams = try await check(body, access, transaction)
        let rows = try await transaction.run([
          ContentStore.owned(
            by: body.from, category: body.category, after: .zero, limit: previewMax + 1, access),
          ContentStore.countPrivate(of: body.from, category: body.category, access),
        ])
        let items = try rows[0].map(ContentStore.stored)
        var breaks: [ContentTransferPreview.Break] = []
        func add(
          _ code: ContentTransferPreview.Break.Code, _ some: [ContentStore.Stored]
        ) {
          if some.isEmpty { return }
          breaks.append(
            .init(code: code, count: some.count, sample: some.prefix(sampleMax).map(\.item.id)))
        }
        if let teams {
          add(
            .successorNotInTeam,
            items.filter { stored in stored.item.team.map { !teams.contains($0) } ?? false })
        }
        add(
          .externalReference,
          try items.filter { try worker.open($0, author: nil, key).reference != nil })
        let kept = try rows[1].first?.int(0) ?? 0
        if kept > 0 { breaks.append(.init(code: .privateStays, count: kept, sample: [])) }
        return ContentTransferPreview(
          items: min(items.count, previewMax), isComplete: items.count <= previewMax,
          breaks: breaks)
      })
  }

  /// Starts the transfer.
  ///
  /// Deletion and erasure of the account wait until it ends.
  @Sendable
  package static func createContentTransfer(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(ContentTransferBody.self)
    guard let reason = body.reason else { throw Problem.required("/reason") }
    if call.reason == nil { call.reason = reason }
    let id = OperationID(at: call.now)
    return try await call.change(access) { change in
      let situation = try await DisposalSituation.find(
        [body.from], at: call.now, access, change.transaction)
      if let problem = situation.problem(.transferContent, body.from) { throw problem }
      _ = try await check(body, access, change.transaction)
      let rows = try await change.transaction.run(
        [
          OperationStore.insert(id, kind: .contentTransfer, at: call.now, access),
          ContentTransferStore.insert(
            id, from: body.from, to: body.owner, category: body.category, access),
        ]
          + OperationStore.start(
            id, .contentTransfer, total: nil, at: call.now,
            origin: try await call.origin(of: id.uuid, access), access)
          + [OperationStore.find(id, access)])
      change.record("content_transfer.created", id, subject: body.from)
      guard let row = rows.last?.first else { throw Problem(.notFound) }
      return Reply(
        status: 202, try OperationStore.operation(row), location: "/v1/operations/\(id)")
    }
  }

  /// Checks that the new owner exists and can own items; returns the teams of a successor.
  private static func check(
    _ body: ContentTransferBody, _ access: Access, _ transaction: Transaction
  ) async throws -> [String]? {
    let known = try await transaction.run(HoldStore.known([body.from], access))
    if known.allSatisfy(\.isEmpty) {
      throw Problem.invalid("/from_account_id", "there is no such account")
    }
    switch body.owner {
    case .author, .tenant: return nil
    case .team(let name):
      if try await transaction.run(MembershipStore.inTeam(name, access)).isEmpty {
        throw Problem.invalid("/to/team", "nobody is in this team")
      }
      return nil
    case .account(let successor):
      let rows = try await transaction.run([
        MembershipStore.teams(successor, access), AccountStore.find(successor, access),
      ])
      guard let teams = try rows[0].first?.strings(0),
        try rows[1].first.map({ try AccountStore.stored($0).status.allowsSignIn }) ?? true
      else {
        throw Problem.invalid("/to/account_id", "they are no member who signs in")
      }
      return teams
    }
  }
}
