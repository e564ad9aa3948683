import Foundation
import JSON
import Logging
import Postgres
import Reactor
import Tenure
import TenureKernel

/// Writes down what became of deliveries, whatever else fails: what is not written down is sent again.
///
/// What the receivers' answers prove of notices is written apart, and never stands in its way.
struct WebhookRecord: Sendable {
  /// A lock that somebody holds, or a connection that is gone, is waited for: about three seconds in
  /// all, well within the lease.
  private static let triesMax = 6
  private static let firstPause = Duration.milliseconds(50)

  let worker: Worker
  let endpoint: WebhookEndpointID
  let access: Access

  /// Deliveries that have had their last try; with `isWell` the endpoint has taken them.
  ///
  /// One that the database refuses is logged, and keeps no other from being written down.
  func end(_ ended: [WebhookDeliveryStore.Ended], isWell: Bool = false) async throws {
    if ended.isEmpty { return }
    do { try await write(ended, isWell: isWell) } catch let error as PostgresError {
      guard error.kind == .refused, ended.count > 1 else { throw error }
      for one in ended {
        do { try await write([one], isWell: isWell) } catch let error as PostgresError {
          guard error.kind == .refused else { throw error }
          worker.log.error(
            "a delivery was not recorded",
            metadata: ["event": "\(one.taken.event)", "error": "\(error)"])
        }
      }
    }
  }

  private func write(_ ended: [WebhookDeliveryStore.Ended], isWell: Bool) async throws {
    let now = worker.clock.now
    var statements = WebhookDeliveryStore.end(ended, endpoint, at: now, access)
    if isWell { statements.append(WebhookEndpointStore.recordSuccess(endpoint, at: now, access)) }
    // A success that a crash forgets is sent once more, with the same ids.
    try await run((isWell ? [.unflushed] : []) + [access.context] + statements)
  }

  /// A delivery that failed and is tried again.
  func postpone(
    _ taken: WebhookDeliveryStore.Taken, status: Int?, error: String, next: Timestamp
  ) async throws {
    try await run(
      [access.context]
        + WebhookDeliveryStore.postpone(
          taken, status: status, error: error, next: next, at: worker.clock.now, access))
  }

  /// Leaves what was not begun to whoever takes it next.
  func giveBack(_ taken: [WebhookDeliveryStore.Taken]) async throws {
    if taken.isEmpty { return }
    try await run([
      access.context, WebhookDeliveryStore.giveBack(endpoint, taken.map(\.event), access),
    ])
  }

  /// Commits statements that may be repeated, and tries again where their failure passes.
  private func run(_ statements: [SQL]) async throws {
    var pause = Self.firstPause
    for _ in 1..<Self.triesMax {
      do {
        _ = try await worker.database.run(statements, commits: true)
        return
      } catch let error as PostgresError where error.passes || error.kind.passes {
        await worker.loop.sleep(for: pause)
        pause *= 2
      }
    }
    _ = try await worker.database.run(statements, commits: true)
  }

  // MARK: Evidence

  /// That an endpoint took a notice is a receipt of the first level: it says "sent", and suffices for
  /// nothing.
  ///
  /// Never throws: without one, the notice is as good as before.
  func keepEvidence(of events: [NumberedEvent], isPersons: Bool) async {
    // What tenants are told is no notice to the person.
    guard access.tenant == .platform else { return }
    let channel = isPersons ? "person_webhook" : "operator_webhook"
    do {
      let notices = try await notices(in: events)
      for (tenant, notices) in Dictionary(grouping: notices, by: \.tenant) {
        let sent = notices.map { ReceiptStore.Sent(notice: $0.notice, channel: channel) }
        try await insert(sent, SystemCaller(job: "webhook_delivery").access(to: tenant))
      }
    } catch {
      worker.log.warning("receipts of deliveries were not kept", metadata: ["error": "\(error)"])
    }
  }

  /// All at once; where the database refuses that, each by itself.
  private func insert(_ sent: [ReceiptStore.Sent], _ access: Access) async throws {
    let now = worker.clock.now
    try await worker.database.transaction(in: access) { transaction in
      do { _ = try await transaction.attempt([ReceiptStore.keep(sent, at: now)]) } catch {
        for one in sent {
          do { _ = try await transaction.attempt([ReceiptStore.keep([one], at: now)]) } catch {
            worker.log.warning(
              "a receipt of a delivery was not kept",
              metadata: ["notice": "\(one.notice)", "error": "\(error)"])
          }
        }
      }
    }
  }

  /// The notices among events, and where each of them lies by now: an account's notice stays with
  /// the tenant that gave it, wherever the account has gone since.
  private func notices(
    in events: [NumberedEvent]
  ) async throws -> [(notice: Notice, tenant: TenantID)] {
    var found: [(notice: Notice, tenant: TenantID)] = []
    var accountNotices: [NoticeID] = []
    for event in events {
      guard let data = try? JSONValue(parsing: event.data) else {
        worker.logMalformed(event)
        continue
      }
      if let id = data["notice_id"]?.string.flatMap({ try? NoticeID(parsing: $0) }) {
        accountNotices.append(id)
      } else if event.type == EventType.noticeRequired.rawValue
        || event.type == EventType.noticeReminder.rawValue,
        let item = data["case_id"]?.string.flatMap({ try? CaseID(parsing: $0) }),
        let tenant = data["tenant_id"]?.string.flatMap({ try? TenantID(parsing: $0) })
      {
        found.append((.takeover(item), tenant))
      }
    }
    if accountNotices.isEmpty { return found }
    let places = try await AccountNoticeStore.tenants(of: accountNotices, worker.database)
    return found + places.map { (.account($0.id), $0.tenant) }
  }
}

extension PostgresError.Kind {
  /// Whether the same statement may well succeed on another connection, or later.
  fileprivate var passes: Bool {
    switch self {
    case .unavailable, .overloaded, .lost, .commitUnknown: true
    case .refused, .decoding: false
    }
  }
}
