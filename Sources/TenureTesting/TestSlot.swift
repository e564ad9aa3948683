import Foundation

/// Leave to run a service: a test holds one as long as it has a service, and the others wait.
///
/// More services at once than there are hands only wait for each other, and for connections.
package final class TestSlot: Sendable {
  /// Those who wait for each other.
  package final class Line: @unchecked Sendable {
    /// Services in the tests' own process.
    package static let services = Line(atOnce: 8)
    /// Tests of processes take long, and would be left over at the end of the other line.
    package static let processes = Line(atOnce: 4)

    private let atOnce: Int
    private let lock = NSLock()
    private var taken = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(atOnce: Int) { self.atOnce = atOnce }

    fileprivate func take(isSecond: Bool) async {
      await withCheckedContinuation { continuation in
        lock.withLock {
          if isSecond || taken < atOnce {
            taken += 1
            continuation.resume()
          } else {
            waiting.append(continuation)
          }
        }
      }
    }

    /// Gives the slot to whoever has waited longest.
    fileprivate func giveBack() {
      lock.withLock {
        if taken > atOnce || waiting.isEmpty { taken -= 1 } else { waiting.removeFirst().resume() }
      }
    }
  }

  private let line: Line

  /// Waits for its turn; a second service of the same test does not, or two would wait for each other.
  package init(in line: Line, isSecond: Bool = false) async {
    self.line = line
    await line.take(isSecond: isSecond)
  }

  deinit { line.giveBack() }
}
