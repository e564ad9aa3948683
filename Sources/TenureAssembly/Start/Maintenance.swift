import CSystem
import Foundation
import Postgres
import TenureKernel

/// What the operator can do from the command line without a running service.
package enum Maintenance {
  /// Applies pending migrations, and stores the keys that sign receipts; returns the names of the
  /// migrations.
  package static func migrate(_ configuration: Configuration) throws -> [String] {
    let owner = try owner(configuration)
    let names = try Bootstrap.migrator(owner).up()
    try Bootstrap.keepReceiptKeys(configuration, owner)
    return names
  }

  package static func migrationStatus(
    _ configuration: Configuration
  ) throws -> [(name: String, state: String)] {
    try Bootstrap.migrator(try owner(configuration)).status().map { ($0.name, $0.state.rawValue) }
  }

  private static func owner(_ configuration: Configuration) throws -> BlockingSession {
    try BlockingSession(Bootstrap.ownerSource(configuration, for: "migrate"))
  }

  /// Whether a running service answers that it is ready; asked by plain HTTP.
  package static func isReady(host: String, port: Int) -> Bool {
    let fd = csys_connect(host, UInt16(clamping: port))
    guard fd >= 0 else { return false }
    defer { close(fd) }
    var poller = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
    guard poll(&poller, 1, 2_000) == 1, csys_socket_error(fd) == 0 else { return false }
    let request = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    guard csys_send(fd, request, request.utf8.count) == request.utf8.count else { return false }
    poller.events = Int16(POLLIN)
    guard poll(&poller, 1, 5_000) == 1 else { return false }
    var answer = [UInt8](repeating: 0, count: 64)
    let count = csys_recv(fd, &answer, answer.count)
    return count > 12 && answer[..<12].elementsEqual("HTTP/1.1 200".utf8)
  }
}
