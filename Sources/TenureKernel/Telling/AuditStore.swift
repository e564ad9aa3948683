import Foundation
import Postgres
import Tenure

/// SQL of `tenure.audit_entries`: inserted, never changed; the log's own feature reads it.
package enum AuditStore {
  static func insert(_ entries: [AuditEntry], _ access: Access) -> SQL {
    // Reads are most of the log: nobody agreed to them, and mostly nobody else wanted them.
    if entries.allSatisfy({ $0.onBehalfOf == nil && $0.approvedBy == nil && $0.details == nil }) {
      return """
        INSERT INTO tenure.audit_entries
          (tenant_id, entry_id, at, actor, action, object, subject_id, request_id)
        SELECT \(access.tenant), entry.* FROM unnest(
          \(entries.map(\.id)), \(entries.map(\.at)), \(entries.map(\.actor)),
          \(entries.map(\.action)), \(entries.map(\.object)), \(entries.map(\.subject)),
          \(entries.map(\.requestID))) AS entry
        """
    }
    return """
      INSERT INTO tenure.audit_entries
        (tenant_id, entry_id, at, actor, action, object, subject_id, request_id, on_behalf_of,
          approved_by, details)
      SELECT \(access.tenant), entry.* FROM unnest(
        \(entries.map(\.id)), \(entries.map(\.at)), \(entries.map(\.actor)),
        \(entries.map(\.action)), \(entries.map(\.object)), \(entries.map(\.subject)),
        \(entries.map(\.requestID)), \(entries.map(\.onBehalfOf)),
        \(entries.map(\.approvedBy)), \(entries.map { $0.details.map { Bytes($0) } })) AS entry
      """
  }
}
