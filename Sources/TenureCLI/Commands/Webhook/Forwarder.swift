import Foundation
import HTTP
import JSON
import Reactor
import Tenure
import Vault

/// Passes events on to a local server, as the service itself would send them.
struct Forwarder: Sendable {
  private let client: HTTPClient
  private let host: String
  private let port: Int
  private let target: String

  /// `text` is such as `http://localhost:3000/hook`, or `127.0.0.1:3000`.
  init(to text: String, loop: EventLoop) throws {
    let bare = text.hasPrefix("http://") ? String(text.dropFirst(7)) : text
    let slash = bare.firstIndex(of: "/") ?? bare.endIndex
    let parts = bare[..<slash].split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) else {
      throw Failure.usage("--forward-to wants such as http://localhost:3000/hook")
    }
    host = String(parts[0])
    self.port = port
    target = slash == bare.endIndex ? "/" : String(bare[slash...])
    var limits = HTTPClient.Limits()
    limits.requiresGlobalAddress = false
    client = HTTPClient(loop: loop, tls: nil, limits: limits)
  }

  /// The status of the server's answer; nil where none came.
  func send(_ body: [UInt8], headers: [(name: String, value: String)]) async -> Int? {
    let request = OutboundRequest(
      method: "POST", host: host, port: port, target: target,
      headers: headers + [("Content-Type", "application/json")], body: body)
    guard let address = try? HTTPClient.resolve(host).first(where: { !$0.text.contains(":") })
    else { return nil }
    return try? await client.send(request, to: address).status
  }
}

/// Which events somebody asked for: all, or those of some types.
struct EventFilter: Sendable {
  private let patterns: [String]

  /// `text` is such as `takeover.*,control.*`.
  init(_ text: String?) throws {
    patterns = (text ?? "").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    for pattern in patterns where !EventType.isPattern(pattern) {
      throw Failure.usage("'\(pattern)' is neither a type of event nor such as 'takeover.*'")
    }
  }

  func matches(_ type: String) -> Bool {
    guard !patterns.isEmpty else { return true }
    return EventType(rawValue: type).map { type in patterns.contains(where: type.matches) } ?? false
  }
}

/// The secret that events fetched from the feed are signed with on their way to a local server: made
/// once, so that it can stand in that server's settings.
enum LocalSecret {
  static func read() throws -> String {
    let path = Contexts.folder + "/listen.secret"
    if let text = try? String(contentsOfFile: path, encoding: .utf8) { return text }
    let secret = WebhookKeys(secret: try Random.bytes(32), seed: try Random.bytes(32)).secretText
    try FileManager.default.createDirectory(
      atPath: Contexts.folder, withIntermediateDirectories: true)
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
    else { throw Failure.failed("config", "\(path) cannot be written") }
    return secret
  }
}
