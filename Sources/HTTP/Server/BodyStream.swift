/// The body of a request, handed over as it arrives.
///
/// Confined to its connection's loop.
///
/// While more than `bufferedBytesMax` bytes are not taken, the connection does not read, so that
/// TCP slows the sender down and memory does not grow.
package final class BodyStream: @unchecked Sendable {
  /// The client closed the connection, was too slow, or sent a malformed body.
  package struct Interrupted: Error {
    /// The status of the answer to it (RFC 9110 section 15.5): 408 where the body only did not end.
    package let status: Int
    package let reason: StaticString
  }

  static let bufferedBytesMax = 64 * 1_024
  /// After so many bytes the reader gives way: a fast sender's body never pauses by itself.
  private static let bytesPerTurnMax = 64 * 1_024

  private var buffered: [UInt8] = []
  private var isEnded = false
  private var interrupted: Interrupted?
  private var waiter: UnsafeContinuation<Void, Never>?
  private let wantsMore: () -> Void
  private let giveWay: () async -> Void
  private var takenThisTurn = 0

  /// `giveWay` lets the loop turn to others.
  init(wantsMore: @escaping () -> Void, giveWay: @escaping () async -> Void) {
    self.wantsMore = wantsMore
    self.giveWay = giveWay
  }

  var isFull: Bool { buffered.count >= Self.bufferedBytesMax }

  /// The next piece; nil at the end of the body.
  package func next() async throws(Interrupted) -> [UInt8]? {
    while buffered.isEmpty && !isEnded && interrupted == nil {
      await withUnsafeContinuation { waiter = $0 }
    }
    if let interrupted { throw interrupted }
    if buffered.isEmpty { return nil }
    if takenThisTurn >= Self.bytesPerTurnMax {
      takenThisTurn = 0
      await giveWay()
      if let interrupted { throw interrupted }
    }
    takenThisTurn += buffered.count
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

  /// Ends it before the body's end; `refusal` says what is wrong with the body itself.
  func interrupt(_ refusal: BodyDecoder.Refusal? = nil) {
    if interrupted == nil {
      interrupted = Interrupted(
        status: refusal?.status ?? 408, reason: refusal?.reason ?? "the body did not end")
    }
    wake()
  }

  private func wake() {
    let waiting = waiter
    waiter = nil
    waiting?.resume()
  }
}
