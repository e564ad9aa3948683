package import JSON
package import Tenure

/// A signed root of the audit log, with what verifies it.
package struct AuditCheckpointView: View, Shaped {
  package let size: Int
  package let root: String
  package let note: String
  package let verifierKey: String
  package let at: Timestamp

  package init(size: Int, root: String, note: String, verifierKey: String, at: Timestamp) {
    self.size = size
    self.root = root
    self.note = note
    self.verifierKey = verifierKey
    self.at = at
  }

  package static let shape = Shape<AuditCheckpointView>(
    "AuditCheckpoint", "A signed root of the audit log (c2sp.org/tlog-checkpoint)."
  ) {
    Member("size", \.size, .int, "Entries in the log.", example: 5)
    Member(
      "root", \.root, .string, "Base64 of the root's hash (RFC 9162).",
      example: AuditProofView.hashExample)
    Member(
      "note", \.note, .string, "The checkpoint with its signature.",
      example: """
        tenure/audit/ten_01m7zxyxbtf46rjshedaq7k2em
        5
        \(AuditProofView.hashExample)

        — tenure/audit/ten_01m7zxyxbtf46rjshedaq7k2em …

        """)
    Member(
      "verifier_key", \.verifierKey, .string,
      "What verifies the signature; keep it apart from the log.",
      example: "tenure/audit/ten_01m7zxyxbtf46rjshedaq7k2em+…")
    Member("at", \.at, .timestamp)
  }
}

/// Hashes that show something of the audit tree; base64.
package struct AuditProofView: View, Body, Shaped {
  /// The entry's place; nil where the proof is of two trees.
  package let index: Int?
  package let fromSize: Int?
  package let size: Int
  package let hashes: [String]

  package init(index: Int?, fromSize: Int?, size: Int, hashes: [String]) {
    self.index = index
    self.fromSize = fromSize
    self.size = size
    self.hashes = hashes
  }

  fileprivate static let hashExample = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="

  package static let shape = Shape(
    "AuditProof", "Hashes that show something of the audit tree.", AuditProofView.init
  ) {
    Member(optional: "leaf_index", \.index, .int)
    Member(optional: "from_size", \.fromSize, .int)
    Member("size", \.size, .int, example: 2)
    Member(
      "hashes", \.hashes, .list(.string), "Base64, in the order RFC 9162 uses them.",
      example: [hashExample])
  }
}

/// The first line of an export: the signed root that the lines below lead to.
package struct AuditExportHead: View, Body, Shaped {
  package let note: String
  package init(note: String) { self.note = note }

  package static let shape = Shape("AuditExportHead", nil, AuditExportHead.init) {
    Member("checkpoint", \.note, .string)
  }
}

/// A line of an export, which does not say whose log it is of: that stands in the head.
///
/// A line may lack what its entry has not: an older log knows fewer of an entry's members.
extension AuditExportEntry: View, Shaped {
  package static let shape = Shape(
    "AuditExportEntry", nil,
    AuditExportEntry.init(
      index:id:at:actor:action:object:subject:requestID:onBehalfOf:approvedBy:digest:details:)
  ) {
    Member("leaf_index", \.index, .int)
    Member("id", \.entry.id, .id())
    Member("at", \.entry.at, .timestamp)
    Member("actor", \.entry.actor, .string)
    Member("action", \.entry.action, .string)
    Member("object", \.entry.object, .string)
    Member("subject_id", \.entry.subject, .nullable(.id()), default: nil)
    Member("request_id", \.entry.requestID, .string)
    Member("on_behalf_of", \.entry.onBehalfOf, .nullable(.string), default: nil)
    Member("approved_by", \.entry.approvedBy, .nullable(.string), default: nil)
    Member("details_digest", \.detailsDigest, .hexadecimal)
    Member("details_sealed", \.entry.details, .nullable(.hexadecimal), default: nil)
  }

  private init(
    index: Int, id: AuditEntryID, at: Timestamp, actor: String, action: String, object: String,
    subject: AccountID?, requestID: String, onBehalfOf: String?, approvedBy: String?,
    digest: [UInt8], details: [UInt8]?
  ) {
    self.init(
      index: index,
      entry: AuditEntry(
        id: id, tenant: .platform, at: at, actor: actor, action: action, object: object,
        subject: subject, requestID: requestID, onBehalfOf: onBehalfOf, approvedBy: approvedBy,
        details: details),
      detailsDigest: digest)
  }

  /// Reads a line of `tenant`'s export.
  package init(reading reader: inout JSONReader, tenant: TenantID) throws(JSONError) {
    self = try Self.shape.read(&reader).belonging(to: tenant)
  }
}

extension Shapes {
  static let auditTree: [Component] = [
    AuditCheckpointView.shape.component, AuditProofView.shape.component,
  ]
}
