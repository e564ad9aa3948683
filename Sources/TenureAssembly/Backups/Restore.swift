import Foundation
import JSON
package import Logging
import Postgres
import Tenure
import TenureKernel
import Vault

/// Restores a backup: the data, then the newest keys, then the erasures that the data does not know
/// of.
///
/// The service serves nobody before that is done.
package struct Restore: Sendable {
  private static let keysAtOnce = 1_000

  /// A schema that exists while a restore is under way: after a crash the service refuses to serve
  /// such a database.
  static let marker = "tenure_restoring"

  /// The letters of "restore" in ASCII.
  private static let advisoryLock = 0x72_65_73_74_6F_72_65
  private static let looks = 10
  private static let lookSeconds = 0.2

  /// The configuration, which names the database to restore into; it must be empty.
  private let configuration: Configuration
  private let directory: String

  package init(configuration: Configuration, directory: String) {
    self.configuration = configuration
    self.directory = directory
  }

  /// Checks that the files have the digests of the manifest; returns the manifest's counts.
  @discardableResult
  package func verify() throws -> [(name: String, count: Int)] {
    let path = "\(directory)/\(Backup.manifestFile)"
    guard let data = FileManager.default.contents(atPath: path),
      let manifest = try? JSONValue(parsing: Array(data)),
      case .object(let files) = manifest["files"] ?? .null,
      case .object(let counts) = manifest["counts"] ?? .null
    else { throw ServiceFailure(description: "\(path) is not a manifest") }
    for (name, digest) in files {
      guard try Backup.digest("\(directory)/\(name)") == digest.string else {
        throw ServiceFailure(description: "\(directory)/\(name) is not the file it was")
      }
    }
    return try counts.map { name, value in
      guard let count = value.int else {
        throw ServiceFailure(description: "\(path) has no number for \(name)")
      }
      return (name, count)
    }
  }

  /// Restores the backup; returns how many erasures were repeated.
  ///
  /// `keys` is the path of a newer file of keys than the backup's; nil for the backup's own.
  package func run(keys: String?, log: Logger) async throws -> Int {
    try verify()
    let source = Backup.source(configuration)
    let session = try BlockingSession(source)
    try Self.begin(session)
    try Self.makeRoles(session)
    try PostgresProgram.run(
      "pg_restore",
      [
        "--exit-on-error", "--dbname=\(try source.environment()["PGDATABASE"] ?? "postgres")",
        "\(directory)/\(Backup.dataFile)",
      ], source)
    // The backup may have an older schema than the rest of the restore needs.
    _ = try Bootstrap.migrator(session).up()
    try overlay(keys ?? "\(directory)/\(Backup.keysFile)", session)
    try Self.forgetTransactions(session)
    let service = Service(configuration: configuration, clock: SystemClock(), log: log)
    try await service.maintain(whileRestoring: true) { _ in }
    try session.run("DROP SCHEMA \(Self.marker)")
    return service.repeatedErasures
  }

  /// Marks the database as half restored.
  ///
  /// What an earlier restore has left half done is deleted first; a database without the mark must
  /// be empty.
  private static func begin(_ session: BlockingSession) throws {
    try takeTurn(session)
    let schemas = try session.run(
      "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenure%' ORDER BY 1")
    if schemas.contains(marker) {
      try endOrphans(session)
      try session.run(
        """
        DROP SCHEMA IF EXISTS tenure, tenure_global, \(marker) CASCADE;
        DROP TABLE IF EXISTS public.tenure_migrations
        """)
    } else if !schemas.isEmpty {
      throw ServiceFailure(description: "the database is not empty: restore into a new one")
    }
    try session.run("CREATE SCHEMA \(marker)")
  }

  /// Takes the advisory lock that allows one restore at a time, until the session ends.
  private static func takeTurn(_ session: BlockingSession) throws {
    for _ in 0..<looks {
      if try session.run("SELECT pg_try_advisory_lock(\(advisoryLock))") == ["t"] { return }
      // A restore that was killed holds it until its last statement has ended.
      Thread.sleep(forTimeInterval: lookSeconds)
    }
    throw ServiceFailure(description: "another restore into this database is under way")
  }

  /// Ends the `pg_restore` of a restore that was killed, which goes on without it, and may connect
  /// only now.
  private static func endOrphans(_ session: BlockingSession) throws {
    for _ in 0..<looks {
      try session.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database()
          AND application_name = '\(PostgresProgram.applicationName("pg_restore"))'
        """)
      Thread.sleep(forTimeInterval: lookSeconds)
    }
  }

  /// Whether a restore into the database has begun and not ended.
  static func isUnfinished(_ session: BlockingSession) throws -> Bool {
    try !session.run("SELECT 1 FROM pg_namespace WHERE nspname = '\(marker)'").isEmpty
  }

  /// Makes the roles, which belong to the whole cluster and are not in a dump.
  private static func makeRoles(_ session: BlockingSession) throws {
    for (role, options) in [
      ("tenure_owner", "NOLOGIN"), ("tenure_app", "LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT"),
      ("tenure_router", "NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT"),
      ("tenure_recorder", "NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT"),
    ] where try session.run("SELECT 1 FROM pg_roles WHERE rolname = '\(role)'").isEmpty {
      try session.run("CREATE ROLE \(role) \(options)")
    }
    try session.run("GRANT tenure_router, tenure_recorder TO tenure_owner")
    let database = try session.run("SELECT quote_ident(current_database())")[0]
    try session.run("GRANT CREATE ON DATABASE \(database) TO tenure_owner")
    try session.run("REVOKE TEMPORARY ON DATABASE \(database) FROM PUBLIC")
  }

  /// Replaces the wrapped keys of the dump by those of the file.
  private func overlay(_ path: String, _ session: BlockingSession) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ServiceFailure(description: "\(path) cannot be read")
    }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    try session.run("BEGIN")
    for start in stride(from: 0, to: lines.count, by: Self.keysAtOnce) {
      var rows: [String: [String]] = [:]
      for line in lines[start..<min(start + Self.keysAtOnce, lines.count)] {
        let parts = line.split(separator: " ").map { session.literal(String($0)) }
        guard parts.count == 8 else {
          throw ServiceFailure(description: "\(path) is not a file of keys")
        }
        rows[String(line.prefix { $0 != " " }), default: []].append(
          "(\(parts[1])::uuid, \(parts[2])::uuid, \(parts[3])::bigint, \(parts[4]), "
            + "\(parts[5])::bigint, decode(\(parts[6]), 'hex'), decode(\(parts[7]), 'hex'))")
      }
      for (kind, rows) in rows { try session.run(Self.update(kind, rows.joined(separator: ", "))) }
    }
    try session.run("COMMIT")
  }

  private static func update(_ kind: String, _ values: String) -> String {
    let from =
      "FROM (VALUES \(values)) AS new (tenant, account, version, place, parent, wrapped, proof)"
    return switch kind {
    case "account":
      """
      UPDATE tenure.accounts AS held SET key_version = new.version,
        key_epoch = new.place::bigint, parent_version = new.parent, wrapped_key = new.wrapped,
        key_commitment = new.proof
      \(from)
      WHERE held.tenant_id = new.tenant AND held.account_id = new.account
        AND held.wrapped_key IS NOT NULL AND held.key_version = new.version
      """
    case "audit":
      """
      UPDATE tenure.audit_keys AS held SET key_epoch = new.place::bigint,
        parent_version = new.parent, wrapped = new.wrapped, commitment = new.proof
      \(from)
      WHERE held.tenant_id = new.tenant AND held.account_id = new.account
        AND held.version = new.version
      """
    default:
      """
      -- The data may lack the newest version of a tenant's key, which wraps people's newest keys.
      INSERT INTO tenure.tenant_keys AS held
        (tenant_id, version, root_id, wrapped, commitment, created_at, usable_at)
      SELECT new.tenant, new.version, new.place, new.wrapped, new.proof, now(), now()
      \(from)
      JOIN tenure.tenants AS known ON known.tenant_id = new.tenant
      ON CONFLICT (tenant_id, version) DO UPDATE SET root_id = excluded.root_id,
        wrapped = excluded.wrapped, commitment = excluded.commitment
      """
    }
  }

  /// Resets the transaction ids of the other cluster that are in the data: all that was committed
  /// there must come before all that this cluster commits.
  private static func forgetTransactions(_ session: BlockingSession) throws {
    let most = try session.run(
      """
      SELECT greatest(0, (SELECT max(transaction_number) FROM tenure.audit_entries),
        (SELECT max(transaction_number) FROM tenure.events))
      """)[0]
    try session.run(
      """
      BEGIN;
      CREATE OR REPLACE FUNCTION tenure.transaction_number() RETURNS bigint
        LANGUAGE sql STABLE AS 'SELECT pg_current_xact_id()::text::bigint + \(most)';
      CREATE OR REPLACE FUNCTION tenure.first_open_transaction() RETURNS bigint
        LANGUAGE sql STABLE AS
        'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + \(most)';
      COMMIT
      """)
  }
}
