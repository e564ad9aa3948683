/// Something that happened, with its number: the same id in push, feed and audit.
package struct NumberedEvent: Sendable {
  package let id: EventID
  package let type: String
  /// The id of what it is about.
  package let subject: String
  /// Counts the events about the subject.
  package let sequence: Int
  /// The person concerned; not shown.
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
}
