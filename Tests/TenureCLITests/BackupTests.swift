import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Backups of what was erased since, and of a database whose keys have moved on.
@Suite(.serialized, .onOwnThreads) struct BackupTests {
  private struct World {
    let daemon: Daemon
    let vault: [String: String]
    let ada: String
    let bob: String
    /// What verifies the operator's audit log.
    let key: String

    init() async throws {
      daemon = try Daemon()
      vault = ["TENURE_VAULT_DIR": daemon.folder + "/vault"]
      try await daemon.start(environment: vault)
      ada = try daemonAccount(daemon, "ada")
      bob = try daemonAccount(daemon, "bob")
      let checkpoint = try await daemon.checkpoint()
      key = checkpoint["verifier_key"]?.string ?? ""
      #expect(!key.isEmpty, "\(checkpoint)")
    }

    func tenured(
      _ arguments: String..., database: TestDatabase? = nil, vault other: [String: String]? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
      var environment = other ?? vault
      if let database { environment.merge(Daemon.databases(database.url)) { $1 } }
      return try daemon.run("tenured", arguments, environment: environment)
    }

    func erase(_ id: String) async throws {
      let erased = try daemon.tenure("account", "erase", id, "--reason", "asked", "--yes")
      #expect(erased.status == 0, "\(erased)")
      let isRecorded = try await eventually {
        let list = try daemon.tenure("erasure", "list", "--account", id, "-o", "json")
        let items = try JSONValue(parsing: Array(list.output.utf8)).array
        return items?.first?["recorded_at"]?.string != nil
      }
      #expect(isRecorded)
    }

    func name(of id: String) throws -> String? {
      let shown = try daemon.tenure("account", "show", id, "-o", "json")
      return (try? JSONValue(parsing: Array(shown.output.utf8)))?["display_name"]?.string
    }
  }

  @Test func `what was erased does not come back from a backup, and the log still verifies`()
    async throws
  {
    let world = try await World()
    let daemon = world.daemon
    let backup = daemon.folder + "/backup"
    // A hold that has ended by the time of the erasure, and has not by that of the backup.
    let hold = try daemon.tenure(
      "hold", "place", "--matter", "m", "--reason", "r", "--secret", world.ada, "-o", "id")
    #expect(hold.status == 0, "\(hold)")
    // Two events of transactions that began in another order than the events were made in.
    let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    let ids = [EventID(at: now), EventID(at: now.adding(seconds: -9))]
    for id in ids {
      try daemon.database.administrator().run(
        """
        INSERT INTO tenure.events (tenant_id, event_id, type, subject, sequence, data, at)
        VALUES ('\(TenantID.platform.uuid)', '\(id.uuid)', 'test', '\(id)', 1, '{}', now())
        """)
    }
    #expect(try world.tenured("backup", backup).status == 0)
    try daemon.database.administrator().run(
      """
      -- As if it had cooled: the database lets nobody shorten that.
      SET session_replication_role = replica;
      UPDATE tenure.holds SET state = 'ended', cools_until = now();
      RESET session_replication_role
      """)
    #expect(try world.tenured("verify-backup", backup).output.contains("accounts 2\n"))
    #expect(try world.tenured("backup", backup).errors.contains("is there already"))
    let before = try oldKey(of: world.bob, backup)
    try await world.erase(world.ada)

    // Restored before the epoch has ended: the ledger erases again.
    let first = try TestDatabase(isEmpty: true)
    let restored = try world.tenured("restore", backup, database: first)
    #expect(restored.output == "restored; 1 erasures were repeated\n", "\(restored)")
    let admin = try first.administrator()
    #expect(
      try admin.run("SELECT status FROM tenure.accounts WHERE wrapped_key IS NULL") == ["erased"])
    #expect(try world.tenured("restore", backup, database: first).errors.contains("not empty"))
    // Without the directory, or with another one, nothing is served.
    let none = try world.tenured("serve", database: first, vault: [:])
    #expect(none.status == 1 && none.errors.contains("vault_dir is not set"), "\(none)")
    let other = try world.tenured(
      "serve", database: first, vault: ["TENURE_VAULT_DIR": daemon.folder + "/other"])
    #expect(other.status == 1 && other.errors.contains("not the directory"), "\(other)")

    // The epoch ends while the service serves, which hears of it by itself.
    let rotated = try world.tenured("rotate-keys", "epoch")
    #expect(rotated.status == 0 && rotated.output == "done\n", "\(rotated)")
    #expect(try world.name(of: world.bob) == "Canary bob")
    #expect(try daemonAccount(daemon, "eve").hasPrefix("acc_"))
    let keys = daemon.folder + "/keys"
    #expect(try world.tenured("backup", "--keys-only", keys).status == 0)
    #expect(daemon.stop() == 0)

    let second = try TestDatabase(isEmpty: true)
    let again = try world.tenured("restore", backup, "--keys", keys + "/keys", database: second)
    #expect(again.output == "restored; 1 erasures were repeated\n", "\(again)")
    try await daemon.start(
      environment: world.vault.merging(Daemon.databases(second.url)) { $1 })
    #expect(try world.name(of: world.bob) == "Canary bob")
    #expect(try daemon.tenure("account", "show", world.ada).status == 3)
    // Whoever had read up to the first of the two goes on with the second.
    func events(after id: EventID) throws -> String {
      try daemon.tenure("event", "tail", "--after", id.description, "-o", "jsonl").output
    }
    var following = ""
    try await eventually {
      following = try events(after: ids[0])
      return !following.isEmpty
    }
    #expect(following.prefix { !$0.isNewline }.contains("\(ids[1])"), "\(following)")
    #expect(try !events(after: ids[1]).contains("\(ids[0])"))
    // With its old key, a row of the backup opens no more.
    let session = try second.administrator()
    try session.run(
      """
      UPDATE tenure.accounts SET wrapped_key = decode('\(before.wrapped)', 'hex'),
        key_commitment = decode('\(before.proof)', 'hex'), key_epoch = \(before.epoch)
      WHERE account_id = '\(before.id)'
      """)
    let unreadable = try daemon.tenure("account", "show", world.bob)
    #expect(unreadable.status == 1 && !unreadable.output.contains("Canary"), "\(unreadable)")
    // The log goes on where it was, and is the same log.
    let export = daemon.folder + "/log.jsonl"
    var (exported, problems) = ("", "")
    let isSealed = try await eventually {
      let signed = try daemon.tenure("audit", "checkpoint")
      let log = try daemon.tenure("audit", "export")
      exported = log.output
      problems = signed.errors + log.errors + daemon.log
      return exported.contains("account.erased")
    }
    #expect(isSealed, "\(problems)")
    try exported.write(toFile: export, atomically: true, encoding: .utf8)
    let verified = try daemon.run("tenure", ["audit", "verify", export, "--key", world.key])
    #expect(verified.status == 0, "\(verified)")
    try first.drop()
    try daemon.cleanUp()
    try second.drop()
  }

  @Test func `a certificate of erasure is verified offline, and no other passes`() async throws {
    let world = try await World()
    let daemon = world.daemon
    try await world.erase(world.ada)
    let list = try daemon.tenure("erasure", "list", "-o", "id")
    let id = list.output.trimmingCharacters(in: .whitespacesAndNewlines)
    // What other tests have open in the cluster keeps its entry from being sealed.
    var certificate = try daemon.tenure("erasure", "certificate", id)
    let isSealed = try await eventually {
      certificate = try daemon.tenure("erasure", "certificate", id)
      return certificate.status == 0
    }
    #expect(isSealed, "\(certificate)")
    let path = daemon.folder + "/certificate.json"
    func verify(_ text: String, key: String? = nil) throws -> (
      status: Int32, output: String, errors: String
    ) {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return try daemon.run("tenure", ["erasure", "verify", path, "--key", key ?? world.key])
    }
    let good = try verify(certificate.output)
    #expect(good.status == 0, "\(good)")
    let claims = try JSONValue(parsing: Array(good.output.utf8))
    #expect(claims["account_id"]?.string == world.ada)
    #expect(claims["remaining_copies"]?.array?.count == 1)
    #expect(claims["remaining_copies"]?.array?.first?["readable_until"]?.string != nil)
    for (from, to) in [
      (world.ada, world.bob), (#"\"method\":\"erase\""#, #"\"method\":\"anonymise\""#),
      ("account.erased", "account.deleted"), (#""leaf_index":"#, #""leaf_index":1"#),
    ] {
      let forged = certificate.output.replacingOccurrences(of: from, with: to)
      #expect(forged != certificate.output, "\(from)")
      #expect(try verify(forged).status == 1, "\(from)")
    }
    // Another tenant's key.
    let stranger = try daemon.tenure("tenant", "create", "--name", "Acme", "-o", "id")
    let tenant = stranger.output.trimmingCharacters(in: .whitespacesAndNewlines)
    _ = try daemon.tenure(
      "key", "create", "--name", "ci", "--role", "owner", "--tenant", tenant)
    let key = try await daemon.checkpoint("--tenant", tenant)["verifier_key"]?.string
    #expect(try verify(certificate.output, key: key ?? "").status == 1)
    try daemon.cleanUp()
  }

  @Test func `a ledger that lost a line keeps the service from starting`() async throws {
    let world = try await World()
    let daemon = world.daemon
    try await world.erase(world.ada)
    try await world.erase(world.bob)
    #expect(daemon.stop() == 0)
    let path = daemon.folder + "/vault/erasures"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2)
    for damaged in [
      "", lines[0] + "\n", lines[1] + "\n",
      text.replacingOccurrences(of: " erase ", with: " keep "),
    ] as [String] {
      try damaged.write(toFile: path, atomically: true, encoding: .utf8)
      let started = try world.tenured("serve")
      #expect(started.status == 1 && started.errors.contains("erasures"), "\(started)")
    }
    // What a crash cut short was never counted.
    try (text + "3 ten_01").write(toFile: path, atomically: true, encoding: .utf8)
    try await daemon.start(environment: world.vault)
    try await world.erase(try daemonAccount(daemon, "eve"))
    try daemon.cleanUp()
  }

  @Test func `tenants' keys move under a new root key while the service serves`() async throws {
    let world = try await World()
    let daemon = world.daemon
    #expect(daemon.stop() == 0)
    let old = try String(contentsOfFile: daemon.folder + "/root.key", encoding: .utf8)
    try String(repeating: "3b", count: 32).write(
      toFile: daemon.folder + "/root.key", atomically: true, encoding: .utf8)
    let both = world.vault.merging(["TENURE_ROOT_KEY_PREVIOUS": old]) { $1 }
    try await daemon.start(environment: both)
    #expect(try world.name(of: world.bob) == "Canary bob")
    #expect(try world.tenured("rotate-keys", "root", vault: both).output == "done\n")
    #expect(try world.name(of: world.ada) == "Canary ada")
    #expect(daemon.stop() == 0)
    // The old root key is needed no more.
    try await daemon.start(environment: world.vault)
    #expect(try world.name(of: world.bob) == "Canary bob")
    try daemon.cleanUp()
  }

  /// A line of a backup's file of keys.
  private func oldKey(
    of account: String, _ backup: String
  ) throws -> (id: String, epoch: String, wrapped: String, proof: String) {
    let id = try AccountID(parsing: account).uuid.uuidString.lowercased()
    let text = try String(contentsOfFile: backup + "/keys", encoding: .utf8)
    let line = try #require(
      text.split(separator: "\n").first { $0.hasPrefix("account ") && $0.contains(" \(id) ") })
    let parts = line.split(separator: " ").map(String.init)
    return (id, parts[4], parts[6], parts[7])
  }
}

private func daemonAccount(_ daemon: Daemon, _ name: String) throws -> String {
  let made = try daemon.tenure(
    "account", "create", "--address", "\(name)@x.test", "--display-name", "Canary \(name)", "-o",
    "id")
  return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
}
