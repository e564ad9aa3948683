import HTTP
import Postgres
import Reactor
import TenureKernel
import TenureServer

/// Serves `/metrics` in Prometheus' text format, on its own listener.
final class MetricsService: HTTPService, @unchecked Sendable {
  /// The counters that are shown.
  private static let counters: [Counter] = [
    .rateLimited, .overloaded, .unauthenticated, .failedJobs, .damagedLogs, .forgedReceipts,
  ]

  private let workers: [Worker]
  private let servers: [HTTPServer]

  init(workers: [Worker], servers: [HTTPServer]) {
    self.workers = workers
    self.servers = servers
  }

  func bodyPolicy(for request: HTTPRequest) -> BodyPolicy { .buffered(bytesMax: 0) }

  func refusal(status: Int, reason: StaticString) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "text/plain", body: Array("\(reason)\n".utf8))
  }

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    guard request.path == "/metrics" else { return refusal(status: 404, reason: "see /metrics") }
    guard request.method == .get || request.method == .head else {
      return refusal(status: 405, reason: "GET only")
    }
    var text = ""
    var total: [Metrics.Series] = []
    var turns = TurnTimes()
    var (active, connections, leased) = (0, 0, 0)
    var counts = [Int](repeating: 0, count: Self.counters.count)
    for (worker, server) in zip(workers, servers) {
      // The numbers of a loop may only be read on that loop.
      let part = try? await worker.loop.run {
        (
          worker.metrics.series, Self.counters.map(worker.metrics.value),
          server.requestsInFlight, server.connectionCount, worker.database.leasedInUse,
          worker.loop.turnTimes
        )
      }
      guard let part else { continue }
      total = total.isEmpty ? part.0 : zip(total, part.0).map(Self.sum)
      counts = zip(counts, part.1).map(+)
      active += part.2
      connections += part.3
      leased += part.4
      turns = turns + part.5
    }
    Self.append("http_server_active_requests", "Requests being handled", "gauge", active, &text)
    Self.append("tenure_http_connections", "Open connections", "gauge", connections, &text)
    Self.append("tenure_db_leased_connections", "Connections lent out", "gauge", leased, &text)
    for (counter, count) in zip(Self.counters, counts) {
      Self.append(counter.name, counter.help, "counter", count, &text)
    }
    Self.appendTurns(turns, &text)
    Self.appendDurations(total, &text)
    return HTTPResponse(
      status: 200, contentType: "text/plain; version=0.0.4", body: Array(text.utf8))
  }

  private static func sum(_ a: Metrics.Series, _ b: Metrics.Series) -> Metrics.Series {
    var result = a
    for index in result.buckets.indices { result.buckets[index] += b.buckets[index] }
    result.seconds += b.seconds
    result.count += b.count
    return result
  }

  private static func append(
    _ name: String, _ help: String, _ type: String, _ value: Int, _ text: inout String
  ) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n\(name) \(value)\n"
  }

  private static func appendTurns(_ turns: TurnTimes, _ text: inout String) {
    let name = "tenure_loop_turn_seconds"
    text += "# HELP \(name) Time in which a loop serves nobody else\n# TYPE \(name) histogram\n"
    appendHistogram(
      name, "", bounds: TurnTimes.bounds.map { Double($0) / 1_000 }, turns.buckets,
      sum: Double(turns.nanoseconds) / 1e9, &text)
  }

  private static func appendDurations(_ series: [Metrics.Series], _ text: inout String) {
    let name = "http_server_request_duration_seconds"
    text += "# HELP \(name) Time from request to answer\n# TYPE \(name) histogram\n"
    for (index, one) in series.enumerated() where one.count > 0 {
      let endpoint = Endpoints.all[index / 4]
      let labels =
        #"http_request_method="\#(endpoint.method.rawValue)",http_route="\#(endpoint.path)","#
        + #"http_response_status_code="\#(index % 4 + 2)xx""#
      appendHistogram(name, labels, bounds: Metrics.bounds, one.buckets, sum: one.seconds, &text)
    }
  }

  /// One series of a histogram; `buckets` has one more than `bounds`, for what was above all.
  private static func appendHistogram(
    _ name: String, _ labels: String, bounds: [Double], _ buckets: [Int], sum: Double,
    _ text: inout String
  ) {
    let (before, own) = labels.isEmpty ? ("", "") : ("\(labels),", "{\(labels)}")
    var running = 0
    for (bucket, bound) in zip(buckets, bounds.map(\.description) + ["+Inf"]) {
      running += bucket
      text += "\(name)_bucket{\(before)le=\"\(bound)\"} \(running)\n"
    }
    text += "\(name)_sum\(own) \(sum)\n\(name)_count\(own) \(running)\n"
  }
}
