import Foundation
package import Postgres
import Reactor
import TenureSchema

/// A database of a test's own, cloned from a template that is migrated once.
package final class TestDatabase: Sendable {
  package struct Missing: Error, CustomStringConvertible {
    package let description = "TENURE_TEST_DATABASE_URL is not set: run the tests with Deploy/test"
  }

  package let url: String
  private let name: String

  /// `isEmpty` has no schema yet.
  package init(isEmpty: Bool = false) throws {
    name = try isEmpty ? Self.make(of: "template0", try Self.administrator()) : Self.stock.take()
    url = try Self.url(of: name)
  }

  fileprivate static func make(of template: String, _ admin: BlockingSession) throws -> String {
    let name = "test_" + UUID().uuidString.replacing("-", with: "").lowercased()
    try admin.run("CREATE DATABASE \(name) TEMPLATE \(template)")
    return name
  }

  /// Databases that are made ahead, by a thread of its own: two threads run all tests, and would wait.
  private static let stock = Stock()

  /// A session as the cluster's administrator in this database: bound by nothing.
  ///
  /// It waits for what the service has in hand at this moment, however busy the machine.
  package func administrator() throws -> BlockingSession {
    let session = try BlockingSession(
      ConnectionSource(url: url, role: "", applicationName: "test"))
    try session.run("SET lock_timeout = '20s'")
    return session
  }

  /// Its connection string for a service: the login that it serves by, and that owns nothing.
  package var serviceURL: String { url + " user=tenure_app" }

  /// A source of sessions as the application.
  package var source: ConnectionSource {
    ConnectionSource(url: url, role: "tenure_app", applicationName: "test")
  }

  /// Throws away the database and whoever is still connected.
  package func drop() throws { Self.stock.drop(name) }

  fileprivate static func administrator() throws -> BlockingSession {
    try BlockingSession(
      ConnectionSource(url: try url(of: "postgres"), role: "", applicationName: "test"))
  }

  private static func url(of database: String) throws -> String {
    guard let base = ProcessInfo.processInfo.environment["TENURE_TEST_DATABASE_URL"] else {
      throw Missing()
    }
    return base + " dbname=" + database
  }

  fileprivate static func migratedTemplate(_ admin: BlockingSession) throws -> String {
    let name = "template_" + UUID().uuidString.replacing("-", with: "").lowercased()
    try admin.run("CREATE DATABASE \(name)")
    let source = ConnectionSource(url: try url(of: name), role: "", applicationName: "test")
    _ = try Migrator(session: try BlockingSession(source), migrations: Schema.migrations).up()
    return name
  }
}

/// Makes databases ahead of the tests that need them, and drops them behind.
private final class Stock: @unchecked Sendable {
  private static let ahead = 4
  private let condition = NSCondition()
  private var ready: [String] = []
  private var dropped: [String] = []
  private var failure: (any Error)?

  init() {
    let thread = Thread { [unowned self] in
      do { try work() } catch {
        condition.withLock {
          failure = error; condition.broadcast()
        }
      }
    }
    thread.start()
  }

  func take() throws -> String {
    try condition.withLock {
      while ready.isEmpty {
        if let failure { throw failure }
        condition.wait()
      }
      condition.broadcast()
      return ready.removeFirst()
    }
  }

  func drop(_ name: String) {
    condition.withLock {
      dropped.append(name)
      condition.broadcast()
    }
  }

  private func work() throws {
    let admin = try TestDatabase.administrator()
    let template = try TestDatabase.migratedTemplate(admin)
    while true {
      let name: String? = condition.withLock {
        while ready.count >= Self.ahead && dropped.isEmpty { condition.wait() }
        return ready.count < Self.ahead ? nil : dropped.removeFirst()
      }
      if let name {
        try admin.run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
      } else {
        let made = try TestDatabase.make(of: template, admin)
        condition.withLock {
          ready.append(made)
          condition.broadcast()
        }
      }
    }
  }
}
