/// Cuts newline-delimited JSON into its lines, as its bytes arrive.
///
/// A byte order mark before the first line is dropped, wherever the pieces are cut: machines write
/// it. Lines end in LF or CRLF, the last one in either or none. Those that hold nothing but blanks
/// are passed over.
package struct JSONLines {
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let blanks: [UInt8] = [0x20, 0x09, 0x0D]

  private var bytes: [UInt8] = []
  /// Where the line begins that comes next.
  private var start = 0
  /// Up to where that line is known not to end, so that small pieces of a long one cost no more.
  private var searched = 0
  private var hasBegun = false
  private var hasEnded = false

  /// The number of the last line, as an editor counts them.
  package private(set) var number = 0

  package init() {}

  /// All of a text.
  package init(_ text: some Sequence<UInt8>) {
    bytes = Array(text)
    hasEnded = true
  }

  /// How many bytes have arrived of a line that has no end yet.
  package var unendedCount: Int { bytes.count - start }

  package mutating func add(_ piece: [UInt8]) {
    bytes.append(contentsOf: piece)
  }

  /// Nothing more comes: what has arrived of the last line is a line.
  package mutating func end() { hasEnded = true }

  /// The next line, without its line feed; nil where none is complete.
  package mutating func next() throws(JSONError) -> ArraySlice<UInt8>? {
    guard try begin() else { return nil }
    while let line = cut() {
      if !line.allSatisfy(Self.blanks.contains) { return line }
    }
    bytes.removeFirst(start)
    searched -= start
    start = 0
    return nil
  }

  /// The first byte that says something.
  package static func firstByte(of line: ArraySlice<UInt8>) -> UInt8? {
    line.first { !blanks.contains($0) }
  }

  /// Drops the mark; returns false where too little has arrived to see it.
  private mutating func begin() throws(JSONError) -> Bool {
    if hasBegun { return true }
    guard bytes.count >= Self.byteOrderMark.count || hasEnded else { return false }
    if bytes.areUTF16 {
      throw JSONError(code: .encoding, pointer: "", detail: JSONReader.utf16Refused)
    }
    if bytes.starts(with: Self.byteOrderMark) { start = Self.byteOrderMark.count }
    searched = start
    hasBegun = true
    return true
  }

  private mutating func cut() -> ArraySlice<UInt8>? {
    let end: Int
    if let newline = bytes[searched...].firstIndex(of: 0x0A) {
      end = newline
    } else {
      searched = bytes.count
      guard hasEnded, start < bytes.count else { return nil }
      end = bytes.count
    }
    let line = bytes[start..<end]
    start = min(end + 1, bytes.count)
    searched = start
    number += 1
    return line
  }
}

extension Array<UInt8> {
  /// Whether a text begins as only UTF-16 does: with its mark, or with half a character of ASCII.
  var areUTF16: Bool {
    guard count >= 2 else { return false }
    return starts(with: [0xFF, 0xFE]) || starts(with: [0xFE, 0xFF]) || self[0] == 0 || self[1] == 0
  }
}
