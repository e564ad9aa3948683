/// One step of a schema; there are no steps back.
package struct Migration: Sendable {
  package let name: String
  package let sql: String

  package init(name: String, sql: String) {
    self.name = name
    self.sql = sql
  }
}

/// Brings a schema up to date by ordered steps, each in its own transaction, under one advisory
/// lock.
///
/// Checksums make sure that a step is not changed after it was applied.
///
/// It blocks: for start-up and worker threads.
package struct Migrator: Sendable {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  package enum State: String, Sendable {
    case applied
    case pending
  }

  /// The lock that lets one migrator run at a time: "tenure" in ASCII.
  private static let advisoryLock = 0x74_65_6e_75_72_65

  private let source: ConnectionSource
  private let migrations: [Migration]

  package init(source: ConnectionSource, migrations: [Migration]) {
    self.source = source
    self.migrations = migrations
  }

  /// Each step with its state.
  ///
  /// Throws where the database knows a step that this program does not: the schema is newer then.
  package func status() throws -> [(name: String, state: State)] {
    try withSession { session in
      let applied = try applied(session)
      try check(applied)
      return migrations.map { ($0.name, applied[$0.name] == nil ? .pending : .applied) }
    }
  }

  /// Applies the pending steps; returns their names.
  package func up() throws -> [String] {
    try withSession { session in
      try session.run("SELECT pg_advisory_lock(\(Self.advisoryLock))")
      try session.run(
        """
        CREATE TABLE IF NOT EXISTS public.tenure_migrations (
          name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)
        """)
      let applied = try applied(session)
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
          VALUES (\(session.literal(migration.name)),
            md5(\(session.literal(migration.sql))), now())
          """)
        try session.run("COMMIT")
        names.append(migration.name)
      }
      return names
    }
  }

  private func check(_ applied: [String: String]) throws {
    let known = Set(migrations.map(\.name))
    if let unknown = applied.keys.filter({ !known.contains($0) }).sorted().first {
      throw Failure(
        description: "the database has migration \(unknown), which this version does not know: "
          + "run a version at least as new as the one that migrated it")
    }
    try withSession { session in
      for migration in migrations {
        guard let checksum = applied[migration.name] else { continue }
        let own = try session.run("SELECT md5(\(session.literal(migration.sql)))").first ?? ""
        if own != checksum {
          throw Failure(
            description: "migration \(migration.name) differs from the one that was applied")
        }
      }
    }
  }

  private func applied(_ session: BlockingSession) throws -> [String: String] {
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

  private func withSession<Result>(_ body: (BlockingSession) throws -> Result) throws -> Result {
    let session = try BlockingSession(source)
    return try body(session)
  }
}
