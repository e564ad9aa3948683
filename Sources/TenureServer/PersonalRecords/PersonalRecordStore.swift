import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.personal_records`: what is the person's own while a tenant controls their
/// account.
///
/// The rows belong to the platform, whoever has custody of the account.
enum PersonalRecordStore {
  static func insert(
    _ records: [(account: AccountID, sealed: [UInt8])], at: Timestamp, _ platform: Access
  ) -> SQL {
    """
    INSERT INTO tenure.personal_records (tenant_id, account_id, record, taken_at)
    SELECT \(platform.tenant), new.account_id, new.record, \(at)
    FROM unnest(\(records.map(\.account)), \(records.map { Bytes($0.sealed) }))
      AS new (account_id, record)
    """
  }

  static func find(_ accounts: [AccountID], _ platform: Access) -> SQL {
    """
    SELECT record.account_id, record.record FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.personal_records AS record
      ON record.tenant_id = \(platform.tenant) AND record.account_id = wanted.id
    """
  }

  static func delete(_ accounts: [AccountID], _ platform: Access) -> SQL {
    """
    DELETE FROM tenure.personal_records AS record USING unnest(\(accounts)) AS gone (id)
    WHERE record.tenant_id = \(platform.tenant) AND record.account_id = gone.id
    """
  }
}
