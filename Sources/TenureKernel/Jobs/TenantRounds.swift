import Foundation
import Logging
import Postgres
import Reactor
package import Tenure
import TenureAPI

/// What is done for every tenant again and again, tenant by tenant: no statement sees two at once.
package final class TenantRounds: @unchecked Sendable {
  private static let tenantsAtOnce = 200
  /// How often somebody who waits looks at the clock.
  private static let stepMax = Duration.seconds(1)

  private let worker: Worker
  private let job: StaticString
  private let pause: Duration
  private let wait: Duration
  private let body: @Sendable (Access) async throws -> Bool
  private let completed: @Sendable () async throws -> Void
  private var isStopping = false

  /// `job` is who does it, in audit entries and the log; `pause` lies between two rounds, and `wait`
  /// before the first: what is costly is nothing that a service begins with; `body` says whether more
  /// is to be done for the same tenant at once; `completed` follows each round.
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

  /// On the loop.
  package func start() {
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

  /// Waits until the next round, by the time of day and not by how long the machine was awake: what is
  /// due after a night of sleep is done in the morning.
  ///
  /// A clock that somebody holds starts no round: whoever holds it asks for the rounds by name.
  private func rest(_ pause: Duration) async {
    let end = ContinuousClock.now + pause
    let next = worker.clock.now.adding(seconds: pause.components.seconds)
    let step = min(pause, Self.stepMax)
    while !isStopping, ContinuousClock.now < end {
      if worker.clock is SystemClock, worker.clock.now >= next { return }
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

  /// In the platform's context, which sees all.
  private static func tenants(after: UUID?, limit: Int) -> SQL {
    """
    SELECT tenant_id FROM tenure.tenants
    WHERE tenant_id > \(after ?? .zero) ORDER BY tenant_id LIMIT \(limit)
    """
  }
}
