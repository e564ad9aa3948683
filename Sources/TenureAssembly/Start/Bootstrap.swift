import Foundation
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import TenureSchema
import Vault

/// Makes sure of what must hold before the service listens: the schema is current, the platform's
/// tenant exists, its key can be unwrapped, and there is an operator key.
struct Bootstrap: Sendable {
  static let applicationRole = "tenure_app"

  let configuration: Configuration
  let keyring: Keyring
  let clock: any Clock
  let log: Logger

  var source: ConnectionSource {
    ConnectionSource(
      url: configuration["database_url"], role: Self.applicationRole, applicationName: "tenured")
  }

  /// The login that owns the schema.
  ///
  /// It migrates and restores; requests are never served with it.
  static func ownerSource(_ configuration: Configuration, for purpose: String) -> ConnectionSource {
    let url = configuration["migrate_url"]
    return ConnectionSource(
      url: url.isEmpty ? configuration["database_url"] : url, role: "",
      applicationName: "tenured \(purpose)")
  }

  static func migrator(_ owner: BlockingSession) -> Migrator {
    Migrator(session: owner, migrations: Schema.migrations)
  }

  /// Ends the holds on an account that was erased after the state that this database was restored
  /// to.
  ///
  /// Only the schema's owner may: the serving login can only release a hold and let it cool down.
  func endRestoredHolds(_ account: AccountID, _ tenant: TenantID, _ at: Timestamp) throws {
    let session = try BlockingSession(Self.ownerSource(configuration, for: "restore"))
    try session.run(
      "SET ROLE tenure_owner; SELECT tenure.end_restored_holds("
        + "'\(tenant.uuid)', '\(account.uuid)', '\(at)')")
  }

  /// Migrates the schema if the owner's login is configured, otherwise throws where it is not
  /// current; then checks the serving login.
  ///
  /// It throws where a restore was killed, unless this is one: a part of the data must not be taken
  /// for all of it.
  func migrate(whileRestoring: Bool) throws {
    let owner = try BlockingSession(Self.ownerSource(configuration, for: "migrate"))
    if !whileRestoring, try Restore.isUnfinished(owner) {
      throw ServiceFailure(
        description: "a restore into this database was not finished: run it again")
    }
    if configuration["migrate_url"].isEmpty {
      try ServingLogin.check(owner)
      let login = try BlockingSession(source)
      try refusePending(login)
      try missReceiptKeys(login)
      try ServingLogin.check(login)
    } else {
      for name in try Self.migrator(owner).up() {
        log.notice("migrated", metadata: ["migration": "\(name)"])
      }
      try Self.keepReceiptKeys(configuration, owner)
      try ServingLogin.check(try BlockingSession(source))
    }
  }

  private func refusePending(_ login: BlockingSession) throws {
    do {
      if try Self.migrator(login).status().allSatisfy({ $0.state == .applied }) { return }
    } catch let error as PostgresError {
      // There is no schema yet, or one that is too old to be checked.
      log.info("the schema cannot be looked at", metadata: ["error": "\(error)"])
    }
    throw ServiceFailure(
      description:
        "the schema is not current: run 'tenured migrate up' with migrate_url, the login "
        + "that owns it")
  }

  /// Warns where the database lacks a key of `receipt_keys`, because it then takes no receipt
  /// signed by it.
  private func missReceiptKeys(_ login: BlockingSession) throws {
    try login.run("SELECT set_config('tenure.tenant', '\(TenantID.platform.uuid)', false)")
    let known = Set(
      try login.run("SELECT encode(public_key, 'hex') FROM tenure_global.receipt_keys"))
    let isMissing = configuration.receiptKeys.contains {
      !known.contains(Hexadecimal.encode($0))
    }
    if isMissing {
      log.error("the database does not know a key of receipt_keys: run 'tenured migrate up'")
    }
  }

  /// Stores the operator's `receipt_keys` in the database, and no others.
  ///
  /// The database takes receipts by these keys only, and the serving login cannot add any.
  static func keepReceiptKeys(_ configuration: Configuration, _ owner: BlockingSession) throws {
    let keys = configuration.receiptKeys.map { "'\\x\(Hexadecimal.encode($0))'::bytea" }
    let wanted = "ARRAY[\(keys.joined(separator: ", "))]::bytea[]"
    try owner.run(
      """
      BEGIN;
      SET LOCAL ROLE tenure_owner;
      DELETE FROM tenure_global.receipt_keys WHERE public_key <> ALL (\(wanted));
      INSERT INTO tenure_global.receipt_keys (public_key, added_at)
      SELECT key, tenure.now() FROM unnest(\(wanted)) AS key ON CONFLICT DO NOTHING;
      COMMIT
      """)
  }
}
