import Foundation
import Logging
import Reactor
import Tenure
import TenureAPI

/// What is done for every tenant again and again, tenant by tenant: no statement sees two at once.
final class TenantRounds: @unchecked Sendable {
  private static let tenantsAtOnce = 200

  private let worker: Worker
  private let job: StaticString
  private let pause: Duration
  private let body: @Sendable (Access) async throws -> Bool
  private let completed: @Sendable () async throws -> Void
  private var isStopping = false

  /// `job` is who does it, in audit entries and the log; `pause` lies between two rounds; `body`
  /// says whether more is to be done for the same tenant at once; `completed` follows each round.
  init(
    _ job: StaticString, every pause: Duration, worker: Worker,
    _ body: @escaping @Sendable (Access) async throws -> Bool,
    completed: @escaping @Sendable () async throws -> Void = {}
  ) {
    self.worker = worker
    self.job = job
    self.pause = pause
    self.body = body
    self.completed = completed
  }

  /// On the loop.
  func start() {
    Task.immediate(executorPreference: worker.loop) { [self] in
      while !isStopping {
        do { try await run() } catch {
          worker.log.warning(
            "a round was not finished", metadata: ["job": "\(job)", "error": "\(error)"])
        }
        await worker.loop.sleep(for: pause)
      }
    }
  }

  func stop() { isStopping = true }

  /// Goes through all tenants once.
  func run() async throws {
    let caller = SystemCaller(job: "\(job)")
    var after: UUID?
    while true {
      let tenants = try await TenantStore.list(
        worker.database, caller.access(to: .platform), after: after, limit: Self.tenantsAtOnce)
      for tenant in tenants {
        let access = caller.access(to: tenant.id)
        repeat { if isStopping { return } } while try await body(access)
      }
      guard tenants.count == Self.tenantsAtOnce else { return try await completed() }
      after = tenants.last?.id.uuid
    }
  }
}
