import Foundation
import Glibc
import Reactor
import Synchronization
import TenureAssembly
import TenureKernel
import TenureServer

/// A real name server (dnsmasq) that is authoritative for the zone `test`, whose records a test
/// sets.
package final class TestZone: @unchecked Sendable {
  package let port: Int
  private let folder: String
  private var process: ChildProcess?
  private var records: [(name: String, type: String, value: String)] = []
  private var serial = 0

  package init() async throws {
    port = try Self.freePort()
    folder = NSTemporaryDirectory() + "tenure-zone-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try await serve()
  }

  /// Those that this process's zones have had.
  private static let ports = Mutex<Set<Int>>([])

  /// A port that nobody listens on, by either protocol: two zones on one would answer for each other,
  /// or never.
  private static func freePort() throws -> Int {
    for _ in 0..<1_000 {
      // Below the ports that outgoing connections get.
      let port = Int.random(in: 10_000..<19_000)
      // A zone that is being served anew leaves its port for a moment, and keeps it.
      guard ports.withLock({ $0.insert(port).inserted }) else { continue }
      if isFree(port, SOCK_DGRAM) && isFree(port, SOCK_STREAM) { return port }
    }
    throw CocoaError(
      .executableLoad, userInfo: [NSLocalizedDescriptionKey: "no port for dnsmasq is free"])
  }

  private static func isFree(_ port: Int, _ kind: __socket_type) -> Bool {
    let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// `127.0.0.1:port`, for the setting `resolvers`.
  package var address: String { "127.0.0.1:\(port)" }

  /// Has questions wait from now on, for at most some two seconds: then they are asked again, and
  /// then given up.
  package func hold() throws { try signal(SIGSTOP) }

  /// Answers what waited, with the records there are.
  package func goOn() throws { try signal(SIGCONT) }

  /// To dnsmasq, the shell's one child.
  private func signal(_ number: Int32) throws {
    guard let shell = process?.pid else { return }
    let children = try String(
      contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    for child in children.split(separator: " ").compactMap({ Int32($0) }) { kill(child, number) }
  }

  /// Publishes a TXT, A or CNAME record, and returns once it is served.
  package func add(_ name: String, _ type: String, _ value: String) async throws {
    records.append((name, type, value))
    try await serve()
  }

  /// Takes away every record of a name.
  package func remove(_ name: String) async throws {
    records.removeAll { $0.name == name }
    try await serve()
  }

  deinit { end() }

  package func stop() {
    end()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private func end() {
    guard let process else { return }
    self.process = nil
    process.signal(SIGKILL)
    process.wait()
  }

  /// Starts it anew with the records there are now.
  ///
  /// Nothing is asked before the one before has left its port: it would take the question with it,
  /// whose asker then waits for two seconds.
  private func serve() async throws {
    end()
    guard
      try await eventually({
        Self.isFree(port, SOCK_DGRAM) && Self.isFree(port, SOCK_STREAM)
      })
    else { throw CocoaError(.executableLoad, userInfo: [NSLocalizedDescriptionKey: "port kept"]) }
    serial += 1
    var lines = [
      "port=\(port)", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts",
      "no-daemon", "user=", "local=/test/", "cache-size=0", "txt-record=serial.test,\(serial)",
    ]
    for record in records {
      switch record.type {
      case "TXT": lines.append("txt-record=\(record.name),\"\(record.value)\"")
      case "CNAME": lines.append("cname=\(record.name),\(record.value)")
      default: lines.append("host-record=\(record.name),\(record.value)")
      }
    }
    let file = folder + "/dnsmasq.conf"
    try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    // In a shell, with which it dies; it tries again where something else has the port for a moment.
    process = try ChildProcess(
      "/bin/sh",
      [
        "-c",
        """
        until setpriv --pdeathsig KILL /usr/sbin/dnsmasq --conf-file='\(file)' --keep-in-foreground
        do sleep 0.02; done
        """,
      ])
    guard try await eventually({ await answers() }) else {
      throw CocoaError(
        .executableLoad, userInfo: [NSLocalizedDescriptionKey: "dnsmasq did not start"])
    }
  }

  /// Whether the current records are served.
  private func answers() async -> Bool {
    let (port, serial) = (port, serial)
    return await withCheckedContinuation { continuation in
      // Asking blocks, and two threads run all tests.
      Thread.detachNewThread {
        let texts = Resolvers.texts(of: "serial.test", at: "127.0.0.1", port: port)
        continuation.resume(returning: texts.contains("\(serial)"))
      }
    }
  }
}
