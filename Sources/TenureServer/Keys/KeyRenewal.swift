import Foundation
import Logging
import Postgres
import Reactor
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Replaces keys while the service runs: a tenant's by a new version, a person's by a new key.
///
/// All its state is in the rows: after a crash it goes on with those that are left.
package struct KeyRenewal: Sendable {
  private static let accountsAtOnce = 200
  private static let secretsAtOnce = 500

  let worker: Worker
  /// Keys younger than this are left alone, so that a second run goes on with the first one's work.
  let olderThan: Duration

  package init(worker: Worker, olderThan: Duration) {
    self.worker = worker
    self.olderThan = olderThan
  }

  private func limit(_ now: Timestamp) -> Timestamp {
    now.adding(seconds: -olderThan.components.seconds)
  }

  // MARK: Tenants

  /// Makes a new version of each tenant's key, wraps people's keys under it, and seals the tenants'
  /// own secrets again; `progress` gets a line for each step.
  ///
  /// Older versions stay, because audit entries are never rewritten and need them.
  package func renewTenants(
    _ rotation: KeyRotation, _ progress: @escaping @Sendable (String) -> Void
  ) async throws {
    let counter = KeyRotation.Counter()
    let announcing = TenantRounds("key_renewal", every: .seconds(60), worker: worker) { access in
      if try await announce(access) { counter.add(1) }
      return false
    }
    try await announcing.run()
    progress("\(counter.count) tenants have a new key")
    // By then every process has read the new version, and writes with it.
    await worker.loop.sleep(for: .seconds(Worker.keySeconds * 3 + 1))
    let moved = try await rotation.moveAll { progress("\($0) keys moved") }
    progress("\(moved) keys moved in all")
    let sealed = KeyRotation.Counter()
    let sealing = TenantRounds("key_renewal", every: .seconds(60), worker: worker) { access in
      var more = false
      for column in SealedColumn.all {
        let count = try await reseal(column, access)
        if count > 0 { progress("\(sealed.add(count)) secrets sealed anew") }
        more = more || count == Self.secretsAtOnce
      }
      return more
    }
    try await sealing.run()
  }

  /// Makes the next version of a tenant's key, which comes into use a little later; false where the
  /// present one is younger than `olderThan`.
  private func announce(_ access: Access) async throws -> Bool {
    try await worker.database.transaction(in: access) { transaction in
      let now = worker.clock.now
      guard let row = try await transaction.run(TenantKeyStore.newest(access)).first,
        try row.time(1) <= limit(now), try row.time(2) <= now
      else { return false }
      let key = try worker.keyring.makeTenantKey(
        access.tenant.uuid, version: try row.int(0) + 1, sealer: worker.sealer)
      let usableAt = now.adding(seconds: Int64(Worker.keySeconds * 2))
      let telling = Telling(
        at: now, actor: access.caller.actor, requestID: "key_renewal", reason: nil)
      telling.record("tenant_key.renewed", access.tenant, subject: nil, in: access)
      try await transaction.run(
        [
          TenantKeyStore.insert(
            key, rootID: worker.keyring.root.id, at: now, usableAt: usableAt, access)
        ] + telling.statements(by: worker, transaction))
      return true
    }
  }

  /// Seals some secrets of a tenant again that an older version has sealed; returns how many.
  private func reseal(_ column: SealedColumn, _ access: Access) async throws -> Int {
    let key = try await worker.tenantKey(access)
    if key.version == 1 { return 0 }
    return try await worker.database.transaction(in: access) { transaction in
      let rows = try await transaction.run(
        column.sealed(before: key.version, limit: Self.secretsAtOnce, access))
      let fresh = try rows.map { row -> (id: UUID, sealed: [UInt8])? in
        let id = try row.uuid(0)
        let place = column.place(id, access)
        do {
          let plain = try worker.sealer.open(try row.bytes(1), under: key, at: place)
          return (id, try worker.sealer.seal(plain, under: key, at: place))
        } catch let error as VaultError {
          worker.log.error(
            "a secret does not open",
            metadata: ["table": "\(column.table)", "id": "\(id)", "failure": "\(error)"])
          return nil
        }
      }.compactMap { $0 }
      if !fresh.isEmpty { try await transaction.run(column.save(fresh, access)) }
      return fresh.count
    }
  }

  // MARK: People

  /// Gives accounts new keys, and seals again what the old ones have sealed; returns how many.
  ///
  /// What audit entries say of people stays under the keys of that time, because entries are not
  /// rewritten.
  package func renewAccounts(
    _ progress: @escaping @Sendable (String) -> Void
  ) async throws -> Int {
    let counter = KeyRotation.Counter()
    let until = limit(worker.clock.now)
    let rounds = TenantRounds("key_renewal", every: .seconds(60), worker: worker) { access in
      let count = try await renew(before: until, access)
      if count > 0 { progress("\(counter.add(count)) accounts have new keys") }
      return count == Self.accountsAtOnce
    }
    // Accounts that somebody else had locked are left out, and come in the next round.
    var before = -1
    while counter.count != before {
      before = counter.count
      try await rounds.run()
    }
    return counter.count
  }

  /// Renews some accounts of one tenant in one transaction: the key, the profile, the private
  /// content in all tenants, and what a takeover's case needs for undoing.
  private func renew(before: Timestamp, _ access: Access) async throws -> Int {
    let key = try await worker.tenantKey(access)
    return try await worker.database.transaction(in: access, prelude: [.byIndex]) {
      transaction in
      let stored = try await transaction.run(
        AccountStore.withKeys(before: before, limit: Self.accountsAtOnce, access)
      ).map(AccountStore.stored)
      return try await renewThose(stored, key, access, transaction)
    }
  }

  /// Renews these accounts, without those of which something cannot be decrypted: it halves the
  /// list to find them.
  private func renewThose(
    _ stored: [AccountStore.Stored], _ key: TenantKey, _ access: Access,
    _ transaction: Transaction
  ) async throws -> Int {
    if stored.isEmpty { return 0 }
    do {
      return try await transaction.attempt {
        try await renewAll(stored, key, access, transaction)
      }
    } catch let error as PostgresError { throw error } catch {
      if stored.count == 1 {
        worker.logUnreadable(stored[0].id, error)
        return 0
      }
    }
    let half = stored.count / 2
    return try await renewThose(Array(stored[..<half]), key, access, transaction)
      + renewThose(Array(stored[half...]), key, access, transaction)
  }

  private func renewAll(
    _ stored: [AccountStore.Stored], _ key: TenantKey, _ access: Access,
    _ transaction: Transaction
  ) async throws -> Int {
    let platform = SystemCaller(job: "key_renewal").access(to: .platform)
    var renewed: [(old: AccountStore.Stored, new: AccountStore.Stored)] = []
    for account in stored {
      let profile = try worker.openProfile(
        account.profile, of: account.id, wrapped: account.key, under: key)
      let sealed = try worker.seal(
        profileJSON: profile, as: account.id, version: account.key.version + 1, under: key)
      renewed.append((account, account.with(key: sealed.key, profile: sealed.profile)))
    }
    let pairs = Dictionary(renewed.map { ($0.old.id, $0) }) { first, _ in first }
    for place in access.tenant == .platform ? [access] : [access, platform] {
      try await resealPrivate(pairs, key, in: place, transaction)
    }
    try await resealUndo(pairs, key, transaction)
    try await resealDisputes(pairs, key, platform, transaction)
    try await transaction.run([
      access.context,
      AccountStore.saveKeys(renewed.map(\.new), at: worker.clock.now, access),
    ])
    return renewed.count
  }

  private typealias Pairs = [AccountID: (old: AccountStore.Stored, new: AccountStore.Stored)]

  private func resealPrivate(
    _ pairs: Pairs, _ key: TenantKey, in place: Access, _ transaction: Transaction
  ) async throws {
    let rows = try await transaction.run([
      place.context, ContentStore.lockPrivate(of: Array(pairs.keys), place),
    ])
    let fresh = try rows[1].map(ContentStore.stored).compactMap { item in
      try item.item.account.flatMap { pairs[$0] }.map { pair in
        let details = try worker.open(item, author: pair.old, key)
        return ContentStore.Stored(
          item: item.item,
          details: try worker.seal(details, of: item.item, author: pair.new, key))
      }
    }
    if !fresh.isEmpty { try await transaction.run(ContentStore.saveDetails(fresh, place)) }
  }

  private func resealDisputes(
    _ pairs: Pairs, _ key: TenantKey, _ platform: Access, _ transaction: Transaction
  ) async throws {
    let rows = try await transaction.run([
      platform.context, DisputeStore.lock(of: Array(pairs.keys), platform),
    ])
    let fresh = try rows[1].map(DisputeStore.stored).compactMap { stored in
      try pairs[stored.dispute.account].map { pair in
        func reseal(_ sealed: [UInt8], _ words: DisputeWords) throws -> [UInt8] {
          let text = try worker.open(sealed, of: stored.dispute, words, pair.old, key)
          return try worker.seal(text, of: stored.dispute, words, pair.new, key)
        }
        return DisputeStore.Stored(
          dispute: stored.dispute, statement: try reseal(stored.statement, .statement),
          reason: try stored.reason.map { try reseal($0, .reason) })
      }
    }
    if !fresh.isEmpty { try await transaction.run(DisputeStore.saveWords(fresh, platform)) }
  }

  private func resealUndo(
    _ pairs: Pairs, _ key: TenantKey, _ transaction: Transaction
  ) async throws {
    for (id, pair) in pairs {
      let cases = try await transaction.run(CaseStore.cases(of: id)).map {
        (try $0.identifier(0, CaseID.self), try $0.identifier(1, TenantID.self))
      }
      for (item, tenant) in cases {
        let theirs = SystemCaller(job: "key_renewal").access(to: tenant)
        let rows = try await transaction.run([theirs.context, CaseStore.undo(item, theirs)])
        guard let sealed = try rows[1].first?.optionalBytes(0) else { continue }
        let found = try worker.open(undo: sealed, of: item, pair.old, under: key)
        try await transaction.run(
          CaseStore.keepUndo(
            [(item, try worker.seal(undo: found, of: item, pair.new, under: key))], theirs))
      }
    }
  }
}

/// A column with a tenant's own secrets, each of which is bound to its row.
struct SealedColumn: Sendable {
  let table: StaticString
  let id: StaticString
  let column: StaticString
  /// A condition for the rows that are sealed under the tenant's key.
  let filter: StaticString

  static let all = [
    SealedColumn(table: "holds", id: "hold_id", column: "details", filter: "true"),
    SealedColumn(
      table: "webhook_endpoints", id: "endpoint_id", column: "configuration", filter: "true"),
    SealedColumn(
      table: "content_items", id: "item_id", column: "details", filter: "visibility <> 'private'"),
    SealedColumn(
      table: "domain_claims", id: "claim_id", column: "attestation",
      filter: "attestation IS NOT NULL"),
  ]

  func place(_ row: UUID, _ access: Access) -> FieldPlace {
    FieldPlace(
      table: table, column: column, tenant: access.tenant.uuid, row: row,
      subject: access.tenant.uuid)
  }

  /// Some rows that an older version has sealed; its number is in the third to sixth byte.
  func sealed(before version: Int, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: id), \(text: column) FROM tenure.\(text: table)
    WHERE tenant_id = \(access.tenant) AND \(text: filter)
      AND substring(\(text: column) from 3 for 4) < int4send(\(version)::integer)
    LIMIT \(limit)
    FOR UPDATE SKIP LOCKED
    """
  }

  func save(_ rows: [(id: UUID, sealed: [UInt8])], _ access: Access) -> SQL {
    """
    UPDATE tenure.\(text: table) AS kept SET \(text: column) = fresh.sealed
    FROM unnest(\(rows.map(\.id)), \(rows.map { Bytes($0.sealed) })) AS fresh (id, sealed)
    WHERE kept.tenant_id = \(access.tenant) AND kept.\(text: id) = fresh.id
    """
  }
}
