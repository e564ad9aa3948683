import Foundation
import Glibc
import JSON
import Reactor
import TenureTesting
import Testing
import Vault

/// `tenure webhook listen`: events on the developer's machine.
@Suite(.serialized, .onOwnThreads) struct ListenTests {
  /// Runs the command until the test ends it; answers what it said, and how to end it.
  private func start(
    _ daemon: Daemon, _ arguments: [String]
  ) throws -> (process: ChildProcess, output: Pipe, errors: Pipe) {
    let (output, errors) = (Pipe(), Pipe())
    let environment = daemon.environment.merging([
      "TENURE_URL": "http://127.0.0.1:\(daemon.port)", "TENURE_TOKEN": daemon.operatorKey,
    ]) { $1 }
    let process = try ChildProcess(
      Daemon.binaries.appendingPathComponent("tenure").path, ["webhook", "listen"] + arguments,
      environment: environment, output: output.fileHandleForWriting.fileDescriptor,
      errors: errors.fileHandleForWriting.fileDescriptor)
    for pipe in [output, errors] { try pipe.fileHandleForWriting.close() }
    return (process, output, errors)
  }

  /// A server that keeps one request and answers 200.
  private func receiveOne(_ body: (Int) async throws -> Void) async throws -> String {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length)
        listen(listener, 4)
        getsockname(listener, address, &length)
      }
      return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
    let received = Task.detached {
      let client = accept(listener, nil, nil)
      var text = ""
      var buffer = [UInt8](repeating: 0, count: 8_192)
      while !text.contains("\r\n\r\n{") {
        let count = recv(client, &buffer, buffer.count, 0)
        if count <= 0 { break }
        text += String(decoding: buffer[..<count], as: UTF8.self)
      }
      let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
      _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
      close(client)
      close(listener)
      return text
    }
    try await body(port)
    return await received.value
  }

  @Test func `events are fetched, signed with the secret that was printed, and passed on`()
    async throws
  {
    let daemon = try Daemon()
    try await daemon.start(environment: ["TENURE_AUDIT_SEAL_SECONDS": "0"])
    let endpoint = try daemon.tenure("webhook", "create", "https://hook.example/", "-o", "id")
    let id = endpoint.output.trimmingCharacters(in: .whitespacesAndNewlines)
    // What has been is passed over.
    #expect(try daemon.tenure("webhook", "test", id).status == 0)
    var secret = ""
    var listen: (process: ChildProcess, output: Pipe, errors: Pipe)?
    let request = try await receiveOne { port in
      let started = try start(
        daemon, ["--forward-to", "http://localhost:\(port)/hook", "--events", "webhook_endpoint.*"])
      listen = started
      var said = ""
      while !said.contains("ctrl-C") {
        let piece = started.errors.fileHandleForReading.availableData
        if piece.isEmpty { break }
        said += String(decoding: piece, as: UTF8.self)
      }
      secret =
        said.split(separator: " ").first { $0.hasPrefix("whsec_") }
        .map { String($0.prefix { $0 != ";" }) } ?? ""
      #expect(try daemon.tenure("webhook", "test", id).status == 0)
    }
    listen?.process.signal(SIGTERM)
    listen?.process.wait()
    #expect(request.hasPrefix("POST /hook HTTP/1.1"), "\(request)")
    func header(_ name: String) -> String {
      request.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }
        .map { String($0.dropFirst(name.count + 2)) } ?? ""
    }
    let body = request.split(separator: "\r\n\r\n", maxSplits: 1).last.map { Array($0.utf8) } ?? []
    try WebhookVerifier.verify(
      id: header("webhook-id"), timestamp: header("webhook-timestamp"),
      signatures: header("webhook-signature"), body: body,
      secret: WebhookVerifier.keyBytes(secret), now: Int64(Date().timeIntervalSince1970),
      digests: try Digests())
    #expect(try JSONValue(parsing: body)["type"]?.string == "webhook_endpoint.test")
    let unknown = try daemon.tenure("webhook", "listen", "--events", "nonsense.*")
    #expect(unknown.status == 2, "\(unknown.errors)")
    try daemon.cleanUp()
  }
}
