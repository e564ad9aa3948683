extension String {
  /// The lines of a text file, whether they end in LF or CRLF, without the byte order mark that
  /// some editors write first.
  package var plainLines: [Substring] {
    let text = hasPrefix("\u{FEFF}") ? dropFirst() : self[...]
    // CRLF is one Character, which is not equal to "\n".
    return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }
}
