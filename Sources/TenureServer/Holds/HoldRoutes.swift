import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of holds.
///
/// Secret ones are shown only to those who may know of them.
package enum HoldRoutes {
  @Sendable
  package static func createHold(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(HoldBody.self)
    let id = HoldID(at: call.now)
    let details = try await seal(
      HoldDetails(matter: body.matter, reason: body.reason), id, call.worker, access)
    let scope = HoldScope(
      coversAll: body.coversAll, categories: body.categories, from: body.from, to: body.to)
    return try await call.change(access) { change in
      try await check(body.custodians, change)
      if body.coversAll { try await checkNames(change) }
      try await change.transaction.run([
        HoldStore.insert(
          id, scope, isSecret: body.isSecret, details: details, by: access.caller.actor,
          at: call.now, access),
        HoldStore.add(body.custodians, to: id, at: call.now, access),
      ])
      // The audit entry does not name the custodians, because more people read the log than holds.
      change.record("hold.placed", id)
      let hold = try await load(id, change)
      return Reply(status: 201, hold, version: hold.version, location: "/v1/holds/\(id)")
    }
  }

  @Sendable
  package static func listHolds(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let key = try await worker.tenantKey(access)
    return try await call.list(access, id: \Hold.id.uuid) { after, limit in
      try await HoldStore.list(worker.database, access, after: after, limit: limit).map {
        try hold($0, worker, key, access)
      }
    }
  }

  @Sendable
  package static func getHold(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let id = try call.id(0, HoldID.self)
    let key = try await worker.tenantKey(access)
    let rows = try await worker.database.find(access, HoldStore.find(id, access))
    guard let hold = try rows.first.map({ try hold($0, worker, key, access) }) else {
      throw Problem(.notFound)
    }
    return Reply(hold, version: hold.version)
  }

  @Sendable
  package static func listCustodians(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, HoldID.self)
    let database = call.worker.database
    if try await database.find(access, HoldStore.find(id, access)).isEmpty {
      throw Problem(.notFound)
    }
    // The audit entry does not name the custodians, because more people read the log than holds.
    return try await call.list(
      access, filter: id.description, id: \Custodian.account.uuid,
      reading: { _ in Reading("hold_custodian.read", id, subject: nil) }
    ) { after, limit in
      try await HoldStore.custodians(id, database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func addCustodians(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, HoldID.self)
    let body = try call.body(CustodiansBody.self)
    return try await call.change(access) { change in
      guard try await load(id, change).state == .active else {
        throw Problem(.holdStateConflict)
      }
      try await check(body.accounts, change)
      try await change.transaction.run(
        HoldStore.add(body.accounts, to: id, at: call.now, access))
      change.record("hold.custodians_added", id)
      let hold = try await load(id, change)
      return Reply(hold, version: hold.version)
    }
  }

  @Sendable
  package static func removeCustodians(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, HoldID.self)
    let body = try call.body(CustodiansBody.self)
    return try await call.change(access) { change in
      try call.requirePrecondition(version: try await load(id, change).version)
      try await change.transaction.run(
        HoldStore.remove(body.accounts, from: id, at: call.now, access))
      change.record("hold.custodians_removed", id)
      let hold = try await load(id, change)
      return Reply(hold, version: hold.version)
    }
  }

  /// Releases a hold.
  ///
  /// It keeps the data for thirty days more, by the database's clock.
  @Sendable
  package static func releaseHold(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, HoldID.self)
    let body = try call.body(ReasonBody.self)
    if call.reason == nil { call.reason = body.reason }
    return try await call.change(access) { change in
      let before = try await load(id, change)
      try call.requirePrecondition(version: before.version)
      if before.state != .active { throw Problem(.holdStateConflict) }
      try await change.transaction.run(
        HoldStore.release(id, at: call.now, access))
      change.record("hold.released", id)
      let hold = try await load(id, change)
      return Reply(hold, version: hold.version)
    }
  }

  /// Ends the holds that have cooled down, tenant by tenant, every ten minutes.
  package static func cooling(worker: Worker) -> TenantRounds {
    TenantRounds("hold_cooling", every: .seconds(600), worker: worker) { access in
      let now = worker.clock.now
      try await worker.database.transaction(in: access) { transaction in
        let rows = try await transaction.run(HoldStore.endCooled(at: now, access))
        let telling = Telling(
          at: now, actor: access.caller.actor, requestID: "hold_cooling", reason: nil)
        for row in try rows[0].map({ try $0.identifier(0, HoldID.self) }) {
          telling.record("hold.ended", row, subject: nil, in: access)
        }
        try await transaction.run(telling.statements(by: worker, transaction))
      }
      return false
    }
  }

  private static func load(_ id: HoldID, _ change: Change) async throws -> Hold {
    let (worker, access) = (change.call.worker, change.access)
    let key = try await worker.tenantKey(access)
    let rows = try await change.transaction.run(HoldStore.find(id, access).forUpdate)
    guard let row = rows.first else { throw Problem(.notFound) }
    return try hold(row, worker, key, access)
  }

  /// Reads a hold from its row, and decrypts what is sealed.
  private static func hold(
    _ row: Row, _ worker: Worker, _ key: TenantKey, _ access: Access
  ) throws -> Hold {
    try HoldStore.hold(row) { try worker.sealer.open($0, under: key, at: place($1, access)) }
  }

  /// Refuses custodians of whom the tenant has nothing: a hold on them would keep nothing.
  private static func check(_ accounts: [AccountID], _ change: Change) async throws {
    if accounts.isEmpty { return }
    let situation = try await DisposalSituation.find(
      accounts, at: change.call.now, change.access, change.transaction)
    for id in accounts {
      if let problem = situation.problem(.placeHold, id) { throw problem }
    }
    let rows = try await change.transaction.run(HoldStore.known(accounts, change.access))
    let known = Set(try rows.flatMap { try $0.map { try $0.identifier(0, AccountID.self) } })
    if let index = accounts.firstIndex(where: { !known.contains($0) }) {
      throw Problem.invalid("/custodian_ids/\(index)", "there is no such account")
    }
  }

  /// Refuses a hold on everybody while the rights on the domain of some of them are frozen or lost.
  private static func checkNames(_ change: Change) async throws {
    if change.access.tenant == .platform { return }
    let rows = try await change.transaction.run(DisposalStore.leastRights(change.access))
    guard let rights: DomainRights = try rows.first?.choice(0), let obstacle = rights.obstacle,
      case .refused(let reason) = DisposalGate.judge(.placeHold, [obstacle], .asked)
    else { return }
    throw Problem(reason.code)
  }

  private static func seal(
    _ details: HoldDetails, _ id: HoldID, _ worker: Worker, _ access: Access
  ) async throws -> [UInt8] {
    let key = try await worker.tenantKey(access)
    return try worker.sealer.seal(
      HoldDetails.shape.bytes(of: details), under: key, at: place(id, access))
  }

  private static func place(_ id: HoldID, _ access: Access) -> FieldPlace {
    FieldPlace(
      table: "holds", column: "details", tenant: access.tenant.uuid, row: id.uuid,
      subject: access.tenant.uuid)
  }
}
