import Foundation
import Logging
import Postgres
import Reactor
package import Tenure
import TenureAPI

/// Work that is repeated for every tenant, tenant by tenant, because no statement sees two tenants'
/// rows.
package final class TenantRounds: @unchecked Sendable {
  private static let tenantsAtOnce = 200
  /// How often the clock is read while waiting for the next round.
  private static let stepMax = Duration.seconds(1)

  private let worker: Worker
  private let job: StaticString
  private let pause: Duration
  private let wait: Duration
  private let body: @Sendable (Access) async throws -> Bool
  private let completed: @Sendable () async throws -> Void
  private var isStopping = false

  /// `job` names the work in audit entries and the log.
  ///
  /// `pause` is between rounds. `wait` is before the first one, so that costly work does not run at
  /// every start. `body` returns whether there is more to do for the same tenant now. `completed`
  /// runs after each round.
  package init(
    _ job: StaticString, every pause: Duration, after wait: Duration = .zero, worker: Worker,
    _ body: @escaping @Sendable (Access) async throws -> Bool,
    completed: @escaping @Sendable () async throws -> Void = {}
  ) {
    self.worker = worker
    self.job = job
    self.pause = pause
    self.wait = wait
    self.body = body
    self.completed = completed
  }

  /// Starts the rounds; call it on the loop.
  ///
  /// With a clock that a test holds there are none by themselves: the test runs those that it means.
  package func start() {
    guard worker.clock is SystemClock else { return }
    Task.immediate(executorPreference: worker.loop) { [self] in
      if wait > .zero { await rest(wait) }
      while !isStopping {
        do { try await run() } catch {
          worker.log.warning(
            "a round was not finished", metadata: ["job": "\(job)", "error": "\(error)"])
        }
        await rest(pause)
      }
    }
  }

  /// Waits for the next round, by the time of day as well: after a machine has slept, what is due
  /// is done at once.
  private func rest(_ pause: Duration) async {
    let end = ContinuousClock.now + pause
    let next = worker.clock.now.adding(seconds: pause.components.seconds)
    let step = min(pause, Self.stepMax)
    while !isStopping, ContinuousClock.now < end {
      if worker.clock.now >= next { return }
      await worker.loop.sleep(for: step)
    }
  }

  package func stop() { isStopping = true }

  /// Goes through all tenants once.
  package func run() async throws {
    let caller = SystemCaller(job: "\(job)")
    var after: UUID?
    while true {
      let tenants = try await worker.database.read(
        caller.access(to: .platform), Self.tenants(after: after, limit: Self.tenantsAtOnce)
      ).map { try $0.identifier(0, TenantID.self) }
      for tenant in tenants {
        let access = caller.access(to: tenant)
        repeat { if isStopping { return } } while try await body(access)
      }
      guard tenants.count == Self.tenantsAtOnce else { return try await completed() }
      after = tenants.last?.uuid
    }
  }

  /// Some tenants after one.
  ///
  /// It needs the platform's context, which sees all.
  private static func tenants(after: UUID?, limit: Int) -> SQL {
    """
    SELECT tenant_id FROM tenure.tenants
    WHERE tenant_id > \(after ?? .zero) ORDER BY tenant_id LIMIT \(limit)
    """
  }
}
