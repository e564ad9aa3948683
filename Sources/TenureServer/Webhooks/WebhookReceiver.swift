import HTTP
import JSON
import Reactor
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Sends events to the URL of one endpoint, signed with its keys (Standard Webhooks 1.0).
struct WebhookReceiver: Sendable {
  private static let errorBytesMax = 200

  private let worker: Worker
  private let url: String
  private let signers: [WebhookSigner]

  init(worker: Worker, configuration: WebhookConfiguration) throws {
    self.worker = worker
    url = configuration.url
    signers = try configuration.live(at: worker.clock.now).map { try WebhookSigner($0) }
  }

  /// What came of it: a status, or why there is none.
  struct Result: Sendable {
    var status: Int?
    var failure: String?
    var retryAfter: String?
  }

  /// A connection that is used again while both sides keep it open.
  final class Lane: @unchecked Sendable {
    fileprivate var connection: ClientConnection?
    func close() { connection?.close() }
  }

  func send(_ event: NumberedEvent, _ lane: Lane) async throws -> Result {
    do {
      let request = try await request(event)
      let answer = try await send(request, lane)
      return Result(
        status: answer.status, failure: nil, retryAfter: answer.header("retry-after"))
    } catch let error as OutboundError {
      return Result(failure: String("\(error)".prefix(Self.errorBytesMax)))
    } catch let refusal as OutboundURL.Refusal {
      return Result(failure: refusal.rawValue)
    }
  }

  private func send(
    _ request: OutboundRequest, _ lane: Lane
  ) async throws -> OutboundResponse {
    if let open = lane.connection, !open.isClosed {
      do { return try await open.send(request, staysOpen: true) } catch OutboundError.disconnected {
        // The receiver closed it in the very moment it was used again: no failure of its own.
      }
    }
    lane.close()
    let fresh = try await worker.outbound.connect(to: request.host, request.port)
    lane.connection = fresh
    return try await fresh.send(request, staysOpen: true)
  }

  private func request(_ event: NumberedEvent) async throws -> OutboundRequest {
    let url = try OutboundURL(parsing: url, anyPort: worker.outbound.allowsPrivate)
    var writer = JSONWriter()
    event.write(to: &writer)
    let seconds = worker.clock.now.microseconds / 1_000_000
    let message = WebhookSigner.message(
      id: event.id.description, timestamp: seconds, body: writer.bytes)
    let signers = signers
    let signed = try await worker.outbound.pool.run { try signers.map { try $0.v1a(message) } }
    let signatures = try zip(signers, signed).map { signer, v1a in
      try signer.v1(message, worker.sealer.digests) + " " + v1a
    }
    var request = OutboundRequest(
      method: "POST", host: url.host, port: url.port, target: url.target,
      headers: [
        ("Content-Type", "application/json"), ("User-Agent", "tenure/\(Version.current)"),
        ("webhook-id", event.id.description), ("webhook-timestamp", String(seconds)),
        ("webhook-signature", signatures.joined(separator: " ")),
      ], body: writer.bytes)
    // By its status a receiver says whether it has the event: what else it says is nobody's.
    request.needsBody = false
    return request
  }
}
