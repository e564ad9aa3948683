import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.erasures` and of the ledger's head.
enum ErasureStore {
  private static let columns: StaticString = """
    erasure_id, account_id, method, requested_at, erased_at, recorded_at, ledger_entry, key_epoch,
    recipients, gone
    """

  /// Records erasures with what each account has to destroy, so it must run before anything is
  /// destroyed.
  static func insert(
    _ erasures: [(id: ErasureID, account: AccountID)], _ method: AccountVerb,
    requestedAt: Timestamp, at: Timestamp, epoch: Int, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.erasures
      (tenant_id, erasure_id, account_id, method, requested_at, erased_at, key_epoch, recipients,
        gone)
    SELECT \(access.tenant), new.*, \(method.rawValue), \(requestedAt), \(at), \(epoch),
      (SELECT count(*) FROM tenure.webhook_endpoints AS endpoint
        WHERE endpoint.tenant_id = \(access.tenant) AND endpoint.state = 'enabled'),
      array_remove(ARRAY[
        CASE WHEN EXISTS (
          SELECT FROM tenure_global.addresses AS address
          WHERE address.tenant_id = \(access.tenant) AND address.account_id = new.account)
          THEN 'addresses' END,
        CASE WHEN EXISTS (
          SELECT FROM tenure.content_items AS item
          WHERE item.tenant_id = \(access.tenant) AND item.account_id = new.account
            AND item.visibility = 'private')
          THEN 'private content' END,
        CASE WHEN EXISTS (
          SELECT FROM tenure.memberships AS membership
          WHERE membership.tenant_id = \(access.tenant) AND membership.account_id = new.account)
          THEN 'memberships' END,
        CASE WHEN EXISTS (
          SELECT FROM tenure.audit_keys AS held
          WHERE held.tenant_id = \(access.tenant) AND held.account_id = new.account)
          THEN 'what the audit log confides' END], NULL)
    FROM unnest(\(erasures.map(\.id)), \(erasures.map(\.account))) AS new (id, account)
    """
  }

  /// Has the background write the erasure into the ledger.
  static func enqueue(_ id: ErasureID, at: Timestamp, _ access: Access) -> SQL {
    JobStore.enqueue(id.uuid, .erasureLedger, at: at, access)
  }

  static func find(_ id: ErasureID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.erasures
    WHERE tenant_id = \(access.tenant) AND erasure_id = \(id)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, account: AccountID?
  ) async throws -> [Erasure] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.erasures
      WHERE tenant_id = \(access.tenant) AND erasure_id > \(after ?? .zero)
        AND (\(nullable: account)::uuid IS NULL OR account_id = \(nullable: account))
      ORDER BY erasure_id
      LIMIT \(limit)
      """
    ).map { try erasure($0, access) }
  }

  /// Some erasures that are not in the ledger yet, locked.
  static func waiting(limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.erasures
    WHERE tenant_id = \(access.tenant) AND recorded_at IS NULL
    ORDER BY erasure_id
    LIMIT \(limit)
    FOR UPDATE
    """
  }

  /// Marks erasures as recorded in the ledger.
  static func recorded(
    _ erasures: [(id: ErasureID, entry: Int)], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.erasures AS erasure SET recorded_at = \(at), ledger_entry = done.entry
    FROM unnest(\(erasures.map(\.id)), \(erasures.map(\.entry))) AS done (id, entry)
    WHERE erasure.tenant_id = \(access.tenant) AND erasure.erasure_id = done.id
    """
  }

  /// Marks an account's erasure as recorded, because the ledger has it already.
  static func recorded(
    _ account: AccountID, _ entry: Int, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.erasures SET recorded_at = \(at), ledger_entry = \(entry)
    WHERE tenant_id = \(access.tenant) AND account_id = \(account) AND recorded_at IS NULL
    """
  }

  /// The head of the ledger as the database knows it, locked.
  static func head(_ access: Access) -> SQL {
    """
    SELECT entries, head FROM tenure_global.erasure_ledger
    WHERE tenant_id = \(access.tenant)
    FOR UPDATE
    """
  }

  static func saveHead(_ head: ErasureLedger.Head, _ access: Access) -> SQL {
    """
    UPDATE tenure_global.erasure_ledger SET entries = \(head.entries), head = \(head.hash)
    WHERE tenant_id = \(access.tenant)
    """
  }

  /// The audit entry of an erasure.
  static func auditEntry(of erasure: Erasure, _ access: Access) -> SQL {
    """
    SELECT entry_id FROM tenure.audit_entries
    WHERE tenant_id = \(access.tenant) AND subject_id = \(erasure.account)
      AND action IN ('account.erased', 'account.anonymised') AND at = \(erasure.erasedAt)
    LIMIT 1
    """
  }

  static func erasure(_ row: Row, _ access: Access) throws -> Erasure {
    Erasure(
      id: try row.identifier(0, ErasureID.self), tenant: access.tenant,
      account: try row.identifier(1, AccountID.self), method: try row.choice(2),
      requestedAt: try row.time(3), erasedAt: try row.time(4),
      recordedAt: try row.optionalTime(5), ledgerEntry: try row.optionalInt(6),
      epoch: try row.int(7), recipients: try row.int(8),
      gone: try row.strings(9))
  }
}
