package import JSON
package import Tenure

/// Long work as callers watch it (AIP-151).
package struct OperationView: View {
  package enum State: String, CaseIterable, Sendable {
    case receiving, running, succeeded, cancelled, failed
    package var isFinal: Bool { self != .receiving && self != .running }
  }

  package let id: OperationID
  package let kind: String
  package let state: State
  package let done: Int
  package let total: Int?
  package let failed: Int
  /// Why all of it failed: a stable code.
  package let failure: String?
  package let createdAt: Timestamp
  package let updatedAt: Timestamp

  package init(
    id: OperationID, kind: String, state: State, done: Int, total: Int?, failed: Int,
    failure: String? = nil, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.done = done
    self.total = total
    self.failed = failed
    self.failure = failure
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("kind")
      writer.string(kind)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("done")
      writer.bool(state.isFinal)
      writer.key("progress")
      writer.object { writer in
        writer.key("done")
        writer.int(done)
        writer.key("total")
        if let total { writer.int(total) } else { writer.null() }
        writer.key("failed")
        writer.int(failed)
      }
      writer.key("failure")
      writer.string(failure)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// What became of one row of an import.
package struct ImportOutcome: Sendable {
  package enum Outcome: String, Sendable {
    case created, updated, changed, scheduled, unchanged, failed
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
      outcome: Outcome(rawValue: view.outcome.rawValue) ?? .failed, account: view.account,
      status: view.status, change: view.change, code: view.code, detail: view.detail)
  }

  /// A row that is no such row.
  package init(row: Int, malformed error: JSONError) {
    let place = error.pointer.isEmpty ? "" : "\(error.pointer): "
    self.init(
      row: row, clientItemID: nil, outcome: .failed, account: nil, code: error.code.rawValue,
      detail: place + error.detail)
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("row")
      writer.int(row)
      if let clientItemID {
        writer.key("client_item_id")
        writer.string(clientItemID)
      }
      writer.key("outcome")
      writer.string(outcome.rawValue)
      if let account {
        writer.key("account_id")
        writer.identifier(account)
      }
      if let status {
        writer.key("status")
        writer.string(status.rawValue)
      }
      if let change {
        writer.key("change_id")
        writer.identifier(change)
      }
      if let code {
        writer.key("code")
        writer.string(code)
      }
      if let detail {
        writer.key("detail")
        writer.string(detail)
      }
    }
  }
}

/// One row of an import: an account's members and the client's own name for the row.
///
/// Of an account that is there only what the row mentions changes, and no address goes.
package struct ImportRow: Body {
  package let clientItemID: String?
  /// What the row says, nothing in the place of what it does not: the whole of a new account.
  package let profile: AccountProfile
  private let patch: AccountPatch
  /// Whether the row itself says which address is primary.
  private let namesPrimary: Bool

  package init(reading reader: inout JSONReader) throws(JSONError) {
    let start = reader
    var clientItemID: String?
    let profile = try AccountProfile.shape.read(&reader, over: .empty) {
      (member, reader) throws(JSONError) in
      if member != "client_item_id" { return false }
      clientItemID = try reader.text(max: 255)
      return true
    }
    if profile.addresses.isEmpty && profile.externalID == nil { throw reader.missing("addresses") }
    self.clientItemID = clientItemID
    self.profile = profile
    var again = start
    var members: [(name: String, value: JSONValue)] = []
    if case .object(let all) = try again.value() { members = all }
    namesPrimary =
      members.first { $0.name == "addresses" }?.value.array?
      .contains { $0["primary"]?.bool == true } ?? false
    patch = AccountPatch(
      .object(
        members.filter { !["client_item_id", "addresses", "contacts"].contains($0.name) }))
  }

  /// The profile of an account that is there, after the row.
  package func applied(to before: AccountProfile) throws(JSONError) -> AccountProfile {
    var after = try patch.applied(to: before)
    after.addresses = before.merging(addresses: profile.addresses, namesPrimary: namesPrimary)
    guard
      after.addresses.count <= AccountProfile.addressesMax
        || after.addresses.count == before.addresses.count
    else {
      throw JSONError(
        code: .value, pointer: "/addresses",
        detail: "more than \(AccountProfile.addressesMax) addresses")
    }
    return after
  }
}
