package import JSON
package import Tenure

/// An event as receivers and readers see it: the same id in push, feed and audit.
package struct EventView: View {
  package let id: EventID
  package let type: String
  package let subject: String
  package let sequence: Int
  package let account: AccountID?
  /// A JSON object.
  package var data: [UInt8]
  package let at: Timestamp

  package init(
    id: EventID, type: String, subject: String, sequence: Int, account: AccountID?, data: [UInt8],
    at: Timestamp
  ) {
    self.id = id
    self.type = type
    self.subject = subject
    self.sequence = sequence
    self.account = account
    self.data = data
    self.at = at
  }

  /// Standard Webhooks 1.0: `type`, `timestamp`, `data`; beside them what orders events.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("type")
      writer.string(type)
      writer.key("timestamp")
      writer.timestamp(at)
      writer.key("subject")
      writer.string(subject)
      writer.key("sequence")
      writer.int(sequence)
      writer.key("data")
      writer.raw(data)
    }
  }
}
