/// A response.
///
/// `headers` are written without a check: the caller must have checked values that come from
/// outside.
package struct HTTPResponse: Sendable {
  package var status: Int
  package var contentType: StaticString
  package var headers: [(name: StaticString, value: String)] = []
  package var body: [UInt8]
  /// Writes the body piece by piece with chunked coding; nil where `body` is the whole.
  package var stream: (@Sendable (BodyWriter) async throws -> Void)?
  package var closesConnection = false
  /// Whether the service keeps the body's array in any case, so that an answer that waits for its
  /// reader takes no memory of its own.
  package var isStatic = false

  package init(
    status: Int, contentType: StaticString = "application/json", body: [UInt8] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  /// Appends the status line and headers.
  ///
  /// `date` is an IMF-fixdate (RFC 9110 section 5.6.7). A body of unknown length is not chunked where
  /// the connection's end is its end.
  func writeHead(into output: inout [UInt8], date: [UInt8], close: Bool, isChunked: Bool) {
    output.append("HTTP/1.1 ")
    output.append(decimal: status)
    output.append(Self.reason(status))
    output.append("\r\nDate: ")
    output.append(contentsOf: date)
    if stream != nil {
      if isChunked { output.append("\r\nTransfer-Encoding: chunked") }
    } else if status != 204 && status != 304 {
      output.append("\r\nContent-Length: ")
      output.append(decimal: body.count)
    }
    if !body.isEmpty || stream != nil {
      output.append("\r\nContent-Type: ")
      output.append(contentType)
    }
    for (name, value) in headers {
      output.append("\r\n")
      output.append(name)
      output.append(": ")
      output.append(contentsOf: value.utf8)
    }
    if close { output.append("\r\nConnection: close") }
    output.append("\r\n\r\n")
  }

  /// The reason phrase with its leading space (RFC 9110 section 15).
  private static func reason(_ status: Int) -> StaticString {
    switch status {
    case 200: " OK"
    case 201: " Created"
    case 202: " Accepted"
    case 204: " No Content"
    case 304: " Not Modified"
    case 400: " Bad Request"
    case 401: " Unauthorized"
    case 403: " Forbidden"
    case 404: " Not Found"
    case 405: " Method Not Allowed"
    case 406: " Not Acceptable"
    case 408: " Request Timeout"
    case 409: " Conflict"
    case 411: " Length Required"
    case 412: " Precondition Failed"
    case 413: " Content Too Large"
    case 414: " URI Too Long"
    case 415: " Unsupported Media Type"
    case 417: " Expectation Failed"
    case 422: " Unprocessable Content"
    case 428: " Precondition Required"
    case 429: " Too Many Requests"
    case 431: " Request Header Fields Too Large"
    case 500: " Internal Server Error"
    case 501: " Not Implemented"
    case 503: " Service Unavailable"
    case 505: " HTTP Version Not Supported"
    default: " "
    }
  }
}

extension [UInt8] {
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  mutating func append(decimal value: Int) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(ascii: "0") &+ UInt8(value % 10))
  }

  mutating func append(hexadecimal value: Int) {
    if value >= 16 { append(hexadecimal: value / 16) }
    let digit = UInt8(value % 16)
    append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
  }
}
