/// A tenant's audit log at one size, as it is signed, handed out and compared
/// (c2sp.org/tlog-checkpoint).
package struct AuditCheckpoint: Sendable, Equatable {
  /// The name of the log, and of the key that signs it: one per tenant.
  package static func origin(of tenant: TenantID) -> String { "tenure/audit/\(tenant)" }

  package let tenant: TenantID
  package let size: Int
  /// Base64 of the root's hash.
  package let root: String

  package init(tenant: TenantID, size: Int, root: String) {
    self.tenant = tenant
    self.size = size
    self.root = root
  }

  /// Parses a checkpoint's text; nil for anything else.
  package init?(parsing text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let prefix = "tenure/audit/"
    guard lines.count == 4, lines[3].isEmpty, lines[0].hasPrefix(prefix),
      let tenant = try? TenantID(parsing: String(lines[0].dropFirst(prefix.count))),
      let size = Int(lines[1]), size >= 0, String(size) == lines[1], !lines[2].isEmpty
    else { return nil }
    self.init(tenant: tenant, size: size, root: String(lines[2]))
  }

  package var text: String { "\(Self.origin(of: tenant))\n\(size)\n\(root)\n" }
}
