import Foundation
import HTTP
import JSON
import Logging
import Postgres
import Reactor
import Tenure
import TenureKernel
import Vault

/// Deliveries that were taken for one endpoint: a few are on their way at a time, each on a
/// connection that is used again while the receiver keeps it open.
///
/// On its worker's loop.
final class WebhookBatch: @unchecked Sendable {
  /// How many are on their way at a time.
  private static let lanes = 4
  /// What is not begun after this long is given back, well before the lease ends.
  private static let workSeconds = 40
  /// How many successes are written down together.
  private static let recordedAtOnce = 64
  private static let success = 200..<300
  private static let gone = 410

  private let worker: Worker
  private let endpointID: WebhookEndpointID
  private let access: Access
  private let record: WebhookRecord
  private var waiting: [WebhookDeliveryStore.Taken]
  private var delivered: [WebhookDeliveryStore.Ended] = []
  private var evidence: [NumberedEvent] = []
  private var isOver = false

  init(worker: Worker, endpoint: WebhookEndpointID, _ deliveries: [WebhookDeliveryStore.Taken]) {
    self.worker = worker
    endpointID = endpoint
    access = SystemCaller(job: "webhook_delivery")
      .access(to: deliveries.first?.tenant ?? .platform)
    record = WebhookRecord(worker: worker, endpoint: endpoint, access: access)
    // Ids are made in the order of time; the oldest is taken from the end.
    waiting = deliveries.sorted { $0.event.uuid.uuidString > $1.event.uuid.uuidString }
  }

  /// Begins nothing new.
  func stop() { isOver = true }

  func run() async {
    do {
      try await deliver()
    } catch {
      // The lease runs out, and the deliveries are tried again.
      worker.log.warning("deliveries were not recorded", metadata: ["error": "\(error)"])
    }
  }

  private func deliver() async throws {
    let rows = try await worker.database.run([
      access.context, WebhookEndpointStore.find(delivering: endpointID, access),
      EventStore.find(waiting.map(\.event), access),
    ])
    let endpoint = try rows[1].first.map(WebhookEndpointStore.stored)
    let found = try await withSecrets(
      try rows[2].map(EventStore.event), isPersons: endpoint?.isPersons ?? true)
    let events = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
    let futile = waiting.compactMap { taken in
      Self.obstacle(taken, endpoint, events[taken.event]).map {
        WebhookDeliveryStore.Ended(taken: taken, status: nil, error: $0)
      }
    }
    if !futile.isEmpty {
      try await record.end(futile)
      waiting.removeAll { Self.obstacle($0, endpoint, events[$0.event]) != nil }
    }
    guard let endpoint, !waiting.isEmpty else { return }
    let tenantKey = try await worker.tenantKey(access)
    let configuration = try WebhookConfiguration(opening: endpoint, worker, tenantKey, access)
    let receiver = try WebhookReceiver(worker: worker, configuration: configuration)
    let end = ContinuousClock.now + .seconds(Self.workSeconds)
    let lanes = (0..<min(Self.lanes, waiting.count)).map { _ in
      Task.immediate(executorPreference: worker.loop) { [self] in
        try await runLane(endpoint, receiver, events, until: end)
      }
    }
    var failure: (any Error)?
    for lane in lanes {
      // What the other lanes have sent is recorded, whatever became of this one.
      do { try await lane.value } catch { failure = error }
    }
    try await recordDelivered(isPersons: endpoint.isPersons)
    try await record.giveBack(waiting)
    if let failure { throw failure }
  }

  /// The events as this endpoint may know them: links and codes go to the operator alone.
  private func withSecrets(
    _ events: [NumberedEvent], isPersons: Bool
  ) async throws -> [NumberedEvent] {
    let secrets = EventSecrets(worker)
    return isPersons ? try secrets.mark(events) : try await secrets.complete(events, access)
  }

  /// Why something is not to be sent at all.
  private static func obstacle(
    _ taken: WebhookDeliveryStore.Taken, _ endpoint: WebhookEndpointStore.Stored?,
    _ event: NumberedEvent?
  ) -> String? {
    guard let endpoint, event != nil else { return "gone" }
    // Nothing new is queued for an endpoint on trial: a first try is the probe.
    let isProbe = endpoint.state == .probing && taken.attempt == 1
    return endpoint.state == .enabled || isProbe ? nil : "endpoint disabled"
  }

  private func runLane(
    _ endpoint: WebhookEndpointStore.Stored, _ receiver: WebhookReceiver,
    _ events: [EventID: NumberedEvent], until end: ContinuousClock.Instant
  ) async throws {
    let lane = WebhookReceiver.Lane()
    defer { lane.close() }
    while !isOver, ContinuousClock.now < end, let taken = waiting.popLast() {
      guard let event = events[taken.event] else { continue }
      let result = try await receiver.send(event, lane)
      try await conclude(taken, event, endpoint, result)
    }
  }

  private func conclude(
    _ taken: WebhookDeliveryStore.Taken, _ event: NumberedEvent,
    _ endpoint: WebhookEndpointStore.Stored, _ result: WebhookReceiver.Result
  ) async throws {
    var failure = result.failure
    if let status = result.status, !Self.success.contains(status) { failure = "status \(status)" }
    if endpoint.state == .probing {
      try await record.end([.init(taken: taken, status: result.status, error: failure)])
      return try await endProbe(of: endpoint, isWell: failure == nil, access)
    }
    guard let failure else {
      delivered.append(.init(taken: taken, status: result.status, error: nil))
      evidence.append(event)
      if delivered.count >= Self.recordedAtOnce {
        try await recordDelivered(isPersons: endpoint.isPersons)
      }
      return
    }
    let now = worker.clock.now
    let next = WebhookSchedule.next(
      after: taken.attempt, at: now, jitter: .random(in: 0...1), retryAfter: result.retryAfter)
    if let next, result.status != Self.gone {
      try await record.postpone(taken, status: result.status, error: failure, next: next)
    } else {
      try await record.end([.init(taken: taken, status: result.status, error: failure)])
    }
    try await afterFailure(endpoint.id, status: result.status, access)
  }

  /// Writes down what arrived, many at a time: after a kill in between it is sent once more, with
  /// the same ids.
  private func recordDelivered(isPersons: Bool) async throws {
    if delivered.isEmpty { return }
    let (batch, events) = (delivered, evidence)
    (delivered, evidence) = ([], [])
    await record.keepEvidence(of: events, isPersons: isPersons)
    try await record.end(batch, isWell: true)
  }

  /// A test event decided about an endpoint that was disabled.
  private func endProbe(
    of endpoint: WebhookEndpointStore.Stored, isWell: Bool, _ access: Access
  ) async throws {
    let now = worker.clock.now
    try await worker.database.transaction(in: access) { transaction in
      let moved = try await transaction.run(
        WebhookEndpointStore.move(
          endpoint.id, from: .probing, to: isWell ? .enabled : .disabled, at: now, access))
      guard isWell, moved.first != nil else { return }
      // What it missed is asked for by a replay since then.
      let telling = telling(at: now)
      telling.record("webhook_endpoint.enabled", endpoint.id, subject: nil, in: access)
      telling.emit(
        Event(
          .endpointEnabled, endpoint.id, at: now,
          [("endpoint_id", endpoint.id), ("disabled_at", endpoint.disabledAt)]), in: access)
      try await transaction.run(
        telling.statements(by: worker, transaction) + [JobStore.drop(endpoint.id.uuid, access)])
    }
  }

  private func telling(at now: Timestamp) -> Telling {
    Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
  }

  /// Warns of an endpoint that keeps failing, and disables it in the end; `410` does at once.
  private func afterFailure(
    _ id: WebhookEndpointID, status: Int?, _ access: Access
  ) async throws {
    let now = worker.clock.now
    try await worker.database.transaction(in: access) { transaction in
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
      let telling = telling(at: now)
      var statements: [SQL] = []
      if status == Self.gone || isTooLong {
        let reason = status == Self.gone ? "the receiver answered 410 Gone" : "failing for 5 days"
        let isDisabled =
          try await transaction.run(
            WebhookEndpointStore.disable(id, reason: reason, at: now, access)
          ).first != nil
        // Another delivery may have been faster.
        guard isDisabled else { return }
        isOver = true
        telling.record("webhook_endpoint.disabled", id, subject: nil, in: access)
        telling.emit(
          Event(.endpointDisabled, id, at: now, [("endpoint_id", id), ("reason", reason)]),
          in: access)
        if isTooLong {
          let probeAt = now.adding(seconds: WebhookSchedule.probeSeconds)
          statements.append(JobStore.enqueue(id.uuid, .webhookProbe, at: probeAt, access))
        }
      } else if WebhookSchedule.warnAfterSeconds.count(where: { seconds >= $0 }) > endpoint.warned {
        statements.append(WebhookEndpointStore.warn(id, count: endpoint.warned + 1, access))
        telling.emit(
          Event(
            .endpointWarning, id, at: now,
            [("endpoint_id", id), ("failing_since", endpoint.failingSince)]), in: access)
      }
      try await transaction.run(statements + telling.statements(by: worker, transaction))
    }
  }
}
