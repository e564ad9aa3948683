import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Documents that people accept or are told of: published once a version, accepted for good.
package enum PolicyRoutes {
  @Sendable
  package static func publishPolicy(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(PolicyBody.self)
    let policy = Policy(
      id: PolicyID(at: call.now), name: body.name, version: body.version, language: body.language,
      title: body.title, digest: try call.worker.sealer.digests.sha256(Array(body.text.utf8)),
      needs: body.needs, effectiveAt: body.effectiveAt ?? call.now,
      publishedBy: access.caller.actor, publishedAt: call.now)
    do {
      return try await call.change(access) { change in
        let latest = try await change.transaction.run(PolicyStore.latest(policy.name, access))
          .first.map(PolicyStore.policy)
        if let latest {
          guard policy.version >= latest.version else { throw Problem(.policyVersionTaken) }
          guard policy.version > latest.version || policy.needs == latest.needs else {
            throw Problem.invalid("/needs", "another language of a version needs the same")
          }
        }
        try await change.transaction.run(PolicyStore.insert(policy, text: body.text, access))
        change.record("policy.published", policy.id)
        change.tell(
          .policyPublished, policy.id, account: nil, of: access,
          [
            ("policy_id", policy.id.description), ("name", policy.name),
            ("version", policy.version), ("language", policy.language),
            ("needs", policy.needs.rawValue), ("effective_at", policy.effectiveAt.description),
          ])
        return Reply(
          status: 201, PolicyView(policy, text: body.text), version: 1,
          location: "/v1/policies/\(policy.id)")
      }
    } catch let error as PostgresError {
      throw PolicyStore.problem(error) ?? error as any Error
    }
  }

  @Sendable
  package static func listPolicies(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    let name = try call.categoryParameter("name")
    return try await call.list(access, filter: name ?? "", id: \PolicyView.policy.id.uuid) {
      after, limit in
      try await database.read(
        access, PolicyStore.page(after: after, limit: limit, name: name, access)
      ).map { PolicyView(try PolicyStore.policy($0)) }
    }
  }

  @Sendable
  package static func getPolicy(_ call: Call) async throws -> Reply {
    let access = try call.access
    let row = try await find(call, access)
    return Reply(
      PolicyView(try PolicyStore.policy(row), text: try row.string(10)), version: 1)
  }

  /// Takes a text away; what was accepted of it stays.
  @Sendable
  package static func deletePolicy(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, PolicyID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run(PolicyStore.delete(id, access))
      if rows.isEmpty { throw Problem(.notFound) }
      try call.requirePrecondition(version: 1)
      change.record("policy.deleted", id)
      return .noContent
    }
  }

  // MARK: Who accepted

  @Sendable
  package static func listAcceptances(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    // Also of a policy that is gone: what was accepted outlives it.
    let id = try call.id(0, PolicyID.self)
    let found = try await database.find(access, PolicyStore.findAlsoWithdrawn(id, access))
    guard let policy = try found.first.map(PolicyStore.policy) else { throw Problem(.notFound) }
    return try await call.list(
      access, filter: policy.id.description, id: \Acceptance.account.uuid,
      reading: { Reading("acceptance.read", policy.id, subject: $0.account) }
    ) { after, limit in
      try await database.read(
        access, AcceptanceStore.page(of: policy, after: after, limit: limit, access)
      ).map(AcceptanceStore.acceptance)
    }
  }

  @Sendable
  package static func listPendingAcceptances(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    let policy = try PolicyStore.policy(try await find(call, access))
    return try await call.list(
      access, filter: policy.id.description, id: \PendingAcceptanceView.account.uuid,
      reading: { Reading("acceptance.read", policy.id, subject: $0.account) }
    ) { after, limit in
      try await database.read(
        access, AcceptanceStore.pending(policy, after: after, limit: limit, access)
      ).map { PendingAcceptanceView(account: try $0.identifier(0, AccountID.self)) }
    }
  }

  /// Records what a product has seen somebody accept.
  @Sendable
  package static func createAcceptance(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(AcceptanceBody.self)
    if let at = body.acceptedAt, at > call.now {
      throw Problem.invalid("/accepted_at", "lies in the future")
    }
    return try await call.change(access) { change in
      let policy = try PolicyStore.policy(try await find(call, change))
      let known = try await change.transaction.run(HoldStore.known([body.account], access))
      if known.allSatisfy(\.isEmpty) {
        throw Problem.invalid("/account_id", "there is no such account")
      }
      return try await accept(policy, body.account, at: body.acceptedAt ?? call.now, change)
    }
  }

  /// What is in force for me, wherever I belong, and whether I accepted it.
  @Sendable
  package static func listMyPolicies(_ call: Call) async throws -> Reply {
    let person = try await PersonPlaces(call)
    var views: [MyPolicyView] = []
    for place in person.places {
      let rows = try await call.worker.database.read(
        place, PolicyStore.inForce(at: call.now, for: person.account, place))
      views += try rows.map {
        MyPolicyView(
          try PolicyStore.policy($0), tenant: place.tenant, acceptedAt: try $0.optionalTime(10))
      }
    }
    return Reply(page: views)
  }

  @Sendable
  package static func acceptMyPolicy(_ call: Call) async throws -> Reply {
    let person = try await PersonPlaces(call)
    let id = try call.id(0, PolicyID.self)
    for place in person.places {
      let rows = try await call.worker.database.find(place, PolicyStore.find(id, place))
      guard let policy = try rows.first.map(PolicyStore.policy) else { continue }
      return try await call.change(place) { change in
        try await accept(policy, person.account, at: call.now, change)
      }
    }
    throw Problem(.notFound)
  }

  // MARK: Pieces

  /// Keeps an acceptance once; repeating answers the first.
  private static func accept(
    _ policy: Policy, _ account: AccountID, at time: Timestamp, _ change: Change
  ) async throws -> Reply {
    let access = change.access
    let acceptance = Acceptance(
      account: account, name: policy.name, version: policy.version, language: policy.language,
      digest: policy.digest, acceptedAt: time, recordedBy: access.caller.actor)
    let rows = try await change.transaction.run([
      AcceptanceStore.insert(acceptance, access), AcceptanceStore.find(account, policy, access),
    ])
    if !rows[0].isEmpty {
      change.record("policy.accepted", policy.id, subject: account)
      change.tell(
        .policyAccepted, policy.id, account: account, of: access,
        [
          ("policy_id", policy.id.description), ("account_id", account.description),
          ("name", policy.name), ("version", policy.version),
          ("accepted_at", time.description),
        ])
    }
    let kept = try rows[1].first.map(AcceptanceStore.acceptance) ?? acceptance
    return Reply(status: rows[0].isEmpty ? 200 : 201, kept)
  }

  private static func find(_ call: Call, _ access: Access) async throws -> Row {
    let id = try call.id(0, PolicyID.self)
    let rows = try await call.worker.database.find(access, PolicyStore.find(id, access))
    guard let row = rows.first else { throw Problem(.notFound) }
    return row
  }

  private static func find(_ call: Call, _ change: Change) async throws -> Row {
    let id = try call.id(0, PolicyID.self)
    let rows = try await change.transaction.run(PolicyStore.find(id, change.access))
    guard let row = rows.first else { throw Problem(.notFound) }
    return row
  }
}
