import COpenSSL

/// One step of a schema; there are no steps back.
package struct Migration: Sendable {
  package let name: String
  package let sql: String
  /// SHA-256 (FIPS 180-4) of the SQL, in hexadecimal.
  let checksum: String

  package init(name: String, sql: String) {
    self.name = name
    self.sql = sql
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let isDone = EVP_Digest(sql, sql.utf8.count, &digest, &count, EVP_sha256(), nil) == 1
    precondition(isDone, "OpenSSL has no SHA-256")
    checksum = digest.prefix(Int(count)).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}

/// Brings a schema up to date by ordered steps, each in its own transaction, under one advisory
/// lock.
///
/// Checksums make sure that a step is not changed after it was applied.
///
/// It blocks: for start-up and worker threads.
package struct Migrator {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  package enum State: String, Sendable {
    case applied
    case pending
  }

  /// The lock that lets one migrator run at a time: "tenure" in ASCII.
  private static let advisoryLock = 0x74_65_6e_75_72_65

  private let session: BlockingSession
  private let migrations: [Migration]

  package init(session: BlockingSession, migrations: [Migration]) {
    self.session = session
    self.migrations = migrations
  }

  /// Each step with its state.
  ///
  /// Throws where the database knows a step that this program does not: the schema is newer then.
  package func status() throws -> [(name: String, state: State)] {
    let applied = try applied()
    try check(applied)
    return migrations.map { ($0.name, applied[$0.name] == nil ? .pending : .applied) }
  }

  /// Applies the pending steps; returns their names.
  package func up() throws -> [String] {
    try session.run("SELECT pg_advisory_lock(\(Self.advisoryLock))")
    // The session is used on, and the next one may be waiting. A step that failed has left its
    // transaction open.
    defer {
      _ = try? session.run("ROLLBACK")
      _ = try? session.run("SELECT pg_advisory_unlock(\(Self.advisoryLock))")
    }
    try session.run(
      """
      CREATE TABLE IF NOT EXISTS public.tenure_migrations (
        name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)
      """)
    let applied = try applied()
    try check(applied)
    var names: [String] = []
    for migration in migrations where applied[migration.name] == nil {
      try session.run("BEGIN")
      try session.run("SET LOCAL lock_timeout = '500ms'")
      try session.run(migration.sql)
      try session.run("RESET ROLE")
      try session.run(
        """
        INSERT INTO public.tenure_migrations (name, checksum, applied_at)
        VALUES (\(session.literal(migration.name)), '\(migration.checksum)', now())
        """)
      try session.run("COMMIT")
      names.append(migration.name)
    }
    return names
  }

  private func check(_ applied: [String: String]) throws {
    let known = Set(migrations.map(\.name))
    if let unknown = applied.keys.filter({ !known.contains($0) }).sorted().first {
      throw Failure(
        description: "the database has migration \(unknown), which this version does not know: "
          + "run a version at least as new as the one that migrated it")
    }
    for migration in migrations {
      if let checksum = applied[migration.name], checksum != migration.checksum {
        throw Failure(
          description: "migration \(migration.name) differs from the one that was applied")
      }
    }
  }

  private func applied() throws -> [String: String] {
    let table = try session.run("SELECT to_regclass('public.tenure_migrations')")
    guard table.first != "" else { return [:] }
    let lines = try session.run(
      "SELECT name || ' ' || checksum FROM public.tenure_migrations ORDER BY name")
    return Dictionary(
      uniqueKeysWithValues: lines.compactMap { line in
        let parts = line.split(separator: " ")
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
      })
  }
}
