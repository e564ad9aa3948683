import Foundation
import Logging
import Postgres
import Reactor
import Tenure
package import TenureKernel

/// Delivers events to their endpoints: at least once, with the same id each time.
///
/// What is taken is leased: a process that dies leaves it to the next. Each endpoint is worked on by
/// itself, so that a slow one delays nobody else.
package final class WebhookDelivery: @unchecked Sendable {
  private static let leaseSeconds = 60
  /// How many deliveries of one endpoint are taken at a time, and of how many endpoints.
  private static let perEndpoint = 256
  private static let endpointsMax = 256
  private static let pollDelay = Duration.milliseconds(100)

  private let worker: Worker
  private var batches: [WebhookEndpointID: WebhookBatch] = [:]
  private var isStopping = false

  package init(worker: Worker) { self.worker = worker }

  package var isIdle: Bool { batches.isEmpty }

  /// On the loop.
  package func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        let taken = await takeSome()
        if taken == 0 { await worker.loop.sleep(for: Self.pollDelay) }
      }
    }
  }

  /// Lets what is on its way arrive, and starts nothing new.
  package func stop() {
    isStopping = true
    for batch in batches.values { batch.stop() }
  }

  private func takeSome() async -> Int {
    let room = Self.endpointsMax - batches.count
    if room <= 0 || isStopping { return 0 }
    do {
      let rows = try await worker.database.run(
        [
          // A lease that a crash forgets is taken once more.
          .unflushed,
          WebhookDeliveryStore.take(
            at: worker.clock.now, leaseSeconds: Self.leaseSeconds,
            perEndpoint: Self.perEndpoint, endpoints: room),
        ], commits: true)
      let taken = try rows[1].map(WebhookDeliveryStore.taken)
      for (endpoint, deliveries) in Dictionary(grouping: taken, by: \.endpoint) {
        let batch = WebhookBatch(worker: worker, endpoint: endpoint, deliveries)
        batches[endpoint] = batch
        Task.immediate(executorPreference: worker.loop) { [self] in
          await batch.run()
          batches[endpoint] = nil
          // More is likely to wait behind a full batch.
          if deliveries.count == Self.perEndpoint { _ = await takeSome() }
        }
      }
      return taken.count
    } catch {
      worker.log.warning("deliveries could not be taken", metadata: ["error": "\(error)"])
      return 0
    }
  }
}
