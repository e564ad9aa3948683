import Foundation
import JSON
import Postgres
import Reactor
import Tenure
import TenureKernel
import Vault

/// A backup: the data as dumped by PostgreSQL, and people's wrapped keys in a separate file.
///
/// Keys move from epoch to epoch, and those of a closed epoch cannot be unwrapped: so data of any
/// age is restored with the newest file of keys. A backup has neither the root key nor the
/// directory of epochs and erasures.
package struct Backup: Sendable {
  static let dataFile = "data.dump"
  static let keysFile = "keys"
  static let manifestFile = "manifest.json"

  /// The backup's description of itself.
  struct Manifest: Sendable {
    var createdAt: String
    var rootID: String
    var epoch: Int
    /// SHA-256 of each file, in hexadecimal.
    var digests: [(name: String, digest: String)]
    /// The number of leaves of each tenant's audit tree, and of rows in the tables.
    var counts: [(name: String, count: Int)]

    /// By hand: the names of its files and counts are members, which no table of a shape knows.
    var json: [UInt8] {
      var writer = JSONWriter()
      writer.object { writer in
        writer.key("created_at")
        writer.string(createdAt)
        writer.key("root_id")
        writer.string(rootID)
        writer.key("key_epoch")
        writer.int(epoch)
        writer.key("files")
        writer.object { writer in
          for (name, digest) in digests {
            writer.key(name)
            writer.string(digest)
          }
        }
        writer.key("counts")
        writer.object { writer in
          for (name, count) in counts {
            writer.key(name)
            writer.int(count)
          }
        }
      }
      return writer.bytes
    }
  }

  private let configuration: Configuration

  package init(configuration: Configuration) { self.configuration = configuration }

  static func source(_ configuration: Configuration) -> ConnectionSource {
    Bootstrap.ownerSource(configuration, for: "backup")
  }

  /// Writes a backup into a new directory; with `keysOnly` it has no data.
  package func write(to directory: String, keysOnly: Bool) throws {
    let keyring = try RootKeySource.keyring(configuration)
    guard !FileManager.default.fileExists(atPath: directory) else {
      throw ServiceFailure(description: "\(directory) is there already")
    }
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let source = Self.source(configuration)
    var files = [Self.keysFile]
    if !keysOnly {
      try PostgresProgram.run(
        "pg_dump", ["--format=custom", "--file=\(directory)/\(Self.dataFile)"], source)
      files.append(Self.dataFile)
    }
    let session = try BlockingSession(source)
    try DurableFile.replace(
      "\(directory)/\(Self.keysFile)", with: Array(try Self.keys(session).utf8))
    let manifest = Manifest(
      createdAt: SystemClock().now.description, rootID: keyring.root.id,
      epoch: keyring.epochs.current,
      digests: try files.map { ($0, try Self.digest("\(directory)/\($0)")) },
      counts: try Self.counts(session))
    try DurableFile.replace("\(directory)/\(Self.manifestFile)", with: manifest.json + [0x0A])
  }

  /// The wrapped keys of all people, a line each.
  private static func keys(_ session: BlockingSession) throws -> String {
    // A login that row-level security applies to would see no rows, and write an empty backup.
    guard
      try session.run(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") == ["t"]
    else {
      throw ServiceFailure(
        description: "migrate_url must name a role that row-level security does not bind")
    }
    let accounts = try session.run(
      """
      SELECT concat_ws(' ', 'account', tenant_id, account_id, key_version, key_epoch,
        parent_version, encode(wrapped_key, 'hex'), encode(key_commitment, 'hex'))
      FROM tenure.accounts WHERE wrapped_key IS NOT NULL
      """)
    let audit = try session.run(
      """
      SELECT concat_ws(' ', 'audit', tenant_id, account_id, version, key_epoch, parent_version,
        encode(wrapped, 'hex'), encode(commitment, 'hex'))
      FROM tenure.audit_keys
      """)
    let tenants = try session.run(
      """
      SELECT concat_ws(' ', 'tenant', tenant_id, tenant_id, version, root_id, 0,
        encode(wrapped, 'hex'), encode(commitment, 'hex'))
      FROM tenure.tenant_keys
      """)
    return (tenants + accounts + audit).map { $0 + "\n" }.joined()
  }

  static func counts(_ session: BlockingSession) throws -> [(name: String, count: Int)] {
    let tables = [
      "tenants", "accounts", "content_items", "audit_entries", "audit_batches", "holds",
    ]
    return try tables.map { table in
      let found = try session.run("SELECT count(*) FROM tenure.\(table)")
      guard let count = found.first.flatMap({ Int($0) }) else {
        throw ServiceFailure(description: "the rows of \(table) were not counted")
      }
      return (table, count)
    }
  }

  /// SHA-256 of a file, in hexadecimal.
  static func digest(_ path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw ServiceFailure(description: "\(path) cannot be read")
    }
    defer { try? file.close() }
    var digest = try StreamDigest()
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
      try digest.update(Array(piece))
    }
    return Hexadecimal.encode(try digest.finish())
  }
}

/// PostgreSQL's own programs, which are told by environment variables what to connect to.
enum PostgresProgram {
  /// The name of a program among the sessions of the database.
  static func applicationName(_ program: String) -> String { "tenured \(program)" }

  static func run(_ name: String, _ arguments: [String], _ source: ConnectionSource) throws {
    let environment = ProcessInfo.processInfo.environment
      .merging(try source.environment()) { $1 }
      .merging(["PGAPPNAME": applicationName(name)]) { $1 }
    let ended = try ChildProcess.run(
      "/usr/bin/env", [name] + arguments, environment: environment)
    guard ended.status == 0 else {
      throw ServiceFailure(description: "\(name) failed: \(ended.errors.prefix(2_000))")
    }
  }
}
