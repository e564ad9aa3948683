/// Bytes on their way to a client.
///
/// Heads and short bodies are joined, so that one `send` takes several answers; a long body is kept as
/// the array it came in and not copied.
struct OutputQueue {
  /// A body of more bytes than this is not copied.
  static let joinedMax = 16 * 1_024

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

  /// Passes what was not sent to `send`, until all of it was or `send` answers 0 or less: that
  /// answer, or 1.
  mutating func send(_ send: (UnsafeRawBufferPointer) -> Int) -> Int {
    while !isEmpty {
      let count = (pieces.first?.bytes ?? tail).withUnsafeBytes { bytes in
        send(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
      }
      if count <= 0 { return count }
      sent += count
      guard let first = pieces.first else { continue }
      if sent == first.bytes.count {
        pieces.removeFirst()
        piecesBytes -= first.bytes.count
        if first.isStatic { staticBytes -= first.bytes.count }
        sent = 0
      }
    }
    return 1
  }

  /// Begins anew after everything was sent; memory beyond `kept` bytes is given back.
  mutating func reset(keeping kept: Int) {
    tail.removeAll(keepingCapacity: tail.capacity <= kept)
    sent = 0
  }

  /// Gives back its memory where everything was sent.
  mutating func release() {
    if isEmpty { self = OutputQueue() }
  }
}
