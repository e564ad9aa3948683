import Foundation
import Glibc
import JSON
import Reactor
import TenureTesting

/// The programs as a user runs them: processes of their own, reached by their ports and arguments.
final class Daemon: @unchecked Sendable {
  let port: Int
  let folder: String
  /// A database of the shared cluster; nil where the daemon has a cluster of its own.
  private let shared: TestDatabase?
  let databaseURL: String
  private var process: ChildProcess?
  private var slot: TestSlot?

  static var binaries: URL {
    // Test bundles lie beside the programs.
    Bundle.main.executableURL?.deletingLastPathComponent()
      ?? URL(fileURLWithPath: ".build/debug")
  }

  var database: TestDatabase {
    guard let shared else { preconditionFailure("this daemon's database is a cluster of its own") }
    return shared
  }

  init(cluster: TestCluster? = nil) throws {
    shared = cluster == nil ? try TestDatabase() : nil
    databaseURL = cluster?.url ?? shared?.url ?? ""
    port = Int.random(in: 20_000..<30_000)
    folder = NSTemporaryDirectory() + "tenure-daemon-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try String(repeating: "2a", count: 32).write(
      toFile: folder + "/root.key", atomically: true, encoding: .utf8)
  }

  var environment: [String: String] {
    [
      "PATH": "/usr/bin:/bin", "HOME": folder,
      "TENURE_ROOT_KEY_FILE": folder + "/root.key", "TENURE_LISTEN": "127.0.0.1:\(port)",
      "TENURE_METRICS_LISTEN": "", "TENURE_OPERATOR_KEY_FILE": folder + "/operator.key",
      "TENURE_OPERATOR_RATE": "0", "TENURE_DRAIN_SECONDS": "0", "SWIFT_BACKTRACE": "enable=no",
      // A real clock: what is erased goes at once.
      "TENURE_ERASURE_WAIT_HOURS": "0", "TENURE_ERASURE_ALONE_WAIT_HOURS": "0",
    ].merging(Self.databases(databaseURL)) { $1 }
  }

  /// What a service is told of its database: the login it serves by, and the one that owns the schema.
  static func databases(_ url: String) -> [String: String] {
    ["TENURE_DATABASE_URL": url + " user=tenure_app", "TENURE_MIGRATE_URL": url]
  }

  var operatorKey: String {
    let text = try? String(contentsOfFile: folder + "/operator.key", encoding: .utf8)
    return (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  var log: String { (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "" }

  /// Starts the service and waits until it is ready, which it says itself unless a test looks.
  func start(
    environment extra: [String: String] = [:], isReady: (() throws -> Bool)? = nil
  ) async throws {
    if slot == nil { slot = await TestSlot(in: .processes) }
    let path = folder + "/log"
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seekToEnd()
    process = try ChildProcess(
      Self.binaries.appendingPathComponent("tenured").path, ["serve"],
      environment: environment.merging(extra) { $1 }, output: handle.fileDescriptor,
      errors: handle.fileDescriptor)
    for _ in 0..<1_000 {
      if try isReady?() ?? (run("tenured", ["healthcheck"]).status == 0) { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw CocoaError(.fileReadUnknown, userInfo: [NSLocalizedDescriptionKey: log])
  }

  func kill() {
    signal(SIGKILL)
    process?.wait()
  }

  func signal(_ signal: Int32) {
    process?.signal(signal)
  }

  /// Asks it to stop; answers its exit status.
  func stop() -> Int32 {
    guard let process else { return -1 }
    process.signal(SIGTERM)
    return process.wait()
  }

  func cleanUp() throws {
    if process?.isRunning == true { kill() }
    slot = nil
    try FileManager.default.removeItem(atPath: folder)
    try shared?.drop()
  }

  /// Runs one of the programs to its end.
  func run(
    _ program: String, _ arguments: [String], input: String? = nil,
    environment extra: [String: String] = [:]
  ) throws -> (status: Int32, output: String, errors: String) {
    try run(
      Self.binaries.appendingPathComponent(program), arguments, input: input, environment: extra)
  }

  func run(
    _ program: URL, _ arguments: [String], input: String? = nil,
    environment extra: [String: String] = [:]
  ) throws -> (status: Int32, output: String, errors: String) {
    let ended = try ChildProcess.run(
      program.path, arguments, environment: environment.merging(extra) { $1 },
      input: input ?? "")
    return (ended.status, ended.output, ended.errors)
  }

  /// Runs `tenure` as the operator.
  func tenure(
    _ arguments: String..., input: String? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    try tenure(arguments, input: input)
  }

  /// As the operator, or by another token.
  func tenure(
    _ arguments: [String], input: String? = nil, token: String? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    try run("tenure", arguments, input: input, environment: client(token ?? operatorKey))
  }

  private func client(_ token: String) -> [String: String] {
    [
      "TENURE_URL": "http://127.0.0.1:\(port)", "TENURE_TOKEN": token,
      "TENURE_NO_INPUT": "1",
    ]
  }

  /// A checkpoint of a tenant's log, the operator's where none is named.
  ///
  /// There is none before an entry is sealed, and what other tests have open in the cluster keeps it
  /// from being.
  func checkpoint(_ arguments: String...) async throws -> JSONValue {
    var signed = (status: Int32(1), output: "", errors: "")
    try await eventually {
      signed = try tenure(["audit", "checkpoint", "-o", "json"] + arguments)
      return signed.status == 0
    }
    return try JSONValue(parsing: Array(signed.output.utf8))
  }
}
