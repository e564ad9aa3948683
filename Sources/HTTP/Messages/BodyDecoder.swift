/// Decodes a body as it arrives, by its length or in chunks (RFC 9112 section 7.1).
struct BodyDecoder {
  /// The most hexadecimal digits of a chunk's size; 8 already allow 4 GiB.
  static let chunkSizeDigitsMax = 8
  static let chunkExtensionBytesMax = 256
  static let trailerBytesMax = 8_192

  struct Refusal: Error {
    let status: Int
    let reason: StaticString
  }

  private enum State {
    case fixed
    case chunkSize
    case chunkData
    case chunkEnd
    case trailer
  }

  private(set) var isDone = false
  private var state: State
  private var remaining: Int
  private var total = 0
  private let bytesMax: Int
  private var trailerBytes = 0

  init(_ framing: RequestParser.Framing, bytesMax: Int) {
    self.bytesMax = bytesMax
    switch framing {
    case .none: (state, remaining, isDone) = (.fixed, 0, true)
    case .length(let length): (state, remaining, isDone) = (.fixed, length, length == 0)
    case .chunked: (state, remaining) = (.chunkSize, 0)
    }
  }

  /// Appends decoded bytes to `output`; returns how many bytes of `input` were used.
  mutating func decode(
    _ input: UnsafeRawBufferPointer, into output: inout [UInt8]
  ) throws(Refusal) -> Int {
    var used = 0
    while !isDone {
      let rest = UnsafeRawBufferPointer(rebasing: input[used...])
      switch state {
      case .fixed, .chunkData:
        if rest.isEmpty { return used }
        let count = min(remaining, rest.count)
        output.append(contentsOf: rest[..<count])
        used += count
        remaining -= count
        if remaining == 0 {
          if state == .fixed { isDone = true } else { state = .chunkEnd }
        }
      case .chunkEnd:
        if rest.count < 2 {
          if let first = rest.first, first != 0x0D { throw Self.malformed }
          return used
        }
        guard rest[0] == 0x0D, rest[1] == 0x0A else { throw Self.malformed }
        used += 2
        state = .chunkSize
      case .chunkSize, .trailer:
        guard let line = try line(rest) else { return used }
        used += line.count + 2
        if state == .chunkSize { try chunkSize(line) } else { try trailer(line) }
      }
    }
    return used
  }

  private static let malformed = Refusal(status: 400, reason: "the chunked body is malformed")

  /// The next line without its CR LF; nil where it has not arrived completely.
  private func line(_ rest: UnsafeRawBufferPointer) throws(Refusal) -> UnsafeRawBufferPointer? {
    let bytesMax =
      state == .chunkSize
      ? Self.chunkSizeDigitsMax + Self.chunkExtensionBytesMax : Self.trailerBytesMax
    guard let lineFeed = find(0x0A, in: rest, from: 0) else {
      let isTooLong = rest.count > bytesMax
      if isTooLong || rest.dropLast().contains(where: { $0 < 0x20 && $0 != 0x09 }) {
        throw Self.malformed
      }
      if let first = rest.first, state == .chunkSize, hexDigit(first) == nil {
        throw Self.malformed
      }
      return nil
    }
    guard lineFeed > 0, rest[lineFeed - 1] == 0x0D, lineFeed - 1 <= bytesMax else {
      throw Self.malformed
    }
    return UnsafeRawBufferPointer(rebasing: rest[..<(lineFeed - 1)])
  }

  private mutating func chunkSize(_ line: UnsafeRawBufferPointer) throws(Refusal) {
    var size = 0
    var digits = 0
    while digits < line.count, let digit = hexDigit(line[digits]) {
      size = size << 4 | digit
      digits += 1
      if digits > Self.chunkSizeDigitsMax { throw Self.malformed }
    }
    guard digits > 0 else { throw Self.malformed }
    guard Self.areExtensions(line[digits...]) else { throw Self.malformed }
    total += size
    if total > bytesMax { throw Refusal(status: 413, reason: "the body is too large") }
    remaining = size
    state = size == 0 ? .trailer : .chunkData
  }

  /// Whether the rest of a chunk's line is extensions (RFC 9112 section 7.1.1), without the white
  /// space older grammars allowed: `;name`, `;name=token` or `;name="text"`.
  private static func areExtensions(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
    var rest = line
    func takeToken() -> Bool {
      let length = rest.prefix(while: isToken).count
      rest = rest.dropFirst(length)
      return length > 0
    }
    while let first = rest.first {
      guard first == UInt8(ascii: ";") else { return false }
      rest = rest.dropFirst()
      guard takeToken() else { return false }
      guard rest.first == UInt8(ascii: "=") else { continue }
      rest = rest.dropFirst()
      if rest.first != UInt8(ascii: "\"") {
        guard takeToken() else { return false }
        continue
      }
      var isEscaped = false
      var isClosed = false
      rest = rest.dropFirst()
      while !isClosed, let byte = rest.first {
        if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return false }
        isClosed = byte == UInt8(ascii: "\"") && !isEscaped
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        rest = rest.dropFirst()
      }
      guard isClosed else { return false }
    }
    return true
  }

  /// Reads a trailer and drops it; throws for one that would change the message.
  private mutating func trailer(_ line: UnsafeRawBufferPointer) throws(Refusal) {
    if line.isEmpty {
      isDone = true
      return
    }
    trailerBytes += line.count
    if trailerBytes > Self.trailerBytesMax {
      throw Refusal(status: 431, reason: "the trailers are too large")
    }
    guard let colon = find(UInt8(ascii: ":"), in: line, from: 0), colon > 0,
      line[..<colon].allSatisfy(isToken),
      !line[colon...].contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F })
    else { throw Refusal(status: 400, reason: "a trailer is malformed") }
    let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
    if Self.forbiddenTrailers.contains(name) {
      throw Refusal(status: 400, reason: "this field may not be a trailer")
    }
  }

  /// Fields that must not be trailers (RFC 9110 section 6.5.1): framing, routing and
  /// authentication.
  private static let forbiddenTrailers: Set<String> = [
    "transfer-encoding", "content-length", "host", "authorization", "te",
    "trailer", "connection", "expect", "content-encoding", "cookie", "cache-control",
  ]

  private func hexDigit(_ byte: UInt8) -> Int? {
    if isDigit(byte) { return Int(byte - UInt8(ascii: "0")) }
    let letter = asciiLowercased(byte) &- UInt8(ascii: "a")
    return letter < 6 ? Int(letter) + 10 : nil
  }
}
