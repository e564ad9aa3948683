import Foundation

/// Leave to run a service: a test holds one as long as it has a service, and the others wait.
///
/// More services at once than there are hands only wait for each other, and for connections.
package final class TestSlot: Sendable {
  private static let atOnce = 10
  private static let lock = NSLock()
  nonisolated(unsafe) private static var taken = 0
  /// Who waits, in the order they came.
  nonisolated(unsafe) private static var waiting: [CheckedContinuation<Void, Never>] = []

  /// Waits for its turn; a second service of the same test does not, or two would wait for each other.
  package init(isSecond: Bool = false) async {
    await withCheckedContinuation { continuation in
      Self.lock.withLock {
        if isSecond || Self.taken < Self.atOnce {
          Self.taken += 1
          continuation.resume()
        } else {
          Self.waiting.append(continuation)
        }
      }
    }
  }

  /// Gives the slot to whoever has waited longest.
  deinit {
    Self.lock.withLock {
      if Self.taken > Self.atOnce || Self.waiting.isEmpty {
        Self.taken -= 1
      } else {
        Self.waiting.removeFirst().resume()
      }
    }
  }
}
