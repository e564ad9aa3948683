/// The body of a request, handed over as it arrives.
///
/// Confined to its connection's loop.
///
/// While more than `bufferedBytesMax` bytes are not taken, the connection does not read, so that
/// TCP slows the sender down and memory does not grow.
package final class BodyStream: @unchecked Sendable {
  /// The client closed the connection, was too slow, or sent a malformed body.
  package struct Interrupted: Error {}

  static let bufferedBytesMax = 256 * 1_024

  private var buffered: [UInt8] = []
  private var isEnded = false
  private var isInterrupted = false
  private var waiter: UnsafeContinuation<Void, Never>?
  private let wantsMore: () -> Void

  init(wantsMore: @escaping () -> Void) { self.wantsMore = wantsMore }

  var isFull: Bool { buffered.count >= Self.bufferedBytesMax }

  /// The next piece; nil at the end of the body.
  package func next() async throws(Interrupted) -> [UInt8]? {
    while buffered.isEmpty && !isEnded && !isInterrupted {
      await withUnsafeContinuation { waiter = $0 }
    }
    if isInterrupted { throw Interrupted() }
    if buffered.isEmpty { return nil }
    let piece = buffered
    buffered = []
    wantsMore()
    return piece
  }

  func receive(_ bytes: [UInt8]) {
    buffered.append(contentsOf: bytes)
    wake()
  }

  func end() {
    isEnded = true
    wake()
  }

  func interrupt() {
    isInterrupted = true
    wake()
  }

  private func wake() {
    let waiting = waiter
    waiter = nil
    waiting?.resume()
  }
}
