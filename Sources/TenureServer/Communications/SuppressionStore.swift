import Foundation
import Postgres
import Tenure
import TenureKernel
import Vault

/// SQL of `tenure.suppressions`.
enum SuppressionStore {
  private static let columns: StaticString =
    "suppression_id, channel, topic, reason, created_by, created_at"

  /// Keeps suppressions; one that is there already stays as it is.
  ///
  /// Answers those that are new.
  static func insert(
    _ new: [(record: SuppressionRecord, hmac: [UInt8])], _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.suppressions (tenant_id, suppression_id, channel, topic, reason, created_by,
      created_at, address_hmac)
    SELECT \(access.tenant), new.* FROM unnest(\(new.map(\.record.id)),
      \(new.map(\.record.suppression.channel)), \(new.map(\.record.suppression.topic)),
      \(new.map(\.record.suppression.reason.rawValue)), \(new.map(\.record.createdBy)),
      \(new.map(\.record.createdAt)), \(new.map { Bytes($0.hmac) })) AS new
    ON CONFLICT DO NOTHING
    RETURNING suppression_id
    """
  }

  static func page(after: UUID?, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.suppressions
    WHERE tenant_id = \(access.tenant) AND suppression_id > \(after ?? .zero)
    ORDER BY suppression_id
    LIMIT \(limit)
    """
  }

  static func find(_ id: SuppressionID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.suppressions
    WHERE tenant_id = \(access.tenant) AND suppression_id = \(id)
    """
  }

  /// Answers whether it was there.
  static func delete(_ id: SuppressionID, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.suppressions
    WHERE tenant_id = \(access.tenant) AND suppression_id = \(id)
    RETURNING suppression_id
    """
  }

  /// What there is about addresses; the last column is the address's place in the question.
  static func find(_ hmacs: [[UInt8]], _ access: Access) -> SQL {
    """
    SELECT held.*, wanted.place FROM unnest(\(hmacs.map { Bytes($0) }))
      WITH ORDINALITY AS wanted (hmac, place)
    CROSS JOIN LATERAL (
      SELECT \(text: columns) FROM tenure.suppressions
      WHERE tenant_id = \(access.tenant) AND address_hmac = wanted.hmac) AS held
    ORDER BY wanted.place, held.suppression_id
    """
  }

  static func record(_ row: Row) throws -> SuppressionRecord {
    SuppressionRecord(
      id: try row.identifier(0, SuppressionID.self),
      suppression: Suppression(
        channel: try row.string(1), topic: try row.string(2),
        reason: try row.choice(3)),
      createdBy: try row.string(4), createdAt: try row.time(5))
  }
}

/// Addresses that nobody writes to, found by a keyed hash of their own key.
struct Suppressions: Sendable {
  let worker: Worker
  /// The platform's.
  let access: Access

  func hmac(_ address: EmailAddress) throws -> [UInt8] {
    try worker.blindIndex("suppressed_address", address.identity)
  }

  /// Whether nothing arrives at an address by a channel.
  func bounces(
    _ address: EmailAddress, channel: String, _ transaction: Transaction
  ) async throws -> Bool {
    try await transaction.run(SuppressionStore.find([hmac(address)], access)).map {
      try SuppressionStore.record($0).suppression
    }.contains { $0.reason == .bounce && $0.channel == channel }
  }

  /// What people who are about to be erased did not want stays known by their addresses: they are
  /// not written to again.
  ///
  /// The context is `custodian`'s before and after; the statements it answers belong into the
  /// platform's.
  func keepRefusals(
    of addresses: [(account: AccountID, address: EmailAddress)], at now: Timestamp,
    custodian: Access, _ transaction: Transaction
  ) async throws -> [SQL] {
    if addresses.isEmpty { return [] }
    let accounts = Array(Set(addresses.map(\.account)))
    let rows = try await transaction.run([
      access.context, PreferenceStore.find(accounts, access), custodian.context,
    ])
    let refused = try rows[1].map(PreferenceStore.preference).filter { !$0.preference.isAllowed }
    let kept = try refused.flatMap { account, preference in
      try addresses.filter { $0.account == account }.map { item in
        (
          record: SuppressionRecord(
            id: SuppressionID(at: now),
            suppression: Suppression(
              channel: preference.channel, topic: preference.topic, reason: .optOut),
            createdBy: access.caller.actor, createdAt: now), hmac: try hmac(item.address)
        )
      }
    }
    return kept.isEmpty ? [] : [SuppressionStore.insert(kept, access)]
  }
}
