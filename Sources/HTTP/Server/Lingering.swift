/// What a client sends on after its connection's last response: it is dropped for a moment (RFC 9112
/// section 9.6), because a reset could destroy the response before the client has read it.
///
/// Some clients read nothing before they have sent all.
struct Lingering {
  /// How long a client may send nothing; one that was just accepted has as long for its first request.
  static let quietNanosecondsMax: UInt64 = 1_000_000_000
  private static let nanosecondsMax: UInt64 = 10_000_000_000
  private static let bytesMax = 32 * 1_024 * 1_024
  private static let bytesPerTurnMax = 1_024 * 1_024

  private var bytes = 0
  private var bytesThisTurn = 0
  private var droppedAt: UInt64 = 0

  /// Whether the loop's other connections come first now.
  var mustPause: Bool { bytesThisTurn >= Self.bytesPerTurnMax }
  var isTooMuch: Bool { bytes > Self.bytesMax }

  mutating func beginTurn() { bytesThisTurn = 0 }

  mutating func drop(_ count: Int, at now: UInt64) {
    if count > 0 { droppedAt = now }
    bytes += count
    bytesThisTurn += count
  }

  /// Whether the moment is over that began at `start`.
  func isOver(at now: UInt64, since start: UInt64) -> Bool {
    now - max(start, droppedAt) >= Self.quietNanosecondsMax || now - start >= Self.nanosecondsMax
  }
}
