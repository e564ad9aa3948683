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
  private static let lock = Lock()
  nonisolated(unsafe) private static var template: String?

  /// `isEmpty` has no schema yet.
  package init(isEmpty: Bool = false) throws {
    let admin = try Self.administrator()
    let template = isEmpty ? "template0" : try Self.migratedTemplate(admin)
    let name = "test_" + UUID().uuidString.replacing("-", with: "").lowercased()
    self.name = name
    url = try Self.url(of: name)
    try Self.lock.withLock { _ = try admin.run("CREATE DATABASE \(name) TEMPLATE \(template)") }
  }

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
  package func drop() throws {
    try Self.administrator().run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
  }

  private static func administrator() throws -> BlockingSession {
    try BlockingSession(
      ConnectionSource(url: try url(of: "postgres"), role: "", applicationName: "test"))
  }

  private static func url(of database: String) throws -> String {
    guard let base = ProcessInfo.processInfo.environment["TENURE_TEST_DATABASE_URL"] else {
      throw Missing()
    }
    return base + " dbname=" + database
  }

  private static func migratedTemplate(_ admin: BlockingSession) throws -> String {
    try lock.withLock {
      if let template { return template }
      let name = "template_" + UUID().uuidString.replacing("-", with: "").lowercased()
      try admin.run("CREATE DATABASE \(name)")
      let source = ConnectionSource(url: try url(of: name), role: "", applicationName: "test")
      _ = try Migrator(source: source, migrations: Schema.migrations).up()
      template = name
      return name
    }
  }
}
