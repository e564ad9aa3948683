import Glibc
import JSON

/// Why a command ended, and with which exit code.
struct Failure: Error {
  let code: String
  let message: String
  var hint: String?
  var requestID: String?
  var exitCode: Int32
  /// The problem as the server sent it, for `-o json`.
  var document: [UInt8]?

  static func usage(_ message: String) -> Failure {
    Failure(code: "usage", message: message, exitCode: 2)
  }

  static func failed(_ code: String, _ message: String, exitCode: Int32 = 1) -> Failure {
    Failure(code: code, message: message, exitCode: exitCode)
  }

  /// From an answer other than 2xx.
  init(status: Int, body: [UInt8]) {
    let problem = try? JSONValue(parsing: body)
    code = problem?["code"]?.string ?? "http_\(status)"
    let title = problem?["title"]?.string ?? "the server answered \(status)"
    let detail = problem?["detail"]?.string
    let errors = (problem?["errors"]?.array ?? []).map { error in
      "\n  \(error["pointer"]?.string ?? ""): \(error["detail"]?.string ?? "")"
    }
    message = (detail.map { "\(title) — \($0)" } ?? title) + errors.joined()
    requestID = problem?["request_id"]?.string
    document = problem == nil ? nil : body
    exitCode =
      switch status {
      case 400, 413, 414, 415, 422: 2
      case 401, 403: 4
      case 404: 3
      case 409, 412, 428: 5
      case 429, 502, 503, 504: 7
      default: 1
      }
    if status == 401 { hint = "sign in with: tenure context set NAME --url URL --token-file FILE" }
  }

  init(
    code: String, message: String, hint: String? = nil, exitCode: Int32
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.exitCode = exitCode
  }

  func report() {
    if let document, Output.current == .json || Output.current == .jsonl {
      Terminal.say(String(decoding: document, as: UTF8.self))
      return
    }
    Terminal.say("error[\(code)]: \(message)")
    if let hint { Terminal.say("hint: \(hint)") }
    if let requestID { Terminal.say("request id: \(requestID)") }
  }
}

enum Terminal {
  static let isInteractive = isatty(0) == 1 && isatty(2) == 1
  static let hasOutput = isatty(1) == 1

  /// Writes a line to standard error.
  static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }

  /// Writes bytes to standard output, all of them.
  static func put(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
      if count <= 0 { Glibc.exit(1) }
      rest = rest.dropFirst(count)
    }
  }
}
