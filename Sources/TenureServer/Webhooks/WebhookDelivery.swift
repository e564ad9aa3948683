import Foundation
import HTTP
import JSON
import Logging
import Postgres
import Reactor
import Tenure
import TenureAPI
import Vault

/// How this service reaches servers that strangers named.
package struct Outbound: Sendable {
  let client: HTTPClient
  let resolvers: Resolvers
  /// Whether private addresses and any port are allowed: closed networks and tests.
  let allowsPrivate: Bool

  /// Sends to the address that was looked at, and to no other.
  func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    let addresses = try await resolvers.addresses(of: request.host)
    let address = try HTTPClient.choose(addresses, requiresGlobal: !allowsPrivate)
    return try await client.send(request, to: address)
  }
}

/// Delivers events to their endpoints: at least once, with the same id each time.
///
/// What is taken is leased: a process that dies leaves it to the next. Each endpoint has a few in
/// flight, so that a slow one delays nobody else.
final class WebhookDelivery: @unchecked Sendable {
  private static let leaseSeconds = 60
  private static let perEndpoint = 4
  private static let inFlightMax = 256
  private static let pollDelay = Duration.milliseconds(100)
  private static let success = 200..<300
  private static let gone = 410
  private static let errorBytesMax = 200

  private let worker: Worker
  private var inFlight = 0
  private var isStopping = false

  init(worker: Worker) { self.worker = worker }

  var isIdle: Bool { inFlight == 0 }

  /// On the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        let taken = await takeSome()
        if taken == 0 { await worker.loop.sleep(for: Self.pollDelay) }
      }
    }
  }

  func stop() { isStopping = true }

  private func takeSome() async -> Int {
    let room = Self.inFlightMax - inFlight
    if room <= 0 { return 0 }
    do {
      let rows = try await worker.database.run(
        [
          WebhookDeliveryStore.take(
            at: worker.clock.now, leaseSeconds: Self.leaseSeconds,
            perEndpoint: Self.perEndpoint, most: room)
        ], commits: true)
      let taken = try rows[0].map(WebhookDeliveryStore.taken)
      for delivery in taken {
        inFlight += 1
        Task.immediate(executorPreference: worker.loop) { [self] in
          await deliver(delivery)
          inFlight -= 1
        }
      }
      return taken.count
    } catch {
      worker.log.warning("deliveries could not be taken", metadata: ["error": "\(error)"])
      return 0
    }
  }

  private func deliver(_ taken: WebhookDeliveryStore.Taken) async {
    let access = SystemCaller(job: "webhook_delivery").access(to: taken.tenant)
    do {
      let rows = try await worker.database.run([
        access.context, WebhookEndpointStore.find(delivering: taken.endpoint, access),
        EventStore.find(taken.event, access),
      ])
      guard let endpointRow = rows[1].first, let eventRow = rows[2].first else {
        return try await finish(taken, access, status: nil, error: "gone", next: nil)
      }
      let endpoint = try WebhookEndpointStore.stored(endpointRow)
      let event = try worker.complete(try EventStore.view(eventRow), access)
      // Nothing new is queued for an endpoint on trial: a first try is the probe.
      let isProbe = endpoint.state == .probing && taken.attempt == 1
      guard endpoint.state == .enabled || isProbe else {
        return try await finish(taken, access, status: nil, error: "endpoint disabled", next: nil)
      }
      try await attempt(taken, endpoint, event, access)
    } catch {
      // The lease runs out, and the delivery is tried again.
      worker.log.warning("a delivery was not recorded", metadata: ["error": "\(error)"])
    }
  }

  private func attempt(
    _ taken: WebhookDeliveryStore.Taken, _ endpoint: WebhookEndpointStore.Stored,
    _ event: EventView, _ access: Access
  ) async throws {
    let tenantKey = try await worker.tenantKey(access)
    let configuration = try WebhookEndpointRoutes.open(endpoint, worker, tenantKey, access)
    var status: Int?
    var failure: String?
    var retryAfter: String?
    do {
      let answer = try await worker.outbound.send(
        try request(event, configuration, at: worker.clock.now))
      status = answer.status
      retryAfter = answer.header("retry-after")
      if !Self.success.contains(answer.status) { failure = "status \(answer.status)" }
    } catch let error as OutboundError {
      failure = "\(error)"
    } catch let refusal as OutboundURL.Refusal {
      failure = refusal.rawValue
    }
    let now = worker.clock.now
    if endpoint.state == .probing {
      try await finish(taken, access, status: status, error: failure, next: nil)
      return try await endProbe(of: endpoint, isWell: failure == nil, access)
    }
    guard let failure else {
      return try await finish(
        taken, access, status: status, error: nil, next: nil,
        also: receipt(of: event, at: endpoint))
    }
    let next = WebhookSchedule.next(
      after: taken.attempt, at: now, jitter: .random(in: 0...1), retryAfter: retryAfter)
    try await finish(
      taken, access, status: status, error: failure,
      next: status == Self.gone ? nil : next)
    try await afterFailure(endpoint.id, status: status, access)
  }

  private func request(
    _ event: EventView, _ configuration: WebhookConfiguration, at now: Timestamp
  ) throws -> OutboundRequest {
    let url = try OutboundURL(
      parsing: configuration.url, anyPort: worker.outbound.allowsPrivate)
    var writer = JSONWriter()
    event.write(to: &writer)
    let seconds = now.microseconds / 1_000_000
    let signatures = try configuration.live(at: now).map { keys in
      try keys.signatures(
        id: event.id.description, timestamp: seconds, body: writer.bytes,
        digests: worker.sealer.digests)
    }
    return OutboundRequest(
      method: "POST", host: url.host, port: url.port, target: url.target,
      headers: [
        ("Content-Type", "application/json"), ("User-Agent", "tenure/\(Version.current)"),
        ("webhook-id", event.id.description), ("webhook-timestamp", String(seconds)),
        ("webhook-signature", signatures.joined(separator: " ")),
      ], body: writer.bytes)
  }

  private func finish(
    _ taken: WebhookDeliveryStore.Taken, _ access: Access, status: Int?, error: String?,
    next: Timestamp?, also: [SQL] = []
  ) async throws {
    let now = worker.clock.now
    var statements =
      [access.context]
      + WebhookDeliveryStore.record(
        taken, status: status, error: error.map { String($0.prefix(Self.errorBytesMax)) },
        isDelivered: error == nil, next: next, at: now,
        access)
    if error == nil {
      statements.append(WebhookEndpointStore.recordSuccess(taken.endpoint, at: now, access))
    }
    _ = try await worker.database.run(statements + also, commits: true)
  }

  /// That an endpoint took a notice is a receipt of the first level: it shows the way, and suffices
  /// for nothing.
  private func receipt(of event: EventView, at endpoint: WebhookEndpointStore.Stored) -> [SQL] {
    let notices: [EventType] = [.noticeRequired, .noticeReminder]
    guard notices.contains(where: { $0.rawValue == event.type }),
      let data = try? JSONValue(parsing: event.data),
      let item = data["case_id"]?.string.flatMap({ try? CaseID(parsing: $0) }),
      let tenant = data["tenant_id"]?.string.flatMap({ try? TenantID(parsing: $0) })
    else { return [] }
    let access = SystemCaller(job: "webhook_delivery").access(to: tenant)
    let now = worker.clock.now
    let receipt = CaseStore.Receipt(
      id: ReceiptID(at: now), case: item, level: 1,
      channel: endpoint.isPersons ? "person_webhook" : "operator_webhook", addressHash: nil,
      isOutside: false, templateHash: nil, deliveredAt: now, receivedAt: now, publicKey: nil,
      signature: nil)
    return [access.context, CaseStore.insert([receipt], access)]
  }

  /// A test event decided about an endpoint that was disabled.
  private func endProbe(
    of endpoint: WebhookEndpointStore.Stored, isWell: Bool, _ access: Access
  ) async throws {
    let now = worker.clock.now
    try await worker.database.transaction(prelude: [access.context]) { transaction in
      let moved = try await transaction.run(
        WebhookEndpointStore.move(
          endpoint.id, from: .probing, to: isWell ? .enabled : .disabled, at: now, access))
      guard isWell, moved.first != nil else { return }
      // What it missed is asked for by a replay since then.
      let event = Event(
        .endpointEnabled, endpoint.id, at: now,
        [
          ("endpoint_id", endpoint.id.description),
          ("disabled_at", endpoint.disabledAt?.description),
        ])
      try await transaction.run([
        EventStore.insert([event], access), JobStore.finish(endpoint.id.uuid, next: nil, access),
      ])
    }
  }

  /// Warns of an endpoint that keeps failing, and disables it in the end; `410` does at once.
  private func afterFailure(
    _ id: WebhookEndpointID, status: Int?, _ access: Access
  ) async throws {
    let now = worker.clock.now
    try await worker.database.transaction(prelude: [access.context]) { transaction in
      guard
        let row = try await transaction.run(
          WebhookEndpointStore.recordFailure(id, at: now, access)
        ).first
      else { return }
      let endpoint = try WebhookEndpointStore.stored(row)
      let seconds = endpoint.failingSince.map { now.seconds(since: $0) } ?? 0
      let isTooLong =
        seconds >= WebhookSchedule.disableAfterSeconds
        && endpoint.failures >= WebhookSchedule.disableAfterFailures
      if status == Self.gone || isTooLong {
        let reason = status == Self.gone ? "the receiver answered 410 Gone" : "failing for 5 days"
        let isDisabled =
          try await transaction.run(
            WebhookEndpointStore.disable(id, reason: reason, at: now, access)
          ).first != nil
        // Another delivery may have been faster.
        guard isDisabled else { return }
        let event = Event(
          .endpointDisabled, id, at: now, [("endpoint_id", id.description), ("reason", reason)])
        let probeAt = now.adding(seconds: WebhookSchedule.probeSeconds)
        try await transaction.run(
          [EventStore.insert([event], access)]
            + (isTooLong
              ? [JobStore.enqueue(id.uuid, .webhookProbe, at: probeAt, access)] : []))
      } else if WebhookSchedule.warnAfterSeconds.count(where: { seconds >= $0 }) > endpoint.warned {
        try await transaction.run([
          WebhookEndpointStore.warn(id, count: endpoint.warned + 1, access),
          EventStore.insert(
            [
              Event(
                .endpointWarning, id, at: now,
                [
                  ("endpoint_id", id.description),
                  ("failing_since", endpoint.failingSince?.description),
                ])
            ], access),
        ])
      }
    }
  }
}
