import Foundation
import Logging
import Postgres
import Reactor
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Moves wrapped keys while the service runs: tenants' keys under the present root key, people's
/// keys into the present epoch.
///
/// Then it destroys the old epoch's key.
///
/// All its state is in the rows and in the file: after a crash it goes on with what is left.
package struct KeyRotation: Sendable {
  private static let keysAtOnce = 1_000
  private static let pause = Duration.seconds(60)
  /// Seconds until every process has read the file with a new epoch, so that the one before can be
  /// closed.
  private static let settleSeconds: Int64 = 120
  private static let step = Duration.milliseconds(100)

  let worker: Worker
  /// The file of epoch keys; nil where there are no epochs.
  let file: EpochFile?
  let epochDays: Int
  /// How long closing an epoch waits for whoever is at work on a key.
  private let patience: Duration

  package init(
    worker: Worker, directory: String, epochDays: Int, patience: Duration = .seconds(60)
  ) {
    self.patience = patience
    self.worker = worker
    file = directory.isEmpty ? nil : EpochFile(directory: directory)
    self.epochDays = epochDays
  }

  /// Regularly checks whether keys must be moved.
  ///
  /// The rounds go by tenant, and the platform's turn moves the keys of all.
  package func rounds() -> TenantRounds {
    TenantRounds("key_rotation", every: Self.pause, worker: worker) { access in
      if access.tenant == .platform { try await turn() }
      return false
    }
  }

  /// Begins an epoch if it is time, moves keys that are to be moved, and closes the epoch before if
  /// nothing needs it any more.
  private func turn() async throws {
    worker.keyring.epochs.refresh()
    var epochs = try file?.read() ?? []
    if let newest = epochs.last,
      worker.clock.now.seconds(since: newest.begunAt) >= Int64(epochDays) * 86_400
    {
      try begin()
      epochs = try file?.read() ?? []
    }
    guard epochs.count > 1 || worker.keyring.previousRoot != nil else { return }
    _ = try await moveAll { _ in }
    if let newest = epochs.last, epochs.count > 1,
      worker.clock.now.seconds(since: newest.begunAt) >= Self.settleSeconds
    {
      _ = try await close()
    }
  }

  /// Begins the next epoch, or the first one.
  package func begin() throws {
    guard let file else { return }
    let epochs = try file.read()
    let number = (epochs.last?.number ?? 0) + 1
    let key = try worker.keyring.makeEpochKey(number, sealer: worker.sealer)
    try file.write(
      epochs + [
        .init(
          number: number, begunAt: worker.clock.now, rootID: worker.keyring.root.id, key: key)
      ])
    worker.keyring.epochs.refresh()
    worker.log.notice("a key epoch has begun", metadata: ["epoch": "\(number)"])
  }

  /// Wraps the epochs' keys under the present root key.
  private func rewrapFile() throws {
    guard let file else { return }
    let epochs = try file.read()
    let root = worker.keyring.root.id
    if epochs.allSatisfy({ $0.rootID == root }) { return }
    try file.write(
      try epochs.map { epoch in
        EpochFile.Epoch(
          number: epoch.number, begunAt: epoch.begunAt, rootID: root,
          key: try worker.keyring.rewrapEpochKey(
            epoch.key, rootID: epoch.rootID, sealer: worker.sealer))
      })
  }

  /// Moves all keys of all tenants; `progress` gets the number so far.
  ///
  /// A key that cannot be unwrapped is left where it is, and the others go on.
  package func moveAll(_ progress: @escaping @Sendable (Int) -> Void) async throws -> Int {
    try await moveThem(progress).moved
  }

  /// What a walk through all tenants has done.
  private struct Round {
    var moved = 0
    /// Keys that cannot be unwrapped: they may yet be repaired, or their accounts erased.
    var unreadable = 0
    /// Whether a key may be where it was, for that or because somebody else had locked its row.
    var isLeft = false
  }

  private func moveThem(_ progress: @escaping @Sendable (Int) -> Void) async throws -> Round {
    let (moved, unreadable, left) = (Counter(), Counter(), Counter())
    let rounds = TenantRounds("key_rotation", every: Self.pause, worker: worker) { access in
      let part = try await move(access)
      if part.moved > 0 {
        progress(moved.add(part.moved))
        return true
      }
      unreadable.add(part.unreadable)
      left.add(part.isLeft ? 1 : 0)
      return false
    }
    try await rounds.run()
    try rewrapFile()
    return Round(
      moved: moved.count, unreadable: unreadable.count, isLeft: left.count > 0)
  }

  /// Moves keys until none is left; false where one cannot be unwrapped, or stays locked.
  private func moveEveryOne(until deadline: ContinuousClock.Instant) async throws -> Bool {
    while true {
      let round = try await moveThem { _ in }
      if round.unreadable > 0 { return false }
      if round.moved > 0 { continue }
      if !round.isLeft { return true }
      guard ContinuousClock.now < deadline else { return false }
      await worker.loop.sleep(for: Self.step)
    }
  }

  /// Destroys the keys of all epochs before the present one; false where one may still be needed.
  ///
  /// First the database refuses keys that are wrapped in them; then every transaction that had
  /// begun before must end; then the keys that those have left are moved; only then are the epochs'
  /// keys destroyed. A key that cannot be unwrapped keeps its epoch, and so does one whose row
  /// somebody keeps locked.
  package func close() async throws -> Bool {
    guard let file, let newest = try file.read().last, newest.number > 1 else { return true }
    let deadline = ContinuousClock.now + patience
    // Certificates say that an epoch is over as soon as no key may be wrapped in it.
    guard try await moveEveryOne(until: deadline) else { return false }
    let platform = SystemCaller(job: "key_rotation").access(to: .platform)
    _ = try await worker.database.transaction(in: platform) { transaction in
      try await transaction.run(
        EpochStore.raise(to: newest.number, at: worker.clock.now, platform))
    }
    // A number from after the commit: who had a lower one may have read the epoch from before.
    let numbered = try await worker.database.transaction(in: platform) { transaction in
      try await transaction.run(EpochStore.ownXID)
    }
    guard let fence = try numbered.first?.string(0) else {
      throw PostgresError(kind: .decoding, message: "a transaction has no number")
    }
    while try await worker.database.run([EpochStore.isPast(fence)])[0].first?.bool(0) != true {
      guard ContinuousClock.now < deadline else { return false }
      await worker.loop.sleep(for: Self.step)
    }
    guard try await moveEveryOne(until: deadline) else { return false }
    try file.write([newest])
    worker.keyring.epochs.refresh()
    worker.log.notice(
      "the keys of past epochs are destroyed", metadata: ["epoch": "\(newest.number)"])
    return true
  }

  /// Moves some keys of one tenant.
  private func move(_ access: Access) async throws -> Round {
    let epoch = worker.keyring.epochs.current
    let own = try await worker.database.transaction(in: access) { transaction in
      let tenants = try await transaction.run(
        TenantKeyStore.foreign(rootID: worker.keyring.root.id, access))
      try await transaction.run(
        try tenants.map { row in
          let (key, rootID) = try TenantKeyStore.key(row)
          return TenantKeyStore.rewrap(
            try worker.keyring.rewrapTenantKey(
              key, rootID: rootID, tenant: access.tenant.uuid, sealer: worker.sealer),
            rootID: worker.keyring.root.id, access)
        })
      return tenants.count
    }
    let key = try await worker.tenantKey(access)
    var round = try await worker.database.transaction(in: access, prelude: [.byIndex]) {
      transaction in
      let rows = try await transaction.run([
        EpochStore.accountKeys(
          before: epoch, parent: key.version, limit: Self.keysAtOnce, access),
        EpochStore.auditKeys(
          before: epoch, parent: key.version, limit: Self.keysAtOnce, access),
      ])
      let accounts = try rows[0].map { try rewrap($0, .account, key) }.compactMap { $0 }
      let audit = try rows[1].map { try rewrap($0, .audit, key) }.compactMap { $0 }
      let moved = accounts.count + audit.count
      let unreadable = rows[0].count + rows[1].count - moved
      if moved > 0 {
        try await transaction.run([
          EpochStore.saveAccountKeys(accounts, access), EpochStore.saveAuditKeys(audit, access),
        ])
        return Round(moved: moved, unreadable: unreadable, isLeft: true)
      }
      let left = try await transaction.run(
        EpochStore.isLeft(before: epoch, parent: key.version, access))
      return Round(unreadable: unreadable, isLeft: try left.first?.bool(0) ?? true)
    }
    round.moved += own
    return round
  }

  /// The key, wrapped again; nil where it cannot be unwrapped.
  private func rewrap(
    _ row: Row, _ purpose: AccountKeyPurpose, _ tenant: TenantKey
  ) throws -> EpochStore.Key? {
    let (account, old) = try EpochStore.key(row)
    let key: KeyMaterial
    do {
      key = try worker.keyring.unwrapAccountKey(
        old, account: account.uuid, for: purpose, under: tenant, sealer: worker.sealer)
    } catch {
      worker.logUnreadable(account, error)
      return nil
    }
    return (
      account,
      try worker.keyring.wrapAccountKey(
        key, account.uuid, for: purpose, version: old.version, under: tenant,
        sealer: worker.sealer)
    )
  }

  /// Counts what was done so far.
  final class Counter: @unchecked Sendable {
    private(set) var count = 0

    @discardableResult
    func add(_ more: Int) -> Int {
      count += more
      return count
    }
  }
}

/// SQL of the keys that move from epoch to epoch.
enum EpochStore {
  typealias Key = (account: AccountID, key: WrappedKey)

  static let ownXID: SQL = "SELECT pg_current_xact_id()::text"

  /// Whether every transaction up to this one has ended.
  static func isPast(_ xid: String) -> SQL {
    "SELECT pg_snapshot_xmin(pg_current_snapshot()) > \(xid)::text::xid8"
  }

  /// Makes the database refuse keys that are wrapped in an earlier epoch.
  static func raise(to epoch: Int, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.key_epochs SET minimum = greatest(minimum, \(epoch)), ended_at = \(at)
    WHERE tenant_id = \(access.tenant)
    """
  }

  /// Binds the database to a ledger's directory, unless it is bound; returns the directory's id
  /// that it is bound to.
  static func claim(_ vault: String?, _ access: Access) -> [SQL] {
    [
      """
      UPDATE tenure_global.key_epochs SET vault_id = \(nullable: vault)
      WHERE tenant_id = \(access.tenant) AND vault_id IS NULL
        AND \(nullable: vault)::text IS NOT NULL
      """,
      "SELECT vault_id FROM tenure_global.key_epochs WHERE tenant_id = \(access.tenant)",
    ]
  }

  /// The oldest epoch in which a key may still be wrapped.
  static func minimum(_ access: Access) -> SQL {
    "SELECT minimum FROM tenure_global.key_epochs WHERE tenant_id = \(access.tenant)"
  }

  /// Some keys that are wrapped in an earlier epoch, or under an earlier version of the tenant's
  /// key.
  static func accountKeys(
    before epoch: Int, parent: Int, limit: Int, _ access: Access
  ) -> SQL {
    """
    SELECT account_id, key_version, wrapped_key, key_commitment, key_epoch, parent_version
    FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND (key_epoch < \(epoch) OR parent_version < \(parent))
      AND wrapped_key IS NOT NULL
    ORDER BY account_id
    LIMIT \(limit)
    FOR UPDATE SKIP LOCKED
    """
  }

  static func auditKeys(
    before epoch: Int, parent: Int, limit: Int, _ access: Access
  ) -> SQL {
    """
    SELECT account_id, version, wrapped, commitment, key_epoch, parent_version
    FROM tenure.audit_keys
    WHERE tenant_id = \(access.tenant) AND (key_epoch < \(epoch) OR parent_version < \(parent))
    ORDER BY account_id
    LIMIT \(limit)
    FOR UPDATE SKIP LOCKED
    """
  }

  /// Whether a key is left that those two would return, whoever has locked its row.
  static func isLeft(before epoch: Int, parent: Int, _ access: Access) -> SQL {
    """
    SELECT EXISTS (SELECT FROM tenure.accounts
      WHERE tenant_id = \(access.tenant) AND (key_epoch < \(epoch) OR parent_version < \(parent))
        AND wrapped_key IS NOT NULL)
      OR EXISTS (SELECT FROM tenure.audit_keys
      WHERE tenant_id = \(access.tenant) AND (key_epoch < \(epoch) OR parent_version < \(parent)))
    """
  }

  static func key(_ row: Row) throws -> Key {
    (
      try row.identifier(0, AccountID.self),
      WrappedKey(
        version: try row.int(1), epoch: try row.int(4), parent: try row.int(5),
        wrapped: try row.bytes(2), commitment: try row.bytes(3))
    )
  }

  static func saveAccountKeys(_ keys: [Key], _ access: Access) -> SQL {
    """
    UPDATE tenure.accounts AS account
    SET wrapped_key = moved.wrapped, key_commitment = moved.commitment, key_epoch = moved.epoch,
      parent_version = moved.parent
    FROM unnest(\(keys.map(\.account)), \(keys.map { Bytes($0.key.wrapped) }),
      \(keys.map { Bytes($0.key.commitment) }), \(keys.map(\.key.epoch)),
      \(keys.map(\.key.parent))) AS moved (id, wrapped, commitment, epoch, parent)
    WHERE account.tenant_id = \(access.tenant) AND account.account_id = moved.id
    """
  }

  static func saveAuditKeys(_ keys: [Key], _ access: Access) -> SQL {
    """
    UPDATE tenure.audit_keys AS held
    SET wrapped = moved.wrapped, commitment = moved.commitment, key_epoch = moved.epoch,
      parent_version = moved.parent
    FROM unnest(\(keys.map(\.account)), \(keys.map { Bytes($0.key.wrapped) }),
      \(keys.map { Bytes($0.key.commitment) }), \(keys.map(\.key.epoch)),
      \(keys.map(\.key.parent))) AS moved (id, wrapped, commitment, epoch, parent)
    WHERE held.tenant_id = \(access.tenant) AND held.account_id = moved.id
    """
  }
}
