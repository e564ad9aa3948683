import Foundation
import Postgres
import Reactor
import TenureTesting
import Testing

/// A database and a loop that speaks to it, for one test.
private struct Fixture: Sendable {
  let test: TestDatabase
  let loop: EventLoop
  let database: Database

  static func with<Result: Sendable>(
    limits: Database.Limits = .init(), _ body: @Sendable @escaping (Fixture) async throws -> Result
  ) async throws -> Result {
    let test = try TestDatabase()
    try test.administrator().run(
      """
      CREATE TABLE public.items (id bigint PRIMARY KEY, name text CONSTRAINT items_name_is_short
        CHECK (length(name) < 10));
      GRANT USAGE ON SCHEMA public TO tenure_app; GRANT ALL ON public.items TO tenure_app
      """)
    let loop = EventLoop(name: "test")
    loop.start()
    let database = Database(
      source: test.source, loop: loop, workers: WorkerPool(threads: 2), limits: limits)
    let fixture = Fixture(test: test, loop: loop, database: database)
    let result = try await loop.run {
      database.start()
      return try await body(fixture)
    }
    try await loop.run { database.close() }
    loop.stop()
    try test.drop()
    return result
  }
}

@Suite struct DatabaseTests {
  @Test func `values of every type come back as they were bound`() async throws {
    try await Fixture.with { fixture in
      let id = UUID()
      let rows = try await fixture.database.run([
        """
        SELECT \(id), \("it's"), \(42), \(true), \(Bytes([0, 255])), \(nullable: String?.none),
          \(SQLTimestamp(microseconds: 1_700_000_000_123_456)), \(["a", "ü"]), \("")
        """
      ])
      let row = try #require(rows[0].first)
      #expect(try row.uuid(0) == id)
      #expect(try row.string(1) == "it's")
      #expect(try row.int(2) == 42)
      #expect(try row.bool(3))
      #expect(try row.bytes(4) == [0, 255])
      #expect(try row.optionalString(5) == nil)
      #expect(try row.timestamp(6).microseconds == 1_700_000_000_123_456)
      #expect(try row.strings(7) == ["a", "ü"])
      #expect(try row.string(8) == "")
      #expect(throws: PostgresError.self) { try row.int(1) }
    }
  }

  @Test func `a value is never part of the statement`() async throws {
    try await Fixture.with { fixture in
      let hostile = "'); DROP TABLE public.items; --"
      let rows = try await fixture.database.run(["SELECT \(hostile)"])
      #expect(try rows[0].first?.string(0) == hostile)
      _ = try await fixture.database.run(["SELECT count(*) FROM public.items"])
    }
  }

  @Test func `a failed statement spoils its own segment and no other`() async throws {
    try await Fixture.with { fixture in
      let database = fixture.database
      async let first = database.run(
        ["INSERT INTO public.items VALUES (\(1), \("one"))"], commits: true)
      async let second = database.run(
        [
          "INSERT INTO public.items VALUES (\(2), \("two"))",
          "INSERT INTO public.items VALUES (\(3), \("much too long"))",
        ], commits: true)
      async let third = database.run(
        ["INSERT INTO public.items VALUES (\(4), \("four"))"], commits: true)
      _ = try await first
      do {
        _ = try await second
        Issue.record("the constraint did not hold")
      } catch let error as PostgresError {
        #expect(error.constraint == "items_name_is_short" && error.sqlState == "23514")
      }
      _ = try await third
      let rows = try await database.run(["SELECT id FROM public.items ORDER BY id"])
      #expect(try rows[0].map { try $0.int(0) } == [1, 4])
    }
  }

  @Test func `a statement is prepared once, and others have names of their own`() async throws {
    try await Fixture.with { fixture in
      let counted: SQL = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%mark%'"
      try await fixture.database.transaction(turn: .test, prelude: []) { transaction in
        for number in 1...3 {
          for fragment: StaticString in [
            "1 AS mark_of_a_longer_name", "2 AS mark_of_a_longer_name",
          ] {
            _ = try await transaction.run("SELECT \(text: fragment) WHERE 0 < \(number)")
          }
        }
        // Each once, though it was run three times; and the one that counts.
        #expect(try await transaction.run(counted).first?.int(0) == 3)
        // The same text with a value of another type is another statement.
        _ = try await transaction.run(
          "SELECT \(text: "1 AS mark_of_a_longer_name") WHERE '' < \("x")")
        #expect(try await transaction.run(counted).first?.int(0) == 4)
        // What is composed at run time is not kept.
        var composed: SQL = "SELECT 3 AS mark_of_a_longer_name"
        composed.append(" WHERE 0 < \(1)")
        #expect(try await transaction.run(composed).count == 1)
        #expect(try await transaction.run(counted).first?.int(0) == 4)
      }
    }
  }

  @Test func `a transaction that throws leaves nothing, one that returns stays`() async throws {
    struct Stop: Error {}
    try await Fixture.with { fixture in
      let database = fixture.database
      await #expect(throws: Stop.self) {
        try await database.transaction(turn: .test, prelude: []) { transaction in
          try await transaction.run("INSERT INTO public.items VALUES (\(1), \("one"))")
          throw Stop()
        }
      }
      try await database.transaction(turn: .test, prelude: []) { transaction in
        try await transaction.run("INSERT INTO public.items VALUES (\(2), \("two"))")
        await #expect(throws: PostgresError.self) {
          try await transaction.attempt(["INSERT INTO public.items VALUES (\(2), \("two"))"])
        }
        try await transaction.run("INSERT INTO public.items VALUES (\(3), \("three"))")
      }
      try await database.transaction(turn: .test, prelude: [], keep: false) { transaction in
        _ = try await transaction.run("INSERT INTO public.items VALUES (\(4), \("four"))")
      }
      let rows = try await database.run(["SELECT id FROM public.items ORDER BY id"])
      #expect(try rows[0].map { try $0.int(0) } == [2, 3])
    }
  }

  @Test func `a lost connection is found again, and a lost commit is unknown`() async throws {
    try await Fixture.with { fixture in
      let database = fixture.database
      _ = try await database.run(["SELECT 1::bigint"])
      let admin = try fixture.test.administrator()
      let kill = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """
      async let slow = database.run(["SELECT pg_sleep(5)"], commits: true)
      await fixture.loop.sleep(for: .milliseconds(50))
      try admin.run(kill)
      do {
        _ = try await slow
        Issue.record("the connection was not lost")
      } catch let error as PostgresError {
        #expect(error.kind == .commitUnknown || error.sqlState == "57P01")
      }
      while !database.isConnected { await fixture.loop.sleep(for: .milliseconds(50)) }
      _ = try await database.run(["SELECT 1::bigint"])
    }
  }

  @Test func `of several hosts the one that takes writes is found, also after a failover`()
    async throws
  {
    let (first, second) = (try TestCluster(), try TestCluster())
    try await first.start()
    try await second.start()
    let url =
      "host=\(first.socketFolder),\(second.socketFolder) user=postgres dbname=postgres"
      + " target_session_attrs=read-write"
    let loop = EventLoop(name: "test")
    loop.start()
    let database = Database(
      source: ConnectionSource(url: url, role: "", applicationName: "test"), loop: loop,
      workers: WorkerPool(threads: 2))
    @Sendable func home() async throws -> String {
      for _ in 0..<200 {
        if let rows = try? await database.run(["SELECT current_setting('unix_socket_directories')"])
        {
          return try rows[0].first?.string(0) ?? ""
        }
        await loop.sleep(for: .milliseconds(50))
      }
      return "nowhere"
    }
    let homes = try await loop.run {
      database.start()
      var homes = [try await home()]
      first.kill()
      homes.append(try await home())
      // It comes back, but takes no writes: the first of the list is not the one to use.
      try await first.start(options: "-c default_transaction_read_only=on")
      second.kill()
      try await second.start()
      homes.append(try await home())
      return homes
    }
    #expect(homes == [first.socketFolder, second.socketFolder, second.socketFolder])
    try await loop.run { database.close() }
    loop.stop()
    first.remove()
    second.remove()
  }

  @Test func `a slow statement is stopped by its time-out`() async throws {
    var limits = Database.Limits()
    limits.sharedStatementMilliseconds = 100
    try await Fixture.with(limits: limits) { fixture in
      do {
        _ = try await fixture.database.run(["SELECT pg_sleep(5)"])
        Issue.record("nothing stopped it")
      } catch let error as PostgresError {
        #expect(error.isTimeout)
      }
    }
  }

  @Test func `cancelling the task cancels the statement on the server`() async throws {
    try await Fixture.with { fixture in
      let database = fixture.database
      let started = ContinuousClock.now
      let task = Task(executorPreference: fixture.loop) {
        try await database.transaction(turn: .test, prelude: []) {
          try await $0.run("SELECT pg_sleep(20)").count
        }
      }
      let running = """
        SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%'
          AND datname = current_database() AND pid <> pg_backend_pid()
        """
      let admin = try fixture.test.administrator()
      while try admin.run(running) != ["1"] {
        await fixture.loop.sleep(for: .milliseconds(20))
      }
      task.cancel()
      await #expect(throws: PostgresError.self) { try await task.value }
      #expect(ContinuousClock.now - started < .seconds(10))
    }
  }

  @Test func `more than the leased lane holds wait their turn`() async throws {
    var limits = Database.Limits()
    limits.leasedConnectionsMax = 2
    try await Fixture.with(limits: limits) { fixture in
      let database = fixture.database
      let total = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<20 {
          group.addTask {
            try await database.loop.run {
              try await database.transaction(turn: .test, prelude: []) { transaction in
                try await transaction.run("SELECT \(index)").first?.int(0) ?? -1
              }
            }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(total == 190)
    }
  }

  @Test func `who waits alone is not held up by somebody's many`() async throws {
    var limits = Database.Limits()
    limits.leasedConnectionsMax = 1
    try await Fixture.with(limits: limits) { fixture in
      let database = fixture.database
      nonisolated(unsafe) var done: [UUID] = []
      let (busy, alone) = (UUID(), UUID())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for party in Array(repeating: busy, count: 10) + [alone] {
          group.addTask(executorPreference: fixture.loop) {
            try await database.transaction(turn: LeaseTurn(party: party, isPatient: true)) {
              _ = try await $0.run("SELECT pg_sleep(0.02)")
            }
            done.append(party)
          }
        }
        try await group.waitForAll()
      }
      let place = done.firstIndex(of: alone) ?? 11
      #expect(done.count == 11 && place <= 2, "\(place)")
    }
  }

  @Test func `one party does not have all connections`() async throws {
    var limits = Database.Limits()
    limits.leasedConnectionsMax = 2
    limits.queueSeconds = 0.2
    try await Fixture.with(limits: limits) { fixture in
      let database = fixture.database
      let (slow, quick) = (UUID(), UUID())
      let kinds = await withTaskGroup(of: (UUID, PostgresError.Kind?).self) { group in
        for party in [slow, slow, quick] {
          group.addTask(executorPreference: fixture.loop) {
            do {
              try await database.transaction(
                turn: LeaseTurn(party: party, isPatient: party == slow)
              ) {
                _ = try await $0.run("SELECT pg_sleep(\(text: party == slow ? "0.5" : "0"))")
              }
              return (party, nil)
            } catch { return (party, (error as? PostgresError)?.kind) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(kinds.allSatisfy { $0.1 == nil }, "\(kinds)")
      #expect(kinds.first?.0 == quick, "the others wait for each other")
    }
  }

  @Test func `who would wait too long is told so, and who is patient is not`() async throws {
    var limits = Database.Limits()
    limits.leasedConnectionsMax = 1
    limits.queueSeconds = 0.2
    try await Fixture.with(limits: limits) { fixture in
      let database = fixture.database
      let kinds = await withTaskGroup(of: (Bool, PostgresError.Kind?).self) { group in
        for isPatient in [true, false, true] {
          group.addTask(executorPreference: fixture.loop) {
            do {
              try await database.transaction(turn: LeaseTurn(party: UUID(), isPatient: isPatient)) {
                _ = try await $0.run("SELECT pg_sleep(0.6)")
              }
              return (isPatient, nil)
            } catch { return (isPatient, (error as? PostgresError)?.kind) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(kinds.filter { $0.0 }.allSatisfy { $0.1 == nil }, "\(kinds)")
      #expect(kinds.first { !$0.0 }?.1 == .overloaded)
    }
  }

  @Test func `beyond what may wait the caller is told so`() async throws {
    var limits = Database.Limits()
    limits.leasedConnectionsMax = 1
    limits.waitersPerPartyMax = 2
    try await Fixture.with(limits: limits) { fixture in
      let database = fixture.database
      let kinds = await withTaskGroup(of: PostgresError.Kind?.self) { group in
        for _ in 0..<6 {
          group.addTask(executorPreference: fixture.loop) {
            do {
              try await database.transaction(turn: .test, prelude: [], keep: true) { transaction in
                _ = try await transaction.run("SELECT pg_sleep(0.2)")
              }
              return nil
            } catch { return (error as? PostgresError)?.kind }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(kinds.count { $0 == nil } == 3 && kinds.count { $0 == .overloaded } == 3)
      // The shared lane is bounded as well: nothing grows without limit.
      let segments = await withTaskGroup(of: PostgresError.Kind?.self) { group in
        for _ in 0..<1_100 {
          group.addTask(executorPreference: fixture.loop) {
            do {
              _ = try await database.run(["SELECT 1::bigint"])
              return nil
            } catch { return (error as? PostgresError)?.kind }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(segments.allSatisfy { $0 == nil || $0 == .overloaded })
      #expect(segments.contains(.overloaded) && segments.contains(nil))
      _ = try await database.run(["SELECT 1::bigint"])
    }
  }

  @Test func `notifications are heard, also after the listener was lost`() async throws {
    try await Fixture.with { fixture in
      let admin = try fixture.test.administrator()
      nonisolated(unsafe) var heard: [String] = []
      nonisolated(unsafe) var states: [Bool] = []
      let notifications = Notifications(
        source: fixture.test.source, channels: ["test_channel"], loop: fixture.loop,
        workers: WorkerPool(threads: 1), changed: { states.append($0) },
        received: { heard.append("\($0):\($1)") })
      notifications.start()
      func wait(_ condition: () -> Bool) async {
        while !condition() { await fixture.loop.sleep(for: .milliseconds(20)) }
      }
      await wait { states == [true] }
      try admin.run("NOTIFY test_channel, 'one'")
      await wait { heard.count == 1 }
      try admin.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """)
      await wait { states.count == 3 }
      try admin.run("NOTIFY test_channel, 'two'")
      await wait { heard.count == 2 }
      #expect(heard == ["test_channel:one", "test_channel:two"])
      #expect(states == [true, false, true])
      notifications.close()
    }
  }
}

@Suite struct MigratorTests {
  private func migrator(_ test: TestDatabase, _ migrations: [Migration]) throws -> Migrator {
    Migrator(session: try test.administrator(), migrations: migrations)
  }

  @Test func `steps are applied once, in order, and a changed one is refused`() throws {
    let test = try TestDatabase()
    defer { try? test.drop() }
    try test.administrator().run("DROP TABLE public.tenure_migrations")
    let one = Migration(name: "M1", sql: "CREATE TABLE public.one (id bigint)")
    let two = Migration(name: "M2", sql: "ALTER TABLE public.one ADD COLUMN name text")
    #expect(try migrator(test, [one]).up() == ["M1"])
    #expect(try migrator(test, [one, two]).status().map(\.state) == [.applied, .pending])
    #expect(try migrator(test, [one, two]).up() == ["M2"])
    #expect(try migrator(test, [one, two]).up() == [])
    let changed = Migration(name: "M1", sql: "CREATE TABLE public.other (id bigint)")
    #expect(throws: Migrator.Failure.self) { try migrator(test, [changed, two]).up() }
    #expect(throws: Migrator.Failure.self, "the schema is newer") { try migrator(test, [one]).up() }
  }

  @Test func `a failing step leaves nothing behind`() throws {
    let test = try TestDatabase()
    defer { try? test.drop() }
    try test.administrator().run("DROP TABLE public.tenure_migrations")
    let broken = Migration(name: "M1", sql: "CREATE TABLE public.one (id bigint); SELECT 1 / 0")
    #expect(throws: PostgresError.self) { try migrator(test, [broken]).up() }
    #expect(try test.administrator().run("SELECT to_regclass('public.one')") == [""])
  }
}

extension LeaseTurn {
  /// Where it does not matter whose turn it is.
  fileprivate static let test = LeaseTurn(party: UUID(), isPatient: true)
}
