package import JSON
package import Tenure

extension Erasure: View, Shaped {
  package static let shape = Shape<Erasure>(
    "Erasure", "What was erased or anonymised, when and how."
  ) {
    Member("id", \.id, .id())
    Member("tenant_id", \.tenant, .id(), "The tenant.")
    Member("account_id", \.account, .id())
    Member("method", \.method, .choice())
    Member("requested_at", \.requestedAt, .timestamp)
    Member("erased_at", \.erasedAt, .timestamp)
    Member(
      "recorded_at", \.recordedAt, .nullable(.timestamp),
      "When the ledger outside the database had it.")
    Member("ledger_entry", \.ledgerEntry, .nullable(.number))
    Member("recipients", \.recipients, .count, "How many endpoints of the tenant were told.")
  }
}

/// Proof of an erasure, to be checked with nothing but the tenant's verifier key.
package struct ErasureCertificateView: View, Body, Shaped {
  /// Where something may still lie, and until when it can be read.
  package struct Copy: View, Shaped {
    private let place: String
    private let what: String
    /// nil: as long as the copy is kept.
    private let readableUntil: Timestamp?
    private let ends: String

    package init(place: String, what: String, readableUntil: Timestamp?, ends: String) {
      self.place = place
      self.what = what
      self.readableUntil = readableUntil
      self.ends = ends
    }

    package static let shape = Shape<Copy>("ErasureCopy", "A place where a copy may be left.") {
      Member("where", \.place, .string)
      Member("what", \.what, .string)
      Member("readable_until", \.readableUntil, .nullable(.timestamp))
      Member("ends", \.ends, .string)
    }
  }

  /// What is certified, signed.
  package let note: String
  private let verifier: String
  /// The entry of the audit log that says so, as its export writes it: whose it is stands in the
  /// note.
  private let entry: JSONValue
  /// The entry's place in the tree, and the signed root.
  package let proof: AuditProofView
  package let checkpoint: String
  private let logVerifier: String

  package init(
    note: String, verifier: String, leaf: AuditExportEntry, proof: AuditProofView,
    checkpoint: String, logVerifier: String
  ) throws(JSONError) {
    self.init(
      note: note, verifier: verifier, entry: try JSONValue(parsing: leaf.json), proof: proof,
      checkpoint: checkpoint, logVerifier: logVerifier)
  }

  private init(
    note: String, verifier: String, entry: JSONValue, proof: AuditProofView, checkpoint: String,
    logVerifier: String
  ) {
    self.note = note
    self.verifier = verifier
    self.entry = entry
    self.proof = proof
    self.checkpoint = checkpoint
    self.logVerifier = logVerifier
  }

  /// The first line of the note, and the name of who signs it.
  package static func origin(of tenant: TenantID) -> String { "tenure/erasure/\(tenant)" }

  /// Reads the entry, as one of the tenant that the note is of.
  package func leaf() throws(JSONError) -> AuditExportEntry {
    var reader = JSONReader(entry.bytes)
    guard let name = note.prefix(while: { $0 != "\n" }).split(separator: "/").last,
      let tenant = try? TenantID(parsing: String(name))
    else { throw reader.error(at: "certificate", .value, "a note about a tenant is expected") }
    return try AuditExportEntry(reading: &reader, tenant: tenant)
  }

  package static let shape = Shape(
    "ErasureCertificate",
    "Proof of an erasure, to be checked offline with the verifier key of the tenant's audit log.",
    ErasureCertificateView.init(note:verifier:entry:proof:checkpoint:logVerifier:)
  ) {
    Member(
      "certificate", \.note, .string,
      "A signed note (c2sp.org/signed-note) over one line of JSON: the erasure, what is gone, and "
        + "the remaining copies with the last date they can be read.",
      example: """
        tenure/erasure/ten_01m7zxyxbtf46rjshedaq7k2em
        {"id":"ers_01m7zxyxbtf46rjshedaq7k2em",…}

        — tenure/erasure/ten_01m7zxyxbtf46rjshedaq7k2em …

        """)
    Member(
      "verifier", \.verifier, .string, example: "tenure/erasure/ten_01m7zxyxbtf46rjshedaq7k2em+…")
    Member(
      "entry", \.entry, .anyObject, "The line of the audit log's export that says so.")
    Member(
      "proof", \.proof, .object(AuditProofView.shape),
      example: AuditProofView(index: 0, fromSize: nil, size: 1, hashes: []))
    Member(
      "checkpoint", \.checkpoint, .string,
      example: """
        tenure/audit/ten_01m7zxyxbtf46rjshedaq7k2em
        1
        n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=

        — tenure/audit/ten_01m7zxyxbtf46rjshedaq7k2em …

        """)
    Member(
      "log_verifier", \.logVerifier, .string,
      example: "tenure/audit/ten_01m7zxyxbtf46rjshedaq7k2em+…")
  }
}

extension Shapes {
  static let erasures: [Component] = [
    Erasure.shape.component, ErasureCertificateView.shape.component,
  ]
}
