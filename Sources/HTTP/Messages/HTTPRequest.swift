/// The methods of RFC 9110 section 9, RFC 5789, and QUERY of draft-ietf-httpbis-safe-method-w-body.
///
/// One that an endpoint does not have is answered with 405. Others are `.other`, and answered with 501.
package enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
  case trace = "TRACE"
  case connect = "CONNECT"
  case query = "QUERY"
  case other = ""

  init(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    self = text.isEmpty ? .other : HTTPMethod(rawValue: text) ?? .other
  }
}

/// One request, with its head as received, and its body once that was read.
///
/// Confined to the loop of its connection. Header names and values are ranges of the head's bytes,
/// and become strings only when somebody asks for them.
package final class HTTPRequest: @unchecked Sendable {
  /// Positions in `head`; a head is at most 24 KiB, so 16 bits are enough.
  struct Field {
    var name: Range<UInt16>
    var value: Range<UInt16>
  }

  package internal(set) var method = HTTPMethod.other
  package internal(set) var isVersion11 = true
  /// The whole body; empty where `bodyStream` has it.
  package internal(set) var body: [UInt8] = []
  /// The body as it arrives, for requests whose `BodyPolicy` is `.streamed`.
  package internal(set) var bodyStream: BodyStream?
  /// Whether the connection is encrypted.
  package internal(set) var isSecure = false
  /// The numeric address of the peer.
  package internal(set) var peer = ""

  var head: [UInt8] = []
  var fields: [Field] = []
  var pathRange: Range<UInt16> = 0..<0
  var queryRange: Range<UInt16> = 0..<0

  package init() {}

  /// Forgets everything of the message, before the next one of its connection.
  func reset() {
    method = .other
    isVersion11 = true
    head.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    (pathRange, queryRange) = (0..<0, 0..<0)
    body = []
    bodyStream = nil
  }

  /// The path without the query, still percent-encoded.
  package var path: String { text(pathRange) }
  package var pathBytes: ArraySlice<UInt8> {
    head[Int(pathRange.lowerBound)..<Int(pathRange.upperBound)]
  }
  /// The query after `?`, still encoded; empty where there is none.
  package var query: String { text(queryRange) }
  package var hasQuery: Bool { !queryRange.isEmpty }

  /// The value of a header; nil where it is missing.
  ///
  /// `name` must be in lower case. If the header occurs twice, this is its first value: callers
  /// that must refuse that use `values`.
  package func header(_ name: StaticString) -> String? {
    for field in fields where matches(field.name, name) { return text(field.value) }
    return nil
  }

  /// The bytes of a header's value, without a `String`.
  package func headerBytes(_ name: StaticString) -> ArraySlice<UInt8>? {
    for field in fields where matches(field.name, name) {
      return head[Int(field.value.lowerBound)..<Int(field.value.upperBound)]
    }
    return nil
  }

  package func values(_ name: StaticString) -> [String] {
    fields.filter { matches($0.name, name) }.map { text($0.value) }
  }

  private func matches(_ range: Range<UInt16>, _ name: StaticString) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    return head.withUnsafeBytes { bytes in
      name.withUTF8Buffer { wanted in
        let start = Int(range.lowerBound)
        for index in 0..<wanted.count
        where asciiLowercased(bytes[start + index]) != wanted[index] { return false }
        return true
      }
    }
  }

  private func text(_ range: Range<UInt16>) -> String {
    String(decoding: head[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
  }
}

/// Lower-cases ASCII letters only, which is enough for header names.
@inline(__always)
func asciiLowercased(_ byte: UInt8) -> UInt8 {
  byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
}
