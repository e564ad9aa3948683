import Glibc

/// The head of an HTTP/1.1 request, parsed as it arrives (RFC 9112).
///
/// It is stricter than the RFC: what two parsers could read differently is refused, because that is
/// how requests are smuggled.
///
/// Offsets count from the first byte of the message. `parse` is called again with the same bytes
/// and more; complete lines are parsed once.
struct RequestParser {
  /// RFC 9110 section 4.1 asks for at least 8,000 bytes.
  static let requestLineBytesMax = 8_192
  static let headerBytesMax = 16_384
  static let headerFieldsMax = 100
  static let methodBytesMax = 32

  enum Progress {
    case incomplete
    /// The head is complete, with this many bytes.
    case complete(Int)
    case refused(status: Int, reason: StaticString)
  }

  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
  }

  private(set) var framing = Framing.none
  private(set) var wantsClose = false
  private(set) var expectsContinue = false
  private var lineStart = 0
  private var scanned = 0
  private var headersStart = 0
  private var hasRequestLine = false
  private var hasSkippedLine = false
  private var hostCount = 0
  private var contentLengthCount = 0
  private var transferEncodingCount = 0
  private var connectionSaysKeepAlive = false

  mutating func parse(_ bytes: UnsafeRawBufferPointer, into request: HTTPRequest) -> Progress {
    while let lineFeed = find(0x0A, in: bytes, from: scanned) {
      scanned = lineFeed + 1
      guard lineFeed > lineStart, bytes[lineFeed - 1] == 0x0D else {
        return .refused(status: 400, reason: "a line must end with CR LF")
      }
      let line = lineStart..<(lineFeed - 1)
      lineStart = lineFeed + 1
      if let refusal = read(line, of: bytes, into: request) { return refusal }
      if hasRequestLine && line.isEmpty { return finish(bytes, request) }
    }
    scanned = bytes.count
    return checkPartialLine(bytes)
  }

  private mutating func read(
    _ line: Range<Int>, of bytes: UnsafeRawBufferPointer, into request: HTTPRequest
  ) -> Progress? {
    guard hasRequestLine else {
      // One empty line before the request (RFC 9112 section 2.2): old clients end a body with it.
      if line.isEmpty && !hasSkippedLine {
        hasSkippedLine = true
        return nil
      }
      hasRequestLine = true
      headersStart = lineStart
      return requestLine(line, of: bytes, into: request)
    }
    if lineStart - headersStart > Self.headerBytesMax { return tooLarge }
    return line.isEmpty ? nil : field(line, of: bytes, into: request)
  }

  private let tooLarge = Progress.refused(status: 431, reason: "the header fields are too large")

  /// Checks a line that is not complete yet, for its length and for bytes that no line may contain.
  private func checkPartialLine(_ bytes: UnsafeRawBufferPointer) -> Progress {
    let partial = lineStart..<bytes.count
    if !hasRequestLine {
      if partial.count > Self.requestLineBytesMax {
        return .refused(status: 414, reason: "the request line is too long")
      }
      if let refusal = partialVersion(partial, bytes) { return refusal }
    } else if bytes.count - headersStart > Self.headerBytesMax {
      return tooLarge
    } else if let first = partial.first, isSpace(bytes[first]) {
      return .refused(status: 400, reason: "a folded header field is not allowed")
    }
    for index in partial {
      let byte = bytes[index]
      let isEndOfLine = byte == 0x0D && index == bytes.count - 1
      if (byte < 0x20 && byte != 0x09 && !isEndOfLine) || byte == 0x7F {
        return .refused(status: 400, reason: "a control character is not allowed")
      }
    }
    return .incomplete
  }

  /// Refuses a wrong version before the end of its line has arrived.
  private func partialVersion(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Progress? {
    let parts = split(line, of: bytes)
    guard parts.count >= 3, parts.count > 3 || parts[2].count >= 8 else { return nil }
    if parts.count > 3 { return .refused(status: 400, reason: "the request line is malformed") }
    return version(parts[2].lowerBound..<(parts[2].lowerBound + 8), of: bytes, into: HTTPRequest())
  }

  // MARK: Request line

  private mutating func requestLine(
    _ line: Range<Int>, of bytes: UnsafeRawBufferPointer, into request: HTTPRequest
  ) -> Progress? {
    if line.count > Self.requestLineBytesMax {
      return .refused(status: 414, reason: "the request line is too long")
    }
    let parts = split(line, of: bytes)
    guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else {
      return .refused(status: 400, reason: "the request line is malformed")
    }
    let methodBytes = UnsafeRawBufferPointer(rebasing: bytes[parts[0]])
    guard methodBytes.count <= Self.methodBytesMax, methodBytes.allSatisfy(isToken) else {
      return .refused(status: 400, reason: "the method is malformed")
    }
    request.method = HTTPMethod(methodBytes)
    if let refusal = version(parts[2], of: bytes, into: request) { return refusal }
    return target(parts[1], of: bytes, into: request)
  }

  /// The three parts of the request line, separated by exactly one space each; other numbers of
  /// parts otherwise.
  private func split(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = line.lowerBound
    for index in line where bytes[index] == 0x20 {
      parts.append(start..<index)
      start = index + 1
      if parts.count > 3 { break }
    }
    parts.append(start..<line.upperBound)
    return parts
  }

  private func version(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, into request: HTTPRequest
  ) -> Progress? {
    let text = bytes[range]
    if text.elementsEqual("HTTP/1.1".utf8) {
      request.isVersion11 = true
    } else if text.elementsEqual("HTTP/1.0".utf8) {
      request.isVersion11 = false
    } else if text.count == 8, text.starts(with: "HTTP/".utf8),
      isDigit(bytes[range.lowerBound + 5]),
      bytes[range.lowerBound + 6] == UInt8(ascii: "."), isDigit(bytes[range.lowerBound + 7])
    {
      return .refused(status: 505, reason: "only HTTP/1.1 and HTTP/1.0 are spoken here")
    } else {
      return .refused(status: 400, reason: "the protocol version is malformed")
    }
    return nil
  }

  private mutating func target(
    _ range: Range<Int>, of bytes: UnsafeRawBufferPointer, into request: HTTPRequest
  ) -> Progress? {
    let malformed = Progress.refused(status: 400, reason: "the request target is malformed")
    for index in range {
      let byte = bytes[index]
      if byte <= 0x20 || byte >= 0x7F { return malformed }
    }
    var start = range.lowerBound
    if bytes[start] != UInt8(ascii: "/") {
      if range.count == 1, bytes[start] == UInt8(ascii: "*"), request.method == .options {
        request.pathRange = UInt16(start)..<UInt16(start + 1)
        request.queryRange = 0..<0
        return nil
      }
      guard let authority = authority(ofAbsolute: range, bytes) else { return malformed }
      // The authority in the target replaces Host (RFC 9112 section 3.2.2); the service routes by
      // neither.
      start = authority.upperBound
    }
    // Servers have no use for a fragment: it is cut off.
    let end =
      (start..<range.upperBound).first { bytes[$0] == UInt8(ascii: "#") } ?? range.upperBound
    let question = (start..<end).first { bytes[$0] == UInt8(ascii: "?") }
    let pathEnd = question ?? end
    request.pathRange = UInt16(start)..<UInt16(pathEnd)
    request.queryRange = UInt16(question.map { $0 + 1 } ?? pathEnd)..<UInt16(end)
    return nil
  }

  private func authority(
    ofAbsolute range: Range<Int>, _ bytes: UnsafeRawBufferPointer
  ) -> Range<Int>? {
    let text = bytes[range]
    let prefix = text.starts(with: "http://".utf8) ? 7 : text.starts(with: "https://".utf8) ? 8 : 0
    guard prefix > 0 else { return nil }
    let start = range.lowerBound + prefix
    let end =
      (start..<range.upperBound).first {
        bytes[$0] == UInt8(ascii: "/") || bytes[$0] == UInt8(ascii: "?")
      }
      ?? range.upperBound
    return isValidHost(start..<end, bytes) ? start..<end : nil
  }

  // MARK: Fields

  private mutating func field(
    _ line: Range<Int>, of bytes: UnsafeRawBufferPointer, into request: HTTPRequest
  ) -> Progress? {
    if request.fields.count == Self.headerFieldsMax {
      return .refused(status: 431, reason: "too many header fields")
    }
    guard
      let colon = find(UInt8(ascii: ":"), in: bytes, from: line.lowerBound, to: line.upperBound),
      colon > line.lowerBound
    else { return .refused(status: 400, reason: "a header field needs a name and a colon") }
    let name = line.lowerBound..<colon
    for index in name where !isToken(bytes[index]) {
      return .refused(status: 400, reason: "a header field's name is malformed")
    }
    var value = (colon + 1)..<line.upperBound
    while let first = value.first, isSpace(bytes[first]) { value = (first + 1)..<value.upperBound }
    while let last = value.last, isSpace(bytes[last]) { value = value.lowerBound..<last }
    for index in value {
      let byte = bytes[index]
      if (byte < 0x20 && byte != 0x09) || byte == 0x7F {
        return .refused(status: 400, reason: "a header field's value holds a control character")
      }
    }
    request.fields.append(
      HTTPRequest.Field(
        name: UInt16(name.lowerBound)..<UInt16(name.upperBound),
        value: UInt16(value.lowerBound)..<UInt16(value.upperBound)))
    return framingField(name, value, bytes, request)
  }

  /// Reads a field that says where the message ends.
  private mutating func framingField(
    _ name: Range<Int>, _ value: Range<Int>, _ bytes: UnsafeRawBufferPointer, _ request: HTTPRequest
  ) -> Progress? {
    switch name.count {
    case 4 where equals(name, "host", bytes):
      hostCount += 1
      if hostCount > 1 || !isValidHost(value, bytes) {
        return .refused(status: 400, reason: "exactly one valid Host is required")
      }
    case 14 where equals(name, "content-length", bytes):
      contentLengthCount += 1
      guard contentLengthCount == 1, let length = decimal(value, bytes) else {
        return .refused(status: 400, reason: "Content-Length must be one whole number")
      }
      framing = .length(length)
    case 17 where equals(name, "transfer-encoding", bytes):
      transferEncodingCount += 1
      guard transferEncodingCount == 1 else {
        return .refused(status: 400, reason: "Transfer-Encoding may appear once")
      }
      guard equals(value, "chunked", bytes) else {
        return .refused(status: 501, reason: "the only transfer coding known is chunked")
      }
    case 10 where equals(name, "connection", bytes):
      if lists(value, "close", bytes) { wantsClose = true }
      if lists(value, "keep-alive", bytes) { connectionSaysKeepAlive = true }
    case 6 where equals(name, "expect", bytes):
      guard equals(value, "100-continue", bytes) else {
        return .refused(status: 417, reason: "the only expectation known is 100-continue")
      }
      expectsContinue = true
    default: break
    }
    return nil
  }

  private mutating func finish(
    _ bytes: UnsafeRawBufferPointer, _ request: HTTPRequest
  ) -> Progress {
    if request.isVersion11 && hostCount == 0 {
      return .refused(status: 400, reason: "Host is required")
    }
    if transferEncodingCount > 0 {
      guard contentLengthCount == 0, request.isVersion11 else {
        return .refused(status: 400, reason: "Transfer-Encoding cannot be combined like this")
      }
      framing = .chunked
    }
    if !request.isVersion11 && !connectionSaysKeepAlive { wantsClose = true }
    return .complete(lineStart)
  }

  // MARK: Bytes

  private func decimal(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Int? {
    guard !range.isEmpty, range.count <= 16 else { return nil }
    var value = 0
    for index in range {
      guard isDigit(bytes[index]) else { return nil }
      value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
    }
    return value <= 1 << 53 ? value : nil
  }

  private func equals(
    _ range: Range<Int>, _ text: StaticString, _ bytes: UnsafeRawBufferPointer
  ) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { wanted in
      for index in 0..<wanted.count
      where asciiLowercased(bytes[range.lowerBound + index]) != wanted[index] { return false }
      return true
    }
  }

  /// Whether a comma-separated list contains a word.
  private func lists(
    _ range: Range<Int>, _ word: StaticString, _ bytes: UnsafeRawBufferPointer
  ) -> Bool {
    var start = range.lowerBound
    for index in range.lowerBound...range.upperBound
    where index == range.upperBound || bytes[index] == UInt8(ascii: ",") {
      var item = start..<index
      while let first = item.first, isSpace(bytes[first]) { item = (first + 1)..<item.upperBound }
      while let last = item.last, isSpace(bytes[last]) { item = item.lowerBound..<last }
      if equals(item, word, bytes) { return true }
      start = index + 1
    }
    return false
  }

  /// Whether a value is a registered name, an IPv4 address or an IPv6 address in brackets, with an
  /// optional port (RFC 3986).
  private func isValidHost(_ range: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = range.first else { return false }
    var nameEnd = range.upperBound
    if bytes[first] == UInt8(ascii: "[") {
      guard let close = range.first(where: { bytes[$0] == UInt8(ascii: "]") }), close > first + 1
      else { return false }
      for index in (first + 1)..<close where !isAddressByte(bytes[index]) { return false }
      nameEnd = close + 1
    } else {
      nameEnd = range.first { bytes[$0] == UInt8(ascii: ":") } ?? range.upperBound
      if nameEnd == first { return false }
      for index in first..<nameEnd where !isNameByte(bytes[index]) { return false }
    }
    if nameEnd == range.upperBound { return true }
    guard bytes[nameEnd] == UInt8(ascii: ":"), range.upperBound - nameEnd <= 6 else { return false }
    return ((nameEnd + 1)..<range.upperBound).allSatisfy { isDigit(bytes[$0]) }
  }

  private func isAddressByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || asciiLowercased(byte) &- UInt8(ascii: "a") < 6 || byte == UInt8(ascii: ":")
      || byte == UInt8(ascii: ".")
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || asciiLowercased(byte) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
      || byte == UInt8(ascii: "%") || isSubDelimiter(byte)
  }

  /// Whether a byte is a sub-delimiter of RFC 3986 section 2.2, except the comma, which would make
  /// the field a list.
  private func isSubDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: ";"), UInt8(ascii: "="):
      return true
    default: return false
    }
  }
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

@inline(__always)
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

/// Whether a byte may be in a token (RFC 9110 section 5.6.2).
@inline(__always)
func isToken(_ byte: UInt8) -> Bool {
  if isDigit(byte) || asciiLowercased(byte) &- UInt8(ascii: "a") < 26 { return true }
  switch byte {
  case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
    UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"),
    UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
    UInt8(ascii: "|"), UInt8(ascii: "~"):
    return true
  default: return false
  }
}

/// The position of the first such byte from `start` on and before `end`; nil where there is none.
func find(
  _ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int? = nil
) -> Int? {
  let end = end ?? bytes.count
  guard start < end, let base = bytes.baseAddress else { return nil }
  guard let found = memchr(base + start, Int32(byte), end - start) else { return nil }
  return UnsafeRawPointer(found) - base
}
