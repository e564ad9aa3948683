import Foundation

/// Leave to run a service: a test holds one as long as it has a service, and the others wait.
///
/// More services at once than there are hands only wait for each other, and for connections.
package final class TestSlot: Sendable {
  /// The two kinds wait in lines of their own: tests of processes take long, and would be left over
  /// at the end.
  package enum Kind: Sendable {
    /// A service in the tests' own process.
    case service
    case process

    var atOnce: Int { self == .service ? 8 : 4 }
  }

  private struct Line {
    var taken = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private static let lock = NSLock()
  nonisolated(unsafe) private static var lines: [Kind: Line] = [:]
  private let kind: Kind

  /// Waits for its turn; a second service of the same test does not, or two would wait for each other.
  package init(_ kind: Kind, isSecond: Bool = false) async {
    self.kind = kind
    await withCheckedContinuation { continuation in
      Self.lock.withLock {
        if isSecond || Self.lines[kind, default: Line()].taken < kind.atOnce {
          Self.lines[kind, default: Line()].taken += 1
          continuation.resume()
        } else {
          Self.lines[kind, default: Line()].waiting.append(continuation)
        }
      }
    }
  }

  /// Gives the slot to whoever has waited longest.
  deinit {
    Self.lock.withLock {
      var line = Self.lines[kind] ?? Line()
      if line.taken > kind.atOnce || line.waiting.isEmpty {
        line.taken -= 1
      } else {
        line.waiting.removeFirst().resume()
      }
      Self.lines[kind] = line
    }
  }
}
