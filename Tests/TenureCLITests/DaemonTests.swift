import Foundation
import JSON
import Postgres
import TenureTesting
import Testing

/// One after the other: kills must come while the service works, not while it waits for its turn.
@Suite(.serialized, .onOwnThreads) struct DaemonTests {
  @Test func `a wrong or missing root key refuses to start, saying why`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    #expect(daemon.stop() == 0)
    let other = daemon.folder + "/other.key"
    try String(repeating: "2b", count: 32).write(toFile: other, atomically: true, encoding: .utf8)
    let wrong = try daemon.run("tenured", ["serve"], environment: ["TENURE_ROOT_KEY_FILE": other])
    #expect(
      wrong.status == 1 && wrong.errors.contains("is not the one this database was sealed with"))
    try "short".write(toFile: other, atomically: true, encoding: .utf8)
    let short = try daemon.run("tenured", ["serve"], environment: ["TENURE_ROOT_KEY_FILE": other])
    #expect(short.status == 1 && short.errors.contains("must be 32 bytes"))
    try daemon.cleanUp()
  }

  @Test func `every problem of a configuration is reported together, and no secret`() throws {
    let daemon = try Daemon()
    defer { try? daemon.cleanUp() }
    let result = try daemon.run(
      "tenured", ["check-config", "--set", "listen=0.0.0.0:8080", "--set", "loops=x"],
      environment: ["TENURE_TYPO": "1"])
    #expect(result.status != 0)
    for text in [
      "beyond loopback a TLS certificate is required", "loops: a whole number",
      "unknown setting TENURE_TYPO",
    ] {
      #expect(result.errors.contains(text), "\(result.errors)")
    }
    let good = try daemon.run("tenured", ["check-config"])
    #expect(good.status == 0 && good.output.contains(#"root_key = "•••"  # TENURE_ROOT_KEY_FILE"#))
    #expect(!good.output.contains("2a2a") && !good.output.contains(daemon.database.url))
  }

  @Test(
    arguments: [
      ("listen", "[::1]:8080", nil), ("listen", "127.0.0.1:0", nil),
      ("listen", "[fe80::1%lo]:8080", nil),
      ("listen", "[::ffff:127.0.0.1]:80", nil), ("listen", "::1:8080", "in brackets"),
      ("listen", "[[::1]]:80", "a numeric address"),
      ("listen", "127.0.0.1:+80", "a port is expected"),
      ("listen", "127.0.0.1:080", "a port is expected"),
      ("listen", "127.0.0.1", "a port is expected"),
      ("listen", "[127.0.0.1]:80", "a numeric address"), ("listen", "[::1]", "a port is expected"),
      ("listen", "[::1]80", "a port is expected"),
      ("listen", "127.0.0.1:65536", "a port is expected"),
      ("metrics_listen", "localhost:1", "a numeric address"), ("listen", "[::1:80", "in brackets"),
      ("resolvers", "[::1],[fe80::1%eth0],[fe80::1%eth0]:53,fe80::1%eth0,::1,192.0.2.1:5353", nil),
      ("resolvers", "::1, [::1", "'[::1'"), ("resolvers", "192.0.2.1,dns.test", "'dns.test'"),
      ("resolvers", "192.0.2.1:0", "a port is expected"),
      ("resolvers", "[192.0.2.1]", "a numeric address"),
    ] as [(String, String, String?)])
  func `an address in a setting is numeric, and IPv6 with a port in brackets`(
    name: String, value: String, words: String?
  ) throws {
    let daemon = try Daemon()
    defer { try? daemon.cleanUp() }
    let checked = try daemon.run(
      "tenured",
      ["check-config"]
        + ["\(name)=\(value)", "tls_certificate=x", "tls_key=x"].flatMap { ["--set", $0] })
    #expect((checked.status == 0) == (words == nil), "\(checked.errors)")
    #expect(
      words.map { checked.errors.contains("\(name): ") && checked.errors.contains($0) } != false)
  }

  /// Every acknowledged write is there exactly once, whatever was killed when.
  @Test func `acknowledged writes survive kills of the service`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let rounds = Int(ProcessInfo.processInfo.environment["TENURE_CRASH_ROUNDS"] ?? "") ?? 4
    var acknowledged: [String] = []
    for round in 0..<rounds {
      let writer = Task.detached {
        var names: [String] = []
        for index in 0..<2_000 {
          let name = "k\(round)-\(index)"
          let answer = try? await Self.create(daemon, name)
          guard let answer else { break }
          if answer.status == 201 { names.append(answer.id) }
        }
        return names
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 800...1_600)))
      daemon.kill()
      acknowledged += await writer.value
      try await daemon.start()
    }
    #expect(acknowledged.count > rounds)
    let admin = try daemon.database.administrator()
    let names = try admin.run(Self.createdAccounts)
    #expect(Set(names).count == names.count)
    let missing = Set(acknowledged).subtracting(names)
    #expect(missing.isEmpty, "acknowledged and lost: \(missing)")
    let entries = try admin.run(
      """
      SELECT count(*) FROM tenure.accounts a WHERE 1 <> (
        SELECT count(*) FROM tenure.audit_entries e
        WHERE e.subject_id = a.account_id AND e.action = 'account.created')
      """)
    #expect(entries == ["0"], "each account has exactly one entry of its creation")
    try daemon.cleanUp()
  }

  /// The same for kills of PostgreSQL, while the service goes on: it finds its way back, and what it
  /// could not know it did not acknowledge.
  @Test func `acknowledged writes survive kills of PostgreSQL`() async throws {
    let cluster = try TestCluster()
    try await cluster.start()
    let daemon = try Daemon(cluster: cluster)
    try await daemon.start()
    let rounds = Int(ProcessInfo.processInfo.environment["TENURE_CRASH_ROUNDS"] ?? "") ?? 2
    var (acknowledged, others): ([String], Set<Int>) = ([], [])
    for round in 0..<rounds {
      let writer = Task.detached {
        var answers: [(id: String, status: Int)] = []
        for index in 0..<100_000 {
          if Task.isCancelled { break }
          let name = "p\(round)-\(index)"
          answers.append((try? await Self.create(daemon, name)) ?? ("", 0))
        }
        return answers
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 300...800)))
      cluster.kill()
      try await cluster.start()
      // It must go on by itself: nobody starts the service again.
      #expect(try await eventually { try daemon.run("tenured", ["healthcheck"]).status == 0 })
      try await Task.sleep(for: .milliseconds(300))
      writer.cancel()
      let answers = await writer.value
      acknowledged += answers.filter { $0.status == 201 }.map(\.id)
      others.formUnion(answers.map(\.status).filter { $0 != 201 })
      #expect(answers.last?.status == 201, "the service goes on after PostgreSQL has come back")
    }
    #expect(others.isSubset(of: [503]), "\(others)")
    let admin = try cluster.administrator()
    let names = try admin.run(Self.createdAccounts)
    #expect(Set(names).count == names.count && acknowledged.count > rounds)
    let missing = Set(acknowledged).subtracting(names)
    #expect(missing.isEmpty, "acknowledged and lost: \(missing)")
    try daemon.cleanUp()
    cluster.remove()
  }

  @Test func `an import goes on after a kill, and does nothing twice`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let rows = (0..<40_000).map { #"{"addresses":[{"address":"i\#($0)@x.test"}]}"# }
    #expect(
      try await RawHTTP.post(
        port: daemon.port, path: "/v1/imports", key: daemon.operatorKey,
        body: rows.joined(separator: "\n"), contentType: "application/x-ndjson") == 202)
    let admin = try daemon.database.administrator()
    try await eventually { try admin.run("SELECT done > 0 FROM tenure.operations") == ["t"] }
    daemon.kill()
    let half = try admin.run("SELECT done FROM tenure.operations WHERE state = 'running'")
    try await daemon.start()
    // The dead process's lease has to run out first.
    try await eventually(within: 120) {
      try admin.run("SELECT state FROM tenure.operations") != ["running"]
    }
    let end = try admin.run("SELECT state || done || failed FROM tenure.operations")
    #expect(end == ["succeeded400000"])
    #expect(try admin.run("SELECT count(*) FROM tenure.accounts") == ["40000"])
    #expect(
      try admin.run("SELECT count(*) FROM tenure.audit_entries WHERE action = 'account.created'")
        == ["40000"])
    #expect(half.count == 1, "the kill came before the end")
    try daemon.cleanUp()
  }

  private static func create(
    _ daemon: Daemon, _ name: String
  ) async throws -> (id: String, status: Int) {
    let answer = try await RawHTTP.send(
      port: daemon.port, path: "/v1/accounts", key: daemon.operatorKey,
      body: #"{"addresses":[{"address":"a@\#(name).test"}]}"#)
    return (answer.json["id"]?.string ?? "", answer.status)
  }

  /// The accounts that are there with an address and an entry of their creation.
  private static let createdAccounts = """
    SELECT entry.object FROM tenure.audit_entries AS entry
    JOIN tenure.accounts AS account ON account.account_id = entry.subject_id
    JOIN tenure_global.addresses AS address ON address.account_id = account.account_id
    WHERE entry.action = 'account.created'
    """

  /// What a person confided is found nowhere in the clear: not in tables, not in the log of writes,
  /// not in a dump, not in what the service logged.
  @Test func `planted canaries are found nowhere`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let mark = "canary" + UUID().uuidString.replacing("-", with: "").lowercased()
    let body = """
      {"external_id":"\(mark)1","display_name":"\(mark)2","locale":"en","attributes":{"\(mark)3":"\(mark)4"},
       "addresses":[{"address":"\(mark)5@x.test"}]}
      """
    #expect(
      try await RawHTTP.post(
        port: daemon.port, path: "/v1/accounts", key: daemon.operatorKey, body: body) == 201)
    #expect(
      try daemon.tenure(
        "account", "import", "-",
        input: body.replacing("\n", with: " ").replacing(mark, with: mark + "i")
      ).status == 0)
    #expect(try daemon.tenure("account", "lookup", "\(mark)5@x.test").status == 0)
    #expect(try daemon.tenure("account", "lookup", "\(mark)@nobody.test").status == 3)
    #expect(try daemon.tenure("account", "create", "--address", "\(mark)5@x.test").status == 5)
    #expect(daemon.stop() == 0)
    let admin = try daemon.database.administrator()
    try admin.run("CHECKPOINT")
    let data = try admin.run("SHOW data_directory")[0]
    let search = try daemon.run(URL(fileURLWithPath: "/usr/bin/grep"), ["-rlas", mark, data])
    // Its status would also tell of files that other tests' databases take away meanwhile.
    #expect(search.output.isEmpty, "found in \(search.output)")
    let dump = try daemon.run(
      URL(fileURLWithPath: "/usr/bin/env"), ["pg_dump", "-d", daemon.database.url])
    #expect(dump.status == 0 && dump.output.contains("CREATE TABLE") && !dump.output.contains(mark))
    #expect(!daemon.log.contains(mark) && !daemon.log.contains(daemon.operatorKey))
    // The search itself works: what is planted in the clear is found.
    try admin.run(
      "CREATE TABLE public.control (t text); INSERT INTO public.control VALUES ('\(mark)')")
    try admin.run("CHECKPOINT")
    #expect(
      try daemon.run(URL(fileURLWithPath: "/usr/bin/grep"), ["-rlas", mark, data]).output.isEmpty
        == false)
    try daemon.cleanUp()
  }

  @Test func `a new certificate is taken up without a restart`() async throws {
    let daemon = try Daemon()
    func openssl(_ arguments: String...) throws -> String {
      let result = try daemon.run(URL(fileURLWithPath: "/usr/bin/openssl"), arguments)
      return result.output + result.errors
    }
    func makeCertificate(_ name: String) throws {
      _ = try openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2", "-subj", "/CN=\(name)", "-keyout", daemon.folder + "/key", "-out",
        daemon.folder + "/certificate")
    }
    func served() throws -> String {
      try openssl("s_client", "-connect", "127.0.0.1:\(daemon.port)", "-brief")
    }
    try makeCertificate("one.test")
    try await daemon.start(
      environment: [
        "TENURE_TLS_CERTIFICATE": daemon.folder + "/certificate",
        "TENURE_TLS_KEY": daemon.folder + "/key",
      ], isReady: { try served().contains("CONNECTION ESTABLISHED") })
    #expect(try served().contains("CN = one.test"))
    try makeCertificate("two.test")
    daemon.signal(SIGHUP)
    #expect(try await eventually { try served().contains("CN = two.test") })
    // A broken one is refused, and the last good one stays.
    try "nonsense".write(
      toFile: daemon.folder + "/certificate", atomically: true, encoding: .utf8)
    daemon.signal(SIGHUP)
    #expect(try await eventually { daemon.log.contains("the certificates stay as they were") })
    #expect(try served().contains("CN = two.test"))
    #expect(daemon.stop() == 0)
    try daemon.cleanUp()
  }

  @Test func `what it measured is told in Prometheus' format`() async throws {
    let daemon = try Daemon()
    let listen = "127.0.0.1:\(daemon.port + 10_000)"
    try await daemon.start(environment: ["TENURE_METRICS_LISTEN": listen])
    #expect(try daemon.tenure("auth", "whoami").status == 0)
    let told = try daemon.run(
      URL(fileURLWithPath: "/usr/bin/curl"), ["-sf", "http://\(listen)/metrics"])
    var values: [String: Double] = [:]
    for line in told.output.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      values[String(parts[0])] = Double(parts[1])
    }
    let whoami =
      #"http_request_method="GET",http_route="/v1/whoami",http_response_status_code="2xx""#
    #expect(values["http_server_request_duration_seconds_count{\(whoami)}"] == 1)
    #expect(values["http_server_request_duration_seconds_bucket{\(whoami),le=\"+Inf\"}"] == 1)
    // Every turn of the loops is in the last bucket, the first has those below a millisecond.
    let turns = values["tenure_loop_turn_seconds_count"] ?? 0
    #expect(turns > 10 && values["tenure_loop_turn_seconds_bucket{le=\"+Inf\"}"] == turns)
    #expect((values["tenure_loop_turn_seconds_bucket{le=\"0.001\"}"] ?? 0) > 0)
    #expect((values["tenure_loop_turn_seconds_sum"] ?? 0) > 0)
    #expect(daemon.stop() == 0)
    try daemon.cleanUp()
  }

  @Test func `told to stop, it finishes what it began`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let statuses = await withTaskGroup(of: Int?.self) { group in
      for index in 0..<60 {
        group.addTask {
          try? await RawHTTP.post(
            port: daemon.port, path: "/v1/accounts", key: daemon.operatorKey,
            body: #"{"addresses":[{"address":"d\#(index)@x.test"}]}"#)
        }
      }
      group.addTask {
        try? await Task.sleep(for: .milliseconds(30))
        return daemon.stop() == 0 ? 0 : -1
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    // Refused connections are nil; whatever was accepted was answered in full.
    #expect(statuses.allSatisfy { $0 == nil || $0 == 201 || $0 == 0 || $0 == 503 })
    let rows = try daemon.database.administrator().run("SELECT count(*) FROM tenure.accounts")
    #expect(Int(rows[0]) == statuses.count { $0 == 201 })
    try daemon.cleanUp()
  }
}
