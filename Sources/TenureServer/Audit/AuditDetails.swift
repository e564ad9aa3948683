import Foundation
import JSON
import Postgres
import Tenure
import Vault

/// What an audit entry says beyond who, what and when: the caller's reason, which may name people.
///
/// Sealed under the audit key of the person concerned, or under the tenant's own where nobody is.
/// The entry's leaf holds the digest only: when the key goes, the proof stays.
extension Worker {
  /// The entries with this reason sealed into them; `run` sends statements in the tenant's context.
  func sealing(
    _ reason: String, into entries: [AuditEntry], _ access: Access,
    run: ([SQL]) async throws -> [Rows]
  ) async throws -> [AuditEntry] {
    let tenantKey = try await tenantKey(access)
    // Sorted: two requests that make keys for the same people must not wait for each other.
    let subjects = Set(entries.compactMap(\.subject)).sorted {
      $0.uuid.uuidString < $1.uuid.uuidString
    }
    var keys: [AccountID: KeyMaterial] = [:]
    if !subjects.isEmpty {
      let new = try subjects.map { subject in
        let made = try keyring.makeAccountKey(
          subject.uuid, for: .audit, version: 1, under: tenantKey, sealer: sealer)
        return (subject, made.wrapped)
      }
      let rows = try await run([
        AuditKeyStore.insert(new, access), AuditKeyStore.find(subjects, access),
      ])
      keys = try unwrap(rows[1], tenantKey)
    }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("reason")
      writer.string(reason)
    }
    return try entries.map { entry in
      guard let key = entry.subject.map({ keys[$0] }) ?? tenantKey.secrets else { return entry }
      var entry = entry
      entry.details = try sealer.seal(
        writer.bytes, key: key, keyVersion: 1, at: Self.place(of: entry))
      return entry
    }
  }

  /// The details of these entries, in their order: nil where there are none, or where the person's
  /// key is gone.
  func openDetails(of entries: [AuditEntry], _ access: Access) async throws -> [JSONValue?] {
    guard entries.contains(where: { $0.details != nil }) else { return entries.map { _ in nil } }
    let tenantKey = try await tenantKey(access)
    let subjects = Set(entries.compactMap { $0.details == nil ? nil : $0.subject })
    let rows = try await database.read(access, AuditKeyStore.find(Array(subjects), access))
    let keys = try unwrap(rows, tenantKey)
    return try entries.map { entry in
      guard let details = entry.details,
        let key = entry.subject.map({ keys[$0] }) ?? tenantKey.secrets
      else { return nil }
      return try JSONValue(parsing: try sealer.open(details, key: key, at: Self.place(of: entry)))
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
  func explained(_ entries: [AuditEntry], _ access: Access) async throws -> [AuditEntry] {
    guard let reason, !isDryRun, !entries.isEmpty else { return entries }
    return try await worker.sealing(reason, into: entries, access) { statements in
      try await worker.database.transaction(prelude: [access.context], keep: true) {
        try await $0.run(statements)
      }
    }
  }
}
