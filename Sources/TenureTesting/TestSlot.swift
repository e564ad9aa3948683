import Foundation

/// Leave to run a service: a test holds one as long as it has a service, and the others wait.
///
/// More services at once than there are hands only wait for each other, and for connections.
package final class TestSlot: Sendable {
  private static let atOnce = 6
  private static let lock = NSLock()
  nonisolated(unsafe) private static var taken = 0

  /// Waits for its turn; a second service of the same test does not, or two would wait for each other.
  package init(isSecond: Bool = false) async throws {
    while !Self.take(anyway: isSecond) { try await Task.sleep(for: .milliseconds(20)) }
  }

  deinit { Self.lock.withLock { Self.taken -= 1 } }

  private static func take(anyway: Bool) -> Bool {
    lock.withLock {
      guard anyway || taken < atOnce else { return false }
      taken += 1
      return true
    }
  }
}
