package import JSON
package import Tenure

/// What was erased or anonymised, when and how.
package struct ErasureView: View {
  package let id: ErasureID
  package let tenant: TenantID
  package let account: AccountID
  package let method: String
  package let requestedAt: Timestamp
  package let erasedAt: Timestamp
  /// When the ledger outside the database had it.
  package let recordedAt: Timestamp?
  package let ledgerEntry: Int?
  /// The epoch in which the person's key was wrapped last; 0 for none.
  package let epoch: Int
  /// How many endpoints of the tenant were told.
  package let recipients: Int
  /// What there was to be destroyed beside key and profile; nil where that was not kept.
  package let gone: [String]?

  package init(
    id: ErasureID, tenant: TenantID, account: AccountID, method: String, requestedAt: Timestamp,
    erasedAt: Timestamp, recordedAt: Timestamp?, ledgerEntry: Int?, epoch: Int, recipients: Int,
    gone: [String]? = nil
  ) {
    self.id = id
    self.tenant = tenant
    self.account = account
    self.method = method
    self.requestedAt = requestedAt
    self.erasedAt = erasedAt
    self.recordedAt = recordedAt
    self.ledgerEntry = ledgerEntry
    self.epoch = epoch
    self.recipients = recipients
    self.gone = gone
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in members(to: &writer) }
  }

  package func members(to writer: inout JSONWriter) {
    writer.key("id")
    writer.identifier(id)
    writer.key("tenant_id")
    writer.identifier(tenant)
    writer.key("account_id")
    writer.identifier(account)
    writer.key("method")
    writer.string(method)
    writer.key("requested_at")
    writer.timestamp(requestedAt)
    writer.key("erased_at")
    writer.timestamp(erasedAt)
    writer.key("recorded_at")
    writer.timestamp(recordedAt)
    writer.key("ledger_entry")
    if let ledgerEntry { writer.int(ledgerEntry) } else { writer.null() }
    writer.key("recipients")
    writer.int(recipients)
  }
}

/// Proof of an erasure, to be checked with nothing but the tenant's verifier key.
package struct ErasureCertificateView: View, Body {
  /// Where something may still lie, and until when it can be read.
  package struct Copy: View {
    package let place: String
    package let what: String
    /// nil: as long as the copy is kept.
    package let readableUntil: Timestamp?
    package let ends: String

    package init(place: String, what: String, readableUntil: Timestamp?, ends: String) {
      self.place = place
      self.what = what
      self.readableUntil = readableUntil
      self.ends = ends
    }

    package func write(to writer: inout JSONWriter) {
      writer.object { writer in
        writer.key("where")
        writer.string(place)
        writer.key("what")
        writer.string(what)
        writer.key("readable_until")
        writer.timestamp(readableUntil)
        writer.key("ends")
        writer.string(ends)
      }
    }
  }

  /// What is certified, signed.
  package let note: String
  package let verifier: String
  /// The entry of the audit log that says so, its place in the tree, and the signed root.
  package let leaf: AuditExportEntry
  package let proof: AuditProofView
  package let checkpoint: String
  package let logVerifier: String

  package init(
    note: String, verifier: String, leaf: AuditExportEntry, proof: AuditProofView,
    checkpoint: String, logVerifier: String
  ) {
    self.note = note
    self.verifier = verifier
    self.leaf = leaf
    self.proof = proof
    self.checkpoint = checkpoint
    self.logVerifier = logVerifier
  }

  /// The first line of the note, and the name of who signs it.
  package static func origin(of tenant: TenantID) -> String { "tenure/erasure/\(tenant)" }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("certificate")
      writer.string(note)
      writer.key("verifier")
      writer.string(verifier)
      writer.key("entry")
      leaf.write(to: &writer)
      writer.key("proof")
      proof.write(to: &writer)
      writer.key("checkpoint")
      writer.string(checkpoint)
      writer.key("log_verifier")
      writer.string(logVerifier)
    }
  }

  /// Reads a certificate as it was answered; the tenant is the note's.
  package init(reading reader: inout JSONReader) throws(JSONError) {
    var texts: [String: String] = [:]
    var leaf: AuditExportEntry?
    var proof: AuditProofView?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "certificate", "verifier", "checkpoint", "log_verifier":
        texts[member] = try reader.string()
      case "entry":
        let first = texts["certificate"]?.split(separator: "\n").first ?? ""
        guard let name = first.split(separator: "/").last,
          let tenant = try? TenantID(parsing: String(name))
        else { throw reader.missing("certificate") }
        leaf = try AuditExportEntry(reading: &reader, tenant: tenant)
      case "proof": proof = try AuditProofView(reading: &reader)
      default: throw reader.unknownMember()
      }
    }
    guard let leaf else { throw reader.missing("entry") }
    guard let proof else { throw reader.missing("proof") }
    self.init(
      note: texts["certificate"] ?? "", verifier: texts["verifier"] ?? "", leaf: leaf,
      proof: proof, checkpoint: texts["checkpoint"] ?? "",
      logVerifier: texts["log_verifier"] ?? "")
  }
}
