import Foundation
package import JSON
package import Postgres
package import Tenure
import TenureAPI
package import Vault

/// What an audit entry says beyond who, what and when: the caller's reason, which may name people.
///
/// Sealed under the audit key of the person concerned, or under the tenant's own where nobody is.
/// The entry's leaf holds the digest only: when the key goes, the proof stays.
extension Worker {
  /// The entries with this reason sealed into them; `run` sends statements in the tenant's context.
  package func sealing(
    _ reason: String, into entries: [AuditEntry], _ access: Access,
    run: ([SQL]) async throws -> [Rows]
  ) async throws -> [AuditEntry] {
    let tenantKey = try await tenantKey(access)
    let keys = try await personKeys(of: entries.compactMap(\.subject), access, run: run)
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("reason")
      writer.string(reason)
    }
    return try entries.map { entry in
      var entry = entry
      let place = Self.place(of: entry)
      if let subject = entry.subject {
        guard let key = keys[subject] else { return entry }
        entry.details = try sealer.seal(writer.bytes, key: key, keyVersion: 1, at: place)
      } else {
        entry.details = try sealer.seal(writer.bytes, under: tenantKey, at: place)
      }
      return entry
    }
  }

  /// The tenant's keys of people, made where there are none yet: for what it knows of them beside
  /// their accounts; `run` sends statements in the tenant's context.
  ///
  /// They go when the person is erased, and what was sealed under them with them.
  package func personKeys(
    of accounts: [AccountID], _ access: Access, run: ([SQL]) async throws -> [Rows]
  ) async throws -> [AccountID: KeyMaterial] {
    if accounts.isEmpty { return [:] }
    let tenantKey = try await tenantKey(access)
    // Sorted: two requests that make keys for the same people must not wait for each other.
    let accounts = Set(accounts).sorted { $0.uuid.uuidString < $1.uuid.uuidString }
    let new = try accounts.map { account in
      let made = try keyring.makeAccountKey(
        account.uuid, for: .audit, version: 1, under: tenantKey, sealer: sealer)
      return (account, made.wrapped)
    }
    let rows = try await run([
      AuditKeyStore.insert(new, access), AuditKeyStore.find(accounts, access),
    ])
    return try unwrap(rows[1], tenantKey)
  }

  /// The keys of these people that there are.
  package func existingPersonKeys(
    of accounts: [AccountID], _ access: Access
  ) async throws -> [AccountID: KeyMaterial] {
    if accounts.isEmpty { return [:] }
    let rows = try await database.read(
      access, AuditKeyStore.find(Array(Set(accounts)), access))
    return try unwrap(rows, try await tenantKey(access))
  }

  /// The keys of these people that there are, read in a transaction that has the tenant's rows in
  /// sight.
  package func existingPersonKeys(
    of accounts: [AccountID], _ access: Access, _ transaction: Transaction
  ) async throws -> [AccountID: KeyMaterial] {
    let rows = try await transaction.run(AuditKeyStore.find(accounts, access))
    return try unwrap(rows, try await tenantKey(access))
  }

  /// The details of these entries, in their order: nil where there are none, or where the person's
  /// key is gone.
  package func openDetails(of entries: [AuditEntry], _ access: Access) async throws -> [JSONValue?]
  {
    guard entries.contains(where: { $0.details != nil }) else { return entries.map { _ in nil } }
    let tenantKey = try await tenantKey(access)
    let keys = try await existingPersonKeys(
      of: entries.compactMap { $0.details == nil ? nil : $0.subject }, access)
    return try entries.map { entry in
      guard let details = entry.details else { return nil }
      let place = Self.place(of: entry)
      guard let subject = entry.subject else {
        return try JSONValue(stored: try sealer.open(details, under: tenantKey, at: place))
      }
      guard let key = keys[subject] else { return nil }
      return try JSONValue(stored: try sealer.open(details, key: key, at: place))
    }
  }

  private func unwrap(_ rows: Rows, _ tenantKey: TenantKey) throws -> [AccountID: KeyMaterial] {
    let keys = try rows.map { row in
      let (account, wrapped) = try AuditKeyStore.key(row)
      let key = try keyring.unwrapAccountKey(
        wrapped, account: account.uuid, for: .audit, under: tenantKey, sealer: sealer)
      return (account, key)
    }
    return Dictionary(keys) { first, _ in first }
  }

  private static func place(of entry: AuditEntry) -> FieldPlace {
    FieldPlace(
      table: "audit_entries", column: "details", tenant: entry.tenant.uuid, row: entry.id.uuid,
      subject: (entry.subject?.uuid ?? entry.tenant.uuid))
  }
}

extension Call {
  /// The entries with the request's reason, where it gave one; in a transaction of their own.
  package func explained(_ entries: [AuditEntry], _ access: Access) async throws -> [AuditEntry] {
    guard let reason, !isDryRun, !entries.isEmpty else { return entries }
    return try await worker.sealing(reason, into: entries, access) { statements in
      try await worker.database.transaction(in: access, keep: true) {
        try await $0.run(statements)
      }
    }
  }
}
