/// One line of a tenant's audit log: who did what to whom, when, and on whose request.
///
/// Nothing personal stands in it: `details` are sealed under the subject's key before they come
/// here, and the leaf holds only their digest, so that erasing them leaves every proof valid.
package struct AuditEntry: Sendable {
  package let id: AuditEntryID
  package private(set) var tenant: TenantID
  package let at: Timestamp
  package let actor: String
  package let action: String
  /// The id of what was acted on.
  package let object: String
  /// The account concerned; nil where it concerns nobody, or whom must not show.
  package let subject: AccountID?
  package let requestID: String
  /// Who asked for it, where the actor carries out somebody else's request; nil otherwise.
  package let onBehalfOf: String?
  /// The second person who agreed to it; nil where none was needed.
  package var approvedBy: String?
  /// Sealed details; nil where there are none.
  package var details: [UInt8]?

  package init(
    id: AuditEntryID, tenant: TenantID, at: Timestamp, actor: String, action: String,
    object: String, subject: AccountID?, requestID: String, onBehalfOf: String? = nil,
    approvedBy: String? = nil, details: [UInt8]? = nil
  ) {
    self.id = id
    self.tenant = tenant
    self.at = at
    self.actor = actor
    self.action = action
    self.object = object
    self.subject = subject
    self.requestID = requestID
    self.onBehalfOf = onBehalfOf
    self.approvedBy = approvedBy
    self.details = details
  }

  /// The entry as one of another tenant's log.
  func belonging(to tenant: TenantID) -> AuditEntry {
    var entry = self
    entry.tenant = tenant
    return entry
  }

  /// The bytes a leaf of the audit tree is made of: a version, then each field with its length in
  /// four bytes.
  ///
  /// An entry that names neither on whose behalf nor who approved is encoded as version 1, which
  /// lacks these two fields; all others as version 2, which adds them. Leaves are never recomputed,
  /// so both stay.
  ///
  /// `detailsDigest` is SHA-256 of the sealed details, empty where there are none.
  package func canonical(detailsDigest: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    // Enough for most entries: all entries of a log are encoded here, and growing costs time.
    bytes.reserveCapacity(512)
    let isSecondVersion = onBehalfOf != nil || approvedBy != nil
    bytes.append(contentsOf: (isSecondVersion ? "tenure/audit/v2" : "tenure/audit/v1").utf8)
    func append(_ write: (inout [UInt8]) -> Void) {
      let start = bytes.count
      bytes.append(contentsOf: [0, 0, 0, 0])
      write(&bytes)
      let count = UInt32(bytes.count - start - 4)
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: count.bigEndian, toByteOffset: start, as: UInt32.self)
      }
    }
    append { id.write(into: &$0) }
    append { tenant.write(into: &$0) }
    append { at.write(into: &$0) }
    append { $0.append(contentsOf: actor.utf8) }
    append { $0.append(contentsOf: action.utf8) }
    append { $0.append(contentsOf: object.utf8) }
    append { subject?.write(into: &$0) }
    append { $0.append(contentsOf: requestID.utf8) }
    append { $0.append(contentsOf: detailsDigest) }
    if isSecondVersion {
      append { $0.append(contentsOf: (onBehalfOf ?? "").utf8) }
      append { $0.append(contentsOf: (approvedBy ?? "").utf8) }
    }
    return bytes
  }
}
