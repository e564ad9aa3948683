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
      writer.key("id")
      writer.identifier(entry.id)
      writer.key("at")
      writer.timestamp(entry.at)
      writer.key("actor")
      writer.string(entry.actor)
      writer.key("action")
      writer.string(entry.action)
      writer.key("object")
      writer.string(entry.object)
      writer.key("subject_id")
      writer.string(entry.subject?.description)
      writer.key("request_id")
      writer.string(entry.requestID)
      writer.key("details")
      if let details { writer.value(details) } else { writer.null() }
    }
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
