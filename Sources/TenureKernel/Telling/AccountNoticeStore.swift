import Postgres
package import Tenure

/// What a person is to be told of their account.
package struct NewAccountNotice: Sendable {
  package let id: NoticeID
  package let account: AccountID
  package let type: EventType
  package let subject: String
  package let at: Timestamp
  /// Where they were reached before what it tells of, as `PersonalRecords.seal(_:of:_:)` seals it;
  /// nil where it changes nothing about that.
  package let reached: [UInt8]?
}

/// SQL of `tenure.account_notices`: written with what they tell of; their own feature reads them.
package enum AccountNoticeStore {
  static func insert(_ notices: [NewAccountNotice], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.account_notices (tenant_id, notice_id, account_id, type, subject, at, reached)
    SELECT \(access.tenant), new.* FROM unnest(\(notices.map(\.id)), \(notices.map(\.account)),
      \(notices.map(\.type.rawValue)), \(notices.map(\.subject)), \(notices.map(\.at)),
      \(notices.map { $0.reached.map { Bytes($0) } })) AS new
    """
  }
}
