import Foundation
import JSON
import Postgres
import TenureTesting
import Testing

/// A service and a cluster of its own, and who kills them in turn.
struct Victims {
  let cluster: TestCluster
  let daemon: Daemon

  init(environment: [String: String] = [:]) async throws {
    cluster = try TestCluster()
    try await cluster.start()
    daemon = try Daemon(cluster: cluster)
    try await daemon.start(environment: environment)
  }

  func kill(_ round: Int, environment: [String: String] = [:]) async throws {
    if round.isMultiple(of: 2) {
      daemon.kill()
      try await daemon.start(environment: environment)
    } else {
      cluster.kill()
      try await cluster.start()
      #expect(try await eventually { try daemon.run("tenured", ["healthcheck"]).status == 0 })
    }
  }

  func query(_ sql: String) throws -> [String] { try cluster.administrator().run(sql) }

  func send(
    _ path: String, _ body: String = "", key: String? = nil, tenant: String? = nil
  ) async throws -> JSONValue {
    let answer = try await RawHTTP.send(
      port: daemon.port, path: path, key: key ?? daemon.operatorKey, body: body, tenant: tenant)
    #expect(answer.status < 300, "\(path): \(answer.json)")
    return answer.json
  }

  func end() throws {
    try daemon.cleanUp()
    cluster.remove()
  }

  /// Registers so many accounts that nobody controls.
  func register(_ count: Int) async throws {
    let rows = (0..<count).map {
      #"{"display_name":"p\#($0)","addresses":[{"address":"a\#($0)@acme.test"}]}"#
    }
    #expect(
      try await RawHTTP.post(
        port: daemon.port, path: "/v1/imports", key: daemon.operatorKey,
        body: rows.joined(separator: "\n"), contentType: "application/x-ndjson") == 202)
    let isDone = try await eventually {
      try query("SELECT state FROM tenure.operations") == ["succeeded"]
    }
    #expect(isDone)
  }
}
