package import JSON
package import Tenure

/// One line of the audit log as its readers see it.
package struct AuditEntryView: View, Shaped {
  package let entry: AuditEntry
  /// The details, unsealed; nil where there are none or the person's key is gone.
  package let details: JSONValue?

  package init(entry: AuditEntry, details: JSONValue?) {
    self.entry = entry
    self.details = details
  }

  package static let shape = Shape<AuditEntryView>(
    "AuditEntry", "Who did what to whom, when, and on whose request."
  ) {
    Member("id", \.entry.id, .id())
    Member("at", \.entry.at, .timestamp)
    Member(
      "actor", \.entry.actor, .actor,
      "The key, the person, or the part of the service that acted.")
    Member("action", \.entry.action, .string, example: "account.read")
    Member("object", \.entry.object, .string, example: Schema.idExample(of: AccountNoun.self))
    Member("subject_id", \.entry.subject, .nullable(.id()))
    Member("request_id", \.entry.requestID, .string, example: "req-4711")
    Member(
      "on_behalf_of", \.entry.onBehalfOf, .nullable(.string),
      "Whose request the actor carried out, where it was not their own.")
    Member(
      "approved_by", \.entry.approvedBy, .nullable(.string),
      "The second person who agreed to it, where two were needed.")
    Member("details", \.details, .nullable(.anyObject))
  }
}

extension Shapes {
  static let auditEntries: [Component] = [
    AuditEntryView.shape.component
  ]
}
