/// Bytes on their way to a client.
///
/// Heads and short bodies are joined, so that one `send` takes several answers; a long body is kept as
/// the array it came in and not copied.
struct OutputQueue {
  /// A body of more bytes than this is not copied.
  private static let joinedMax = 16 * 1_024
  /// Memory of more bytes is given back when everything was sent.
  private static let keptMax = 64 * 1_024

  private struct Piece {
    let bytes: [UInt8]
    let isStatic: Bool
  }

  /// What is written to directly; all of `pieces` comes before it.
  var tail: [UInt8] = []
  private var pieces: [Piece] = []
  private var piecesBytes = 0
  private var staticBytes = 0
  /// How much of the first piece was sent, or of the tail where there is none.
  private var sent = 0
  /// When the client last took something, in the loop's nanoseconds.
  private(set) var takenAt: UInt64 = 0
  /// Since when there has been something to take, and how much of it the client has taken.
  private var began: UInt64 = 0
  private var taken = 0

  /// The bytes that were not sent yet.
  var count: Int { piecesBytes + tail.count - sent }
  var isEmpty: Bool { count == 0 }
  /// The bytes of memory that it keeps: without what the service keeps anyway.
  var memory: Int { piecesBytes - staticBytes + tail.capacity }

  /// Appends a body; `isStatic` where the service keeps its array in any case.
  mutating func append(body: [UInt8], isStatic: Bool) {
    if body.count <= Self.joinedMax { return tail.append(contentsOf: body) }
    if !tail.isEmpty {
      pieces.append(Piece(bytes: tail, isStatic: false))
      piecesBytes += tail.count
      tail = []
    }
    pieces.append(Piece(bytes: body, isStatic: isStatic))
    piecesBytes += body.count
    if isStatic { staticBytes += body.count }
  }

  /// To be called before something is appended: where nothing waits yet, the time in which the client
  /// must read counts from here.
  mutating func begin(at now: UInt64) {
    if isEmpty { (takenAt, began, taken) = (now, now, 0) }
  }

  /// Whether the client reads too slowly, or not at all.
  func isGivenUp(at now: UInt64, _ limits: ServerLimits) -> Bool {
    let seconds = (now - began) / 1_000_000_000
    return limits.isSlow(taken, in: seconds, least: limits.readBytesPerSecondMin)
      || (now - takenAt) / 1_000_000_000 >= limits.writeStallSeconds
  }

  /// Passes what was not sent to `send`, until all of it was or `send` answers 0 or less: that
  /// answer, or 1.
  mutating func send(at now: UInt64, _ send: (UnsafeRawBufferPointer) -> Int) -> Int {
    while !isEmpty {
      let count = (pieces.first?.bytes ?? tail).withUnsafeBytes { bytes in
        send(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
      }
      if count <= 0 { return count }
      sent += count
      (taken, takenAt) = (taken + count, now)
      guard let first = pieces.first else { continue }
      if sent == first.bytes.count {
        pieces.removeFirst()
        piecesBytes -= first.bytes.count
        if first.isStatic { staticBytes -= first.bytes.count }
        sent = 0
      }
    }
    tail.removeAll(keepingCapacity: tail.capacity <= Self.keptMax)
    sent = 0
    return 1
  }

  /// Gives back its memory where everything was sent.
  mutating func release() {
    if isEmpty { self = OutputQueue() }
  }
}
