import Foundation
import Glibc

/// A proxy in front of one server, whatever name is asked for: it opens tunnels, and passes on requests
/// that say their whole URL or that lie below a path.
final class Gateway: @unchecked Sendable {
  private let listener: Int32
  private let upstream: Int
  private let authorization: String?
  private let prefix: String
  private let lock = NSLock()
  private var lines: [String] = []
  let port: Int

  /// `authorization` is what `Proxy-Authorization` must say; `prefix` is taken off the paths.
  init(to upstream: Int, authorization: String? = nil, prefix: String = "") throws {
    (self.upstream, self.authorization, self.prefix) = (upstream, authorization, prefix)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = Self.loopback(0)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
    }
    guard bound == 0, listen(listener, 16) == 0 else { throw CocoaError(.fileReadUnknown) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let self else { return }
        Thread.detachNewThread { self.serve(client) }
      }
    }
  }

  deinit { close() }

  func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// The request lines that came.
  var asked: [String] { lock.withLock { lines } }

  private static func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }

  private func serve(_ client: Int32) {
    defer { Glibc.close(client) }
    guard let (head, rest) = Self.head(client) else { return }
    var parts = head.components(separatedBy: "\r\n")
    lock.withLock { lines.append(parts[0]) }
    if let authorization, !parts.contains("Proxy-Authorization: \(authorization)") {
      return Self.send(
        client, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    }
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(server) }
    var address = Self.loopback(upstream)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { return Self.send(client, "HTTP/1.1 502 Bad Gateway\r\n\r\n") }
    if parts[0].hasPrefix("CONNECT ") {
      Self.send(client, "HTTP/1.1 200 Connection established\r\n\r\n")
    } else {
      // A proxy's requests become the server's own, and what was for the proxy stays with it.
      var words = parts[0].components(separatedBy: " ")
      if let url = URLComponents(string: words[1]), url.host != nil {
        words[1] = url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
      }
      if words[1].hasPrefix(prefix) { words[1].removeFirst(prefix.count) }
      parts[0] = words.joined(separator: " ")
      parts.removeAll { $0.hasPrefix("Proxy-") }
      Self.send(server, parts.joined(separator: "\r\n"))
    }
    Self.send(server, rest)
    Self.relay(client, server)
  }

  private static func head(_ client: Int32) -> (head: String, rest: [UInt8])? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(client, &buffer, buffer.count, 0)
      if count <= 0 { return nil }
      bytes += buffer[..<count]
      guard let range = String(decoding: bytes, as: UTF8.self).range(of: "\r\n\r\n") else {
        continue
      }
      let head = String(decoding: bytes, as: UTF8.self)[..<range.upperBound]
      return (String(head), Array(bytes.dropFirst(head.utf8.count)))
    }
  }

  private static func send(_ socket: Int32, _ text: String) { send(socket, Array(text.utf8)) }

  private static func send(_ socket: Int32, _ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL)
        )
      }
      if count <= 0 { return }
      sent += count
    }
  }

  /// Passes on whatever comes, both ways, until one of them has said all.
  private static func relay(_ client: Int32, _ server: Int32) {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      var polled = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, 2, 30_000) > 0 else { return }
      for (from, to) in [(0, server), (1, client)] where polled[from].revents != 0 {
        let count = recv(polled[from].fd, &buffer, buffer.count, 0)
        if count <= 0 { return }
        send(to, Array(buffer[..<count]))
      }
    }
  }
}
