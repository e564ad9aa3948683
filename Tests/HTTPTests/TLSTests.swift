import Foundation
import HTTP
import Reactor
import Testing

/// A certificate made for one test.
private struct Certificate {
  let folder = NSTemporaryDirectory() + "tenure-tls-" + UUID().uuidString

  init(name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout",
      folder + "/key", "-out", folder + "/certificate")
  }

  /// Signs it anew as one that ended yesterday.
  func end() throws {
    try openssl(
      "x509", "-in", folder + "/certificate", "-signkey", folder + "/key", "-days", "-1", "-out",
      folder + "/certificate")
  }

  private func openssl(_ arguments: String...) throws {
    _ = try ChildProcess.run("/usr/bin/openssl", arguments)
  }

  func context() throws -> TLSContext {
    try TLSContext(certificateFile: folder + "/certificate", keyFile: folder + "/key")
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

@Suite struct TLSTests {
  private func get(
    _ fixture: ServerFixture, host: String, roots: String?, path: String = "/a"
  ) async throws -> OutboundResponse {
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    limits.seconds = 5
    let client = HTTPClient(
      loop: fixture.loop, tls: try TLSContext(clientRootsFile: roots), limits: limits)
    let address = try #require(OutboundAddress("127.0.0.1"))
    let request = OutboundRequest(method: "GET", host: host, port: fixture.port, target: path)
    return try await client.send(request, to: address)
  }

  @Test func `a certificate is verified: its issuer and its name`() async throws {
    let certificate = try Certificate(name: "localhost")
    defer { certificate.remove() }
    let fixture = try await ServerFixture(tls: try certificate.context())
    let roots = certificate.folder + "/certificate"
    let answer = try await get(fixture, host: "localhost", roots: roots)
    #expect(answer.status == 200 && String(decoding: answer.body, as: UTF8.self) == "GET /a ")
    await #expect(throws: OutboundError.tlsFailed) {
      try await get(fixture, host: "other.test", roots: roots)
    }
    await #expect(throws: OutboundError.tlsFailed) {
      try await get(fixture, host: "localhost", roots: nil)
    }
    let ended = try Certificate(name: "localhost")
    defer { ended.remove() }
    try ended.end()
    let late = try await ServerFixture(tls: try ended.context())
    await #expect(throws: OutboundError.tlsFailed) {
      try await get(late, host: "localhost", roots: ended.folder + "/certificate")
    }
    await late.stop()
    await #expect(throws: OutboundError.responseTooLarge) {
      try await get(fixture, host: "localhost", roots: roots, path: "/big")
    }
    await fixture.stop()
  }

  @Test func `only http/1.1 over TLS 1.2 and 1.3 is spoken`() async throws {
    let certificate = try Certificate(name: "localhost")
    defer { certificate.remove() }
    let fixture = try await ServerFixture(tls: try certificate.context())
    func handshake(_ arguments: String...) throws -> String {
      let ended = try ChildProcess.run(
        "/usr/bin/openssl",
        ["s_client", "-connect", "127.0.0.1:\(fixture.port)", "-brief"] + arguments)
      return ended.output + ended.errors
    }
    #expect(try handshake("-tls1_3").contains("Protocol version: TLSv1.3"))
    #expect(try handshake("-tls1_2").contains("Protocol version: TLSv1.2"))
    #expect(try !handshake("-tls1_1", "-cipher", "ALL:@SECLEVEL=0").contains("Protocol version"))
    #expect(
      try !handshake("-tls1_2", "-cipher", "AES128-SHA:AES128-GCM-SHA256").contains("Ciphersuite"))
    #expect(try handshake("-alpn", "h2").contains("Protocol version") == false)
    #expect(try handshake("-alpn", "http/1.1").contains("Protocol version"))
    await fixture.stop()
  }

  @Test func `a key of another certificate is refused`() throws {
    let (one, two) = (try Certificate(name: "one.test"), try Certificate(name: "two.test"))
    defer {
      one.remove()
      two.remove()
    }
    #expect(throws: TLSError.self) {
      try TLSContext(certificateFile: one.folder + "/certificate", keyFile: two.folder + "/key")
    }
  }

  @Test func `a private address is refused where strangers chose the name`() async throws {
    let loop = EventLoop(name: "client")
    loop.start()
    let client = HTTPClient(loop: loop, tls: nil)
    let address = try #require(OutboundAddress("127.0.0.1"))
    await #expect(throws: OutboundError.addressRefused) {
      try await client.send(
        OutboundRequest(method: "GET", host: "x.test", port: 443, target: "/"), to: address)
    }
    loop.stop()
  }
}
