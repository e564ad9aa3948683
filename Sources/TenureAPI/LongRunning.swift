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
package struct ImportRow: Body {
  package let clientItemID: String?
  package let profile: AccountProfile

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var clientItemID: String?
    profile = try AccountProfile(reading: &reader) { (member, reader) throws(JSONError) in
      if member != "client_item_id" { return false }
      clientItemID = try reader.text(max: 255)
      return true
    }
    self.clientItemID = clientItemID
  }
}
