import Foundation
import HTTP
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of the operator and of tenants, and people's own callbacks, which no tenant can see.
package enum WebhookEndpointRoutes {
  /// How many endpoints there may be.
  private static let perTenant = 50
  private static let perPerson = 10

  /// Whose endpoints a call is about, and the proof.
  private struct Owner {
    let access: Access
    let account: AccountID?
    let path: String
  }

  private static func owner(_ call: Call) throws -> Owner {
    if let (account, access) = call.caller?.authorizeOwnRecords() {
      return Owner(access: access, account: account, path: "/v1/me/webhook_endpoints")
    }
    return Owner(access: try call.access, account: nil, path: "/v1/webhook_endpoints")
  }

  /// An endpoint hears what its maker may read: nobody has events sent to them that they could not
  /// fetch.
  private static func checkReader(_ access: Access) throws(Problem) {
    do throws(GrantRefusal) { try access.caller.give(PermissionSet([.eventsRead])) } catch {
      throw Problem(error)
    }
  }

  @Sendable
  package static func createWebhookEndpoint(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let access = owner.access
    if owner.account == nil { try checkReader(access) }
    let body = try call.body(WebhookEndpointBody.self)
    let choices = body.choices
    let url = try kept(body.url, call)
    let worker = call.worker
    let tenantKey = try await worker.tenantKey(access)
    let id = WebhookEndpointID(at: call.now)
    let configuration = try WebhookConfiguration(url: url)
    let sealed = try configuration.sealed(for: id, worker, tenantKey, access)
    let most = owner.account == nil ? perTenant : perPerson
    return try await call.change(access) { change in
      let count = try await change.transaction.run(
        WebhookEndpointStore.count(account: owner.account, access))
      if let count = try count.first?.int(0), count >= most {
        throw Problem(.tooManyEndpoints, "there may be \(most)")
      }
      try await change.transaction.run(
        WebhookEndpointStore.insert(
          id, account: owner.account, configuration: sealed, eventTypes: choices.eventTypes ?? [],
          ordering: choices.ordering ?? .none, at: call.now, access))
      change.record("webhook_endpoint.created", id, subject: owner.account)
      let keys = configuration.keys[0].keys
      let view = WebhookEndpointView(
        id: id, url: url, eventTypes: choices.eventTypes ?? [],
        ordering: choices.ordering ?? .none, state: .enabled,
        disabledReason: nil, failures: 0, lastSuccessAt: nil, publicKey: try keys.publicKeyText(),
        createdAt: call.now, updatedAt: call.now, version: 1, secret: keys.secretText)
      return Reply(status: 201, view, version: 1, location: "\(owner.path)/\(id)")
    }
  }

  @Sendable
  package static func listWebhookEndpoints(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let worker = call.worker
    let tenantKey = try await worker.tenantKey(owner.access)
    return try await call.list(owner.access, id: \WebhookEndpointView.id.uuid) { after, limit in
      try await worker.database.read(
        owner.access,
        WebhookEndpointStore.page(
          account: owner.account, after: after, limit: limit, owner.access)
      ).map {
        try view(try WebhookEndpointStore.stored($0), worker, tenantKey, owner.access)
      }
    }
  }

  @Sendable
  package static func getWebhookEndpoint(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let id = try call.id(0, WebhookEndpointID.self)
    let rows = try await call.worker.database.find(
      owner.access, WebhookEndpointStore.find(id, account: owner.account, owner.access))
    guard let row = rows.first else { throw Problem(.notFound) }
    let stored = try WebhookEndpointStore.stored(row)
    let tenantKey = try await call.worker.tenantKey(owner.access)
    return Reply(
      try view(stored, call.worker, tenantKey, owner.access), version: stored.version)
  }

  @Sendable
  package static func updateWebhookEndpoint(_ call: Call) async throws -> Reply {
    let body = try call.body(WebhookEndpointPatch.self)
    try checkReader(try call.access)
    let url = try body.url.map { try kept($0, call) }
    return try await changing(call, "webhook_endpoint.updated") { stored, configuration in
      if let url { configuration.url = url }
      return (
        body.eventTypes ?? stored.eventTypes, body.ordering ?? stored.ordering,
        body.isEnabled.map { $0 ? .enabled : .disabled } ?? stored.state
      )
    }
  }

  /// Fresh signing keys; the ones before sign as well for a day.
  @Sendable
  package static func rotateWebhookSecret(_ call: Call) async throws -> Reply {
    try await changing(call, "webhook_endpoint.secret_rotated", showsSecret: true) {
      stored, configuration in
      try configuration.rotate(at: call.now)
      return (stored.eventTypes, stored.ordering, stored.state)
    }
  }

  private static func changing(
    _ call: Call, _ action: String, showsSecret: Bool = false,
    _ body:
      @escaping @Sendable (
        WebhookEndpointStore.Stored, inout WebhookConfiguration
      ) throws -> (types: [String], ordering: WebhookOrdering, state: WebhookEndpointState)
  ) async throws -> Reply {
    let owner = try owner(call)
    let access = owner.access
    let id = try call.id(0, WebhookEndpointID.self)
    let worker = call.worker
    let tenantKey = try await worker.tenantKey(access)
    return try await call.change(access) { change in
      let found = WebhookEndpointStore.find(id, account: owner.account, access)
      guard let row = try await change.transaction.run(found).first else {
        throw Problem(.notFound)
      }
      let stored = try WebhookEndpointStore.stored(row)
      try call.checkPrecondition(version: stored.version)
      var configuration = try WebhookConfiguration(opening: stored, worker, tenantKey, access)
      let (types, ordering, state) = try body(stored, &configuration)
      let rows = try await change.transaction.run(
        WebhookEndpointStore.update(
          id, configuration: try configuration.sealed(for: id, worker, tenantKey, access),
          eventTypes: types, ordering: ordering, state: state, at: call.now,
          from: stored.version, access))
      guard let updated = try rows.first.map(WebhookEndpointStore.stored) else {
        throw Problem(.preconditionFailed)
      }
      // What its owner decides is not undone by a probe.
      if state != stored.state {
        try await change.transaction.run(JobStore.drop(id.uuid, access))
      }
      change.record(action, id, subject: owner.account)
      var view = try view(updated, worker, tenantKey, access)
      if showsSecret { view.secret = configuration.keys[0].keys.secretText }
      return Reply(view, version: updated.version)
    }
  }

  @Sendable
  package static func deleteWebhookEndpoint(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let id = try call.id(0, WebhookEndpointID.self)
    return try await call.change(owner.access) { change in
      let found = WebhookEndpointStore.find(id, account: owner.account, owner.access)
      guard let row = try await change.transaction.run(found).first else {
        throw Problem(.notFound)
      }
      try call.checkPrecondition(version: try WebhookEndpointStore.stored(row).version)
      try await change.transaction.run(
        WebhookEndpointStore.delete(id, owner.access)
          + [JobStore.drop(id.uuid, owner.access)])
      change.record("webhook_endpoint.deleted", id, subject: owner.account)
      return .noContent
    }
  }

  /// Sends a test event to this endpoint alone, whatever it asked for.
  @Sendable
  package static func testWebhookEndpoint(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let access = owner.access
    let id = try call.id(0, WebhookEndpointID.self)
    return try await call.change(access) { change in
      try await requireEnabled(id, owner, change)
      let event = Event(
        .endpointTest, id, account: owner.account, at: call.now,
        [("endpoint_id", id.description)])
      // Kept without asking who wants it, then queued for the one.
      let telling = Telling(
        at: call.now, actor: access.caller.actor, requestID: call.requestID, reason: nil)
      telling.emit(event, in: access)
      try await change.transaction.run(
        telling.statements(by: call.worker, change.transaction) + [
          WebhookDeliveryStore.replay(
            id, event: event.id, since: nil, until: nil, account: nil, at: call.now, access)
        ])
      change.record("webhook_endpoint.tested", id, subject: owner.account)
      return Reply(status: 202, Queued(count: 1))
    }
  }

  /// Delivers events again, with the same ids.
  @Sendable
  package static func replayWebhookEndpoint(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let access = owner.access
    let id = try call.id(0, WebhookEndpointID.self)
    let body = try call.body(ReplayBody.self)
    return try await call.change(access) { change in
      try await requireEnabled(id, owner, change)
      let rows = try await change.transaction.run(
        WebhookDeliveryStore.replay(
          id, event: body.event, since: body.since, until: body.until, account: owner.account,
          at: call.now, access))
      let count = try rows.first?.int(0) ?? 0
      if body.event != nil && count == 0 {
        throw Problem.invalid("/event_id", "there is no such event, or it is 90 days old")
      }
      change.record("webhook_endpoint.replayed", id, subject: owner.account)
      return Reply(status: 202, Queued(count: count))
    }
  }

  @Sendable
  package static func listWebhookDeliveries(_ call: Call) async throws -> Reply {
    let owner = try owner(call)
    let id = try call.id(0, WebhookEndpointID.self)
    let worker = call.worker
    let rows = try await worker.database.find(
      owner.access, WebhookEndpointStore.find(id, account: owner.account, owner.access))
    if rows.isEmpty { throw Problem(.notFound) }
    return try await call.list(
      owner.access, filter: id.description, id: \EventDelivery.event.uuid
    ) { after, limit in
      try await WebhookDeliveryStore.list(
        worker.database, owner.access, id, after: after, limit: limit)
    }
  }

  /// The feed: the same events, with the same ids, for whoever would rather fetch.
  @Sendable
  package static func listEvents(_ call: Call) async throws -> Reply {
    let access = try call.access
    let type = call.parameter("type")
    if let type, !EventType.isPattern(type) {
      throw Call.invalid("type", "a type of event, or such as 'takeover.*', is expected")
    }
    let worker = call.worker
    var start: UUID?
    if let text = call.parameter("after") {
      guard call.parameter("cursor") == nil else {
        throw Call.invalid("after", "use either after or cursor")
      }
      guard let id = try? EventID(parsing: text),
        try await worker.database.find(access, EventStore.find(id, access)).first != nil
      else { throw Call.invalid("after", "there is no such event; events are kept for 90 days") }
      start = id.uuid
    }
    let first = start
    return try await call.list(access, filter: type ?? "", id: \NumberedEvent.id.uuid) {
      after, limit in
      let events = try await EventStore.list(
        worker.database, access, after: after ?? first, limit: limit, type: type)
      return try await EventSecrets(worker).complete(events, access)
    }
  }

  // MARK: Pieces

  private static func requireEnabled(
    _ id: WebhookEndpointID, _ owner: Owner, _ change: Change
  ) async throws {
    let found = WebhookEndpointStore.find(id, account: owner.account, owner.access)
    guard let row = try await change.transaction.run(found).first else { throw Problem(.notFound) }
    guard try WebhookEndpointStore.stored(row).state == .enabled else {
      throw Problem(.endpointDisabled)
    }
  }

  /// A URL as it is kept; throws where nothing may be sent to it.
  private static func kept(_ url: String, _ call: Call) throws(Problem) -> String {
    do throws(OutboundURL.Refusal) {
      return try OutboundURL(parsing: url, anyPort: call.worker.outbound.allowsPrivate).text
    } catch {
      throw Problem(
        .endpointRefused, error.rawValue,
        errors: [.init(pointer: "/url", code: "invalid_value", detail: error.rawValue)])
    }
  }

  private static func view(
    _ stored: WebhookEndpointStore.Stored, _ worker: Worker, _ tenantKey: TenantKey,
    _ access: Access
  ) throws -> WebhookEndpointView {
    let configuration = try WebhookConfiguration(opening: stored, worker, tenantKey, access)
    return WebhookEndpointView(
      id: stored.id, url: configuration.url, eventTypes: stored.eventTypes,
      ordering: stored.ordering, state: stored.state,
      disabledReason: stored.disabledReason, failures: stored.failures,
      lastSuccessAt: stored.lastSuccessAt,
      publicKey: try configuration.keys[0].keys.publicKeyText(),
      createdAt: stored.createdAt, updatedAt: stored.updatedAt, version: stored.version)
  }
}
