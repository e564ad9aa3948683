import ArgumentParser
import Foundation
import HTTP
import JSON

struct APICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api", abstract: "Make a request by hand",
    discussion: "Example: tenure api POST /v1/tenants -F name=Acme")
  @OptionGroup var options: ClientOptions
  @Argument(help: "GET, POST, PUT, PATCH or DELETE") var method: String
  @Argument(help: "The path, with its query") var path: String
  @Option(name: .customShort("F"), help: "A member of the body as NAME=VALUE; repeatable")
  var field: [String] = []
  @Option(help: "A file that holds the body; '-' for standard input") var input: String?

  func run() async throws {
    guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw Failure.usage("a path begins with '/' and is percent-encoded")
    }
    var body: JSONValue?
    if let input {
      guard let value = try? JSONValue(parsing: Array(try Input.data(of: input))) else {
        throw Failure.usage("the body is not JSON")
      }
      body = value
    } else if !field.isEmpty {
      body = .object(try field.map(Self.member))
    }
    let type = method.uppercased() == "PATCH" ? "application/merge-patch+json" : "application/json"
    let answer = try await Client(options).send(
      method.uppercased(), path, body: body, contentType: type)
    Terminal.put(answer.body)
    if Terminal.hasOutput && answer.body.last != 0x0A { Terminal.put([0x0A]) }
  }

  /// `name=value`; a value that is JSON is taken as such, anything else as text.
  private static func member(_ text: String) throws -> (name: String, value: JSONValue) {
    guard let equals = text.firstIndex(of: "=") else {
      throw Failure.usage("-F wants NAME=VALUE, not '\(text)'")
    }
    let value = String(text[text.index(after: equals)...])
    return (
      String(text[..<equals]), (try? JSONValue(parsing: Array(value.utf8))) ?? .string(value)
    )
  }
}

/// Looks at everything a command needs before one is missed.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the connection, the key and the clock",
    discussion: "Example: tenure doctor --quiet")
  @OptionGroup var options: ClientOptions
  @Flag(help: "Say only what is wrong") var quiet = false

  func run() async throws {
    let client = try Client(options)
    let ready = try await client.send("GET", "/health/ready")
    say("the service is ready")
    let who = try await client.call("GET", "/v1/whoami")
    say("the key is accepted: \(who["plane"]?.string ?? "") \(who["role"]?.string ?? "")")
    guard let date = ready.header("date"), let skew = Self.skew(date) else { return }
    if abs(skew) > 60 {
      throw Failure.failed("clock_skew", "this machine's clock is off by \(Int(skew)) s")
    }
    say("the clocks agree")
  }

  private func say(_ text: String) { if !quiet { print("ok: \(text)") } }

  private static func skew(_ date: String) -> Double? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return formatter.date(from: date).map { Date().timeIntervalSince($0) }
  }
}

/// Prints the script that completes commands in a shell.
struct Completion: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the completion script of a shell",
    discussion: "Example: source <(tenure completion bash)")
  @Argument(help: "bash, zsh or fish") var shell: String

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell) else {
      throw Failure.usage("bash, zsh or fish")
    }
    print(Tenure.completionScript(for: shell))
  }
}
