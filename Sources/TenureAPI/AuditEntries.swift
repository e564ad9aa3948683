package import JSON
package import Tenure

/// One line of the audit log as its readers see it.
package struct AuditEntryView: View {
  package let entry: AuditEntry
  /// The details, unsealed; nil where there are none or the person's key is gone.
  package let details: JSONValue?

  package init(entry: AuditEntry, details: JSONValue?) {
    self.entry = entry
    self.details = details
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.members(of: entry)
      writer.key("details")
      if let details { writer.value(details) } else { writer.null() }
    }
  }
}

extension JSONWriter {
  /// What every document of an entry says, its details aside.
  mutating func members(of entry: AuditEntry) {
    key("id")
    identifier(entry.id)
    key("at")
    timestamp(entry.at)
    key("actor")
    string(entry.actor)
    key("action")
    string(entry.action)
    key("object")
    string(entry.object)
    key("subject_id")
    string(entry.subject?.description)
    key("request_id")
    string(entry.requestID)
    key("on_behalf_of")
    string(entry.onBehalfOf)
    key("approved_by")
    string(entry.approvedBy)
  }
}

/// What a change would do, in the answer to a dry run.
package struct Effect: View {
  package let action: String
  package let object: String
  package init(action: String, object: String) {
    self.action = action
    self.object = object
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("action")
      writer.string(action)
      writer.key("object")
      writer.string(object)
    }
  }
}
