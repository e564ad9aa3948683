/// An entry of the audit log with its place there, as an export has it: its details still sealed.
package struct AuditExportEntry: Sendable {
  package let index: Int
  package let entry: AuditEntry
  /// SHA-256 of the sealed details, which stays when they go; empty where there are none.
  package let detailsDigest: [UInt8]

  package init(index: Int, entry: AuditEntry, detailsDigest: [UInt8]) {
    self.index = index
    self.entry = entry
    self.detailsDigest = detailsDigest
  }

  /// The entry as one of a tenant's log.
  package func belonging(to tenant: TenantID) -> AuditExportEntry {
    AuditExportEntry(
      index: index, entry: entry.belonging(to: tenant), detailsDigest: detailsDigest)
  }
}
