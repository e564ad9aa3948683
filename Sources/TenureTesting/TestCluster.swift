import Foundation
import Glibc
package import Postgres
import Reactor

/// A PostgreSQL of a test's own, to be killed: made by the scripts that make the embedded one.
package final class TestCluster: @unchecked Sendable {
  private let folder: String
  private var process: ChildProcess?

  package init() throws {
    folder = NSTemporaryDirectory() + "tenure-cluster-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o711])
  }

  /// Starts it, with further options of `postgres`, and waits until it answers.
  ///
  /// After a kill its children may outlive it for a moment, and keep the next one from starting.
  package func start(options: String = "") async throws {
    let script = """
      . Deploy/lib.sh
      POSTGRES_OPTIONS='-c shared_buffers=16MB \(options)'
      for try in 1 2 3 4 5 6 7 8 9 10; do
        (postgres_start '\(folder)/state' && touch '\(folder)/ready' && wait $POSTGRES_PID) && exit
        [ -e '\(folder)/ready' ] && exit
        sleep 0.5
      done
      """
    try? FileManager.default.removeItem(atPath: folder + "/ready")
    process = try ChildProcess("/bin/bash", Self.arguments(script), folder: Self.top)
    for _ in 0..<600 {
      if FileManager.default.fileExists(atPath: folder + "/ready") { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw CocoaError(.fileReadUnknown, userInfo: [NSFilePathErrorKey: folder])
  }

  /// Ends it with a signal: SIGKILL gives it no time for anything.
  package func kill(_ signal: Int32 = SIGKILL) {
    let lines = try? String(contentsOfFile: folder + "/state/data/postmaster.pid", encoding: .utf8)
    guard let pid = lines?.split(separator: "\n").first.flatMap({ Int32($0) }) else { return }
    Glibc.kill(pid, signal)
    process?.wait()
  }

  /// Its connection string, for the database `postgres`.
  package var url: String { "host=\(socketFolder) user=postgres dbname=postgres" }

  /// Where it listens: a host to libpq.
  package var socketFolder: String {
    let script = ". Deploy/lib.sh; socket_dir '\(folder)/state'"
    let ended = try? ChildProcess.run("/bin/bash", Self.arguments(script), folder: Self.top)
    return (ended?.output ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A script's arguments: its name tells the scripts where they lie.
  private static func arguments(_ script: String) -> [String] { ["-c", script, "Deploy/cluster"] }

  /// The top of the tree, where scripts are run.
  private static let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// A session that blocks, as its administrator.
  package func administrator() throws -> BlockingSession {
    try BlockingSession(ConnectionSource(url: url, role: "", applicationName: "test"))
  }

  package func remove() {
    kill(SIGQUIT)
    try? FileManager.default.removeItem(atPath: socketFolder)
    try? FileManager.default.removeItem(atPath: folder)
  }
}
