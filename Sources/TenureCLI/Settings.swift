import ArgumentParser
import Foundation
import Glibc
import SettingsFile
import Tenure

/// Where to find the service and who to be: flag, then environment, then the user's file.
struct Settings {
  let url: String
  let token: String
  let tenant: String?

  static func load(_ options: ClientOptions) throws -> Settings {
    let environment = ProcessInfo.processInfo.environment
    let contexts = try Contexts.load()
    let name = options.context ?? environment["TENURE_CONTEXT"] ?? contexts.current
    if let wanted = options.context ?? environment["TENURE_CONTEXT"],
      contexts.entries[wanted] == nil
    {
      throw Failure.usage(
        "there is no context '\(wanted)'; tenure context list shows those there are")
    }
    let context = contexts.entries[name]
    guard let url = options.url ?? environment["TENURE_URL"] ?? context?.url else {
      throw Failure(
        code: "no_context", message: "no service is known",
        hint: "tenure context set NAME --url URL --token-file FILE, or TENURE_URL and TENURE_TOKEN",
        exitCode: 4)
    }
    // Whatever reads a key from a file into the environment may bring its last line end along.
    var token =
      try options.token()
      ?? environment["TENURE_TOKEN"]?.trimmingCharacters(in: .whitespacesAndNewlines)
    if token == nil, let context { token = try Contexts.credential(name, context) }
    guard let token, !token.isEmpty else {
      throw Failure(
        code: "unauthenticated", message: "no key is known for \(url)",
        hint: "give one with --token-file, --token-stdin or TENURE_TOKEN", exitCode: 4)
    }
    guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw Failure.usage("the key holds characters that no key has")
    }
    return Settings(
      url: url, token: token,
      tenant: options.tenant ?? environment["TENURE_TENANT"] ?? context?.tenant)
  }
}

/// Options of every command that talks to the service.
struct ClientOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "table, json, jsonl, yaml, csv or id")
  var output: Output?
  @Option(help: "The context to use")
  var context: String?
  @Option(help: "The service's URL")
  var url: String?
  @Option(help: "A file that holds the key; its permissions must keep others out")
  var tokenFile: String?
  @Flag(help: "Read the key from standard input")
  var tokenStdin = false
  @Option(help: "The tenant to act in (operator keys only)")
  var tenant: String?
  @Flag(help: "Say what would happen and change nothing")
  var dryRun = false
  @Option(help: "Why: kept sealed in the audit log")
  var reason: String?
  @Option(help: "The Idempotency-Key of a request that is made again")
  var retryKey: String?

  func validate() throws {
    let environment = ProcessInfo.processInfo.environment["TENURE_OUTPUT"]
    if let environment, output == nil, Output(rawValue: environment) == nil {
      throw ValidationError("TENURE_OUTPUT: '\(environment)' is not an output format")
    }
    Output.current = output ?? environment.flatMap(Output.init) ?? .table
  }

  func token() throws -> String? {
    if tokenStdin {
      return readLine(strippingNewline: true)?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return try tokenFile.map(Self.readSecret)
  }

  /// Reads a secret from a file that only its owner may read.
  static func readSecret(_ path: String) throws -> String {
    var information = stat()
    guard stat(path, &information) == 0,
      let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { throw Failure.usage("the file \(path) cannot be read") }
    if information.st_mode & 0o077 != 0 {
      Terminal.say("warning: others can read \(path); chmod 600 closes it")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// The user's contexts: `~/.config/tenure/config.toml`, and keys beside it in `credentials`.
struct Contexts {
  struct Entry {
    var url: String
    var tenant: String?
    var tokenFile: String?
  }

  var current = ""
  var entries: [String: Entry] = [:]

  static var folder: String {
    let environment = ProcessInfo.processInfo.environment
    if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") { return base + "/tenure" }
    // Without HOME it is what the system says of the user.
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
    return home + "/.config/tenure"
  }

  private static var file: String { folder + "/config.toml" }

  /// Refuses a name that the file could not hold.
  static func check(_ name: String) throws {
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
      !name.isEmpty
    else { throw Failure.usage("a context's name is letters, digits and '-'") }
  }

  static func load() throws -> Contexts {
    var contexts = Contexts()
    guard FileManager.default.fileExists(atPath: file) else { return contexts }
    let read: SettingsFile
    do throws(SettingsFile.Malformed) { read = try SettingsFile(reading: file) } catch {
      throw Failure.usage(error.description)
    }
    for name in read.values.keys where name != "current" { throw unknown(name) }
    contexts.current = read.values["current"] ?? ""
    for (table, members) in read.tables where table != "context" {
      guard table.hasPrefix("context.") else { throw unknown(table) }
      for name in members.keys where !["url", "tenant", "token_file"].contains(name) {
        throw unknown("\(table).\(name)")
      }
      contexts.entries[String(table.dropFirst("context.".count))] = Entry(
        url: members["url"] ?? "", tenant: members["tenant"], tokenFile: members["token_file"])
    }
    return contexts
  }

  private static func unknown(_ name: String) -> Failure {
    Failure.usage("\(file): unknown setting '\(name)'")
  }

  func save() throws {
    let tables = entries.map { name, entry in
      let members = [("url", entry.url), ("tenant", entry.tenant), ("token_file", entry.tokenFile)]
        .compactMap { name, value in value.map { (name, $0) } }
      return ("context.\(name)", Dictionary(uniqueKeysWithValues: members))
    }
    let saved = SettingsFile(
      values: ["current": current], tables: Dictionary(uniqueKeysWithValues: tables))
    try Self.makeFolder()
    try Self.write(saved.text, to: Self.file)
  }

  /// The key of a context: the file it names, or the one kept for it.
  static func credential(_ name: String, _ entry: Entry) throws -> String? {
    if let file = entry.tokenFile { return try ClientOptions.readSecret(file) }
    let kept = folder + "/credentials." + name
    return FileManager.default.fileExists(atPath: kept) ? try ClientOptions.readSecret(kept) : nil
  }

  static func keepCredential(_ token: String, for name: String) throws {
    try makeFolder()
    try write(token + "\n", to: folder + "/credentials." + name)
  }

  private static func makeFolder() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure.failed(
        "config", "\(folder) cannot be made; XDG_CONFIG_HOME names another place for it")
    }
  }

  static func forgetCredential(_ name: String) {
    unlink(folder + "/credentials." + name)
  }

  /// Writes beside the file and renames: a reader sees the old or the new one, whole.
  private static func write(_ text: String, to path: String) throws {
    let fresh = path + ".new"
    guard
      FileManager.default.createFile(
        atPath: fresh, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]),
      rename(fresh, path) == 0
    else { throw Failure.failed("config", "\(path) cannot be written") }
  }
}
