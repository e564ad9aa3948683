extension String {
  /// The lines of a file that people and their machines write: whatever ends them (LF, CRLF), and
  /// without the byte order mark that some editors put before the first.
  package var plainLines: [Substring] {
    let text = hasPrefix("\u{FEFF}") ? dropFirst() : self[...]
    // CRLF is one Character, and no line feed.
    return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }
}
