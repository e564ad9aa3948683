package import JSON
package import Tenure

extension Operation: View, Shaped {
  package static let shape = Shape<Operation>("Operation", "Long work (AIP-151).") {
    Member("id", \.id, .id())
    Member("kind", \.kind, .choice())
    Member("state", \.state, .choice())
    Member("done", \.state.isFinal, .bool, "Whether it has ended, in whatever way.")
    Member("progress", \.progress, .object(Progress.shape))
    Member(
      "failure", \.failure, .nullable(.choice()),
      """
      Why all of it failed: the work failed in the same way five times in a row, or the rows did \
      not arrive within an hour. What was done until then stays done.
      """)
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }
}

extension Operation.Progress: Shaped {
  package static let shape = Shape<Operation.Progress>("Progress", "How far long work has come.") {
    Member("done", \.done, .int)
    Member("total", \.total, .nullable(.int))
    Member("failed", \.failed, .int)
  }
}

/// What became of one row of an import.
package struct ImportOutcome: View, Shaped {
  package enum Outcome: String, CaseIterable, Sendable {
    case created, updated, changed, scheduled, unchanged, failed

    fileprivate init(_ outcome: AccountOutcomeView.Outcome) {
      self =
        switch outcome {
        case .changed: .changed
        case .unchanged: .unchanged
        case .scheduled: .scheduled
        // Only a request is answered "unknown": the rows of a file are carried out again.
        case .failed, .unknown: .failed
        }
    }
  }

  package let row: Int
  package let clientItemID: String?
  package let outcome: Outcome
  package let account: AccountID?
  /// What a verb made of the account.
  package let status: AccountStatus?
  package let change: AccountChangeID?
  package let code: String?
  package let detail: String?

  package init(
    row: Int, clientItemID: String?, outcome: Outcome, account: AccountID?,
    status: AccountStatus? = nil, change: AccountChangeID? = nil, code: String? = nil,
    detail: String? = nil
  ) {
    self.row = row
    self.clientItemID = clientItemID
    self.outcome = outcome
    self.account = account
    self.status = status
    self.change = change
    self.code = code
    self.detail = detail
  }

  /// What a verb made of the account of a row.
  package init(row: Int, clientItemID: String?, _ view: AccountOutcomeView) {
    self.init(
      row: row, clientItemID: clientItemID,
      outcome: Outcome(view.outcome), account: view.account,
      status: view.status, change: view.change, code: view.code, detail: view.detail)
  }

  /// A row that is no such row.
  package init(row: Int, malformed error: JSONError) {
    let place = error.pointer.isEmpty ? "" : "\(error.pointer): "
    self.init(
      row: row, clientItemID: nil, outcome: .failed, account: nil, code: error.code.rawValue,
      detail: place + error.detail)
  }

  package static let shape = Shape<ImportOutcome>(
    "ImportOutcome", "What became of one row of a file."
  ) {
    Member("row", \.row, .number)
    Member(optional: "client_item_id", \.clientItemID, .string)
    Member("outcome", \.outcome, .choice())
    Member(optional: "account_id", \.account, .id())
    Member(optional: "status", \.status, .choice())
    Member(optional: "change_id", \.change, .id())
    Member(optional: "code", \.code, .string)
    Member(optional: "detail", \.detail, .string)
  }
}

/// One row of an import: an account's members and the client's own name for the row.
///
/// Of an account that is there only what the row mentions changes, and no address goes. It is read by
/// hand: which members it mentions matters as much as what they are.
package struct ImportRow: Body {
  package let clientItemID: String?
  /// What the row says, nothing in the place of what it does not: the whole of a new account.
  package let profile: AccountProfile
  private let patch: AccountPatch
  /// Whether the row itself says which address is primary.
  private let namesPrimary: Bool

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var clientItemID: String?
    let (profile, sent) = try AccountProfile.shape.read(&reader, over: .empty) {
      (member, reader) throws(JSONError) in
      if member != "client_item_id" { return false }
      clientItemID = try reader.text(max: 255)
      return true
    }
    if profile.addresses.isEmpty && profile.externalID == nil { throw reader.missing("addresses") }
    self.clientItemID = clientItemID
    self.profile = profile
    namesPrimary =
      sent["addresses"]?.array?.contains { $0["primary"]?.bool == true } ?? false
    patch = AccountPatch(sent.without("addresses", "contacts"))
  }

  /// The profile of an account that is there, after the row.
  ///
  /// `given` are the identities of addresses that other rows take from the account: they make room
  /// for what it gets.
  package func applied(
    to before: AccountProfile, giving given: Set<String> = []
  ) throws(JSONError) -> AccountProfile {
    var after = try patch.applied(to: before)
    after.addresses = before.addresses.filter { !given.contains($0.email.identity) }
      .merging(profile.addresses, namesPrimary: namesPrimary)
    after.contacts = before.contacts.merging(profile.contacts)
    try check(
      "addresses", after.addresses.count, before.addresses.count, AccountProfile.addressesMax)
    try check("contacts", after.contacts.count, before.contacts.count, AccountProfile.contactsMax)
    return after
  }

  /// An account may have more from before; it never gets more of them.
  private func check(
    _ member: String, _ count: Int, _ before: Int, _ max: Int
  ) throws(JSONError) {
    if count <= max || count <= before { return }
    throw JSONError(code: .value, pointer: "/\(member)", detail: "more than \(max) \(member)")
  }
}

extension JSONValue {
  /// An object without some of its members.
  fileprivate func without(_ names: String...) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !names.contains($0.name) })
  }
}

extension Shapes {
  static let operations: [Component] = [
    Operation.shape.component, Operation.Progress.shape.component,
  ]
}
