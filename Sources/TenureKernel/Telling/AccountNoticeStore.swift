import Postgres
package import Tenure

/// A notice for a person about their account, which is not stored yet.
package struct NewAccountNotice: Sendable {
  package let id: NoticeID
  package let account: AccountID
  package let type: EventType
  package let subject: String
  package let at: Timestamp
  /// Where the person was reached before, sealed by `PersonalRecords.seal(_:of:_:)`; nil where that
  /// does not change.
  package let reached: [UInt8]?
}

/// SQL of `tenure.account_notices`, which are inserted with the change that they tell of.
///
/// The feature of notices reads them.
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
