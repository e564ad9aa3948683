package import JSON
package import Tenure

/// The body of every verb that is done to an account: why, and from when on.
package struct AccountVerbBody: Body {
  package let reason: String
  package let effectiveAt: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var reason: String?
    var effectiveAt: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "reason": reason = try reader.text(max: 500)
      case "effective_at": effectiveAt = reader.null() ? nil : try reader.timestamp()
      default: throw reader.unknownMember()
      }
    }
    guard let reason else { throw reader.missing("reason") }
    self.reason = reason
    self.effectiveAt = effectiveAt
  }
}

/// The body that carries one verb out on many accounts.
package struct AccountChangesBody: Body {
  package static let accountsMax = 500
  package let verb: AccountVerb
  package let accounts: [AccountID]
  package let reason: String
  package let effectiveAt: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var verb: AccountVerb?
    var accounts: [AccountID] = []
    var reason: String?
    var effectiveAt: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "verb": verb = try reader.choice(AccountVerb.self)
      case "account_ids": accounts = try reader.accounts(max: Self.accountsMax)
      case "reason": reason = try reader.text(max: 500)
      case "effective_at": effectiveAt = reader.null() ? nil : try reader.timestamp()
      default: throw reader.unknownMember()
      }
    }
    guard let verb else { throw reader.missing("verb") }
    guard let reason else { throw reader.missing("reason") }
    if accounts.isEmpty { throw reader.missing("account_ids") }
    self.verb = verb
    self.accounts = accounts
    self.reason = reason
    self.effectiveAt = effectiveAt
  }
}

/// One row of a file of verbs: what is done to which account, and why.
package struct AccountChangeRow: Body {
  package let clientItemID: String?
  package let account: AccountID
  package let verb: AccountVerb
  package let reason: String
  package let effectiveAt: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (clientItemID, reason): (String?, String?) = (nil, nil)
    var account: AccountID?
    var verb: AccountVerb?
    var effectiveAt: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "client_item_id": clientItemID = try reader.text(max: 255)
      case "account_id": account = try reader.identifier(AccountID.self)
      case "verb": verb = try reader.choice(AccountVerb.self)
      case "reason": reason = try reader.text(max: 500)
      case "effective_at": effectiveAt = reader.null() ? nil : try reader.timestamp()
      default: throw reader.unknownMember()
      }
    }
    guard let account else { throw reader.missing("account_id") }
    guard let verb else { throw reader.missing("verb") }
    guard let reason else { throw reader.missing("reason") }
    self.clientItemID = clientItemID
    self.account = account
    self.verb = verb
    self.reason = reason
    self.effectiveAt = effectiveAt
  }
}

extension JSONReader {
  /// Ids of accounts, each once.
  package mutating func accounts(max: Int) throws(JSONError) -> [AccountID] {
    var accounts: [AccountID] = []
    var known: Set<AccountID> = []
    try array { (reader) throws(JSONError) in
      let id = try reader.identifier(AccountID.self)
      guard known.insert(id).inserted else {
        throw reader.error(.value, "the account appears twice")
      }
      if accounts.count == max { throw reader.error(.value, "more than \(max) accounts") }
      accounts.append(id)
    }
    if accounts.isEmpty { throw error(.value, "at least one account is needed") }
    return accounts
  }
}

/// Whether an account may sign in, as products ask.
package struct SignInStatusView: View {
  package let account: AccountID
  package let status: AccountStatus

  package init(account: AccountID, status: AccountStatus) {
    self.account = account
    self.status = status
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("status")
      writer.string(status.rawValue)
      writer.key("sign_in")
      writer.string(status.allowsSignIn ? "allowed" : "denied")
    }
  }
}

/// A verb that was done to an account, or is to be.
package struct AccountChangeView: View {
  package enum State: String, CaseIterable, Sendable { case scheduled, done, refused, cancelled }

  package let id: AccountChangeID
  package let account: AccountID
  package let verb: AccountVerb
  package let state: State
  /// The code of the problem that ended it.
  package let refusal: String?
  package let requestedBy: String
  package let requestedAt: Timestamp
  package let effectiveAt: Timestamp
  package let endedAt: Timestamp?
  /// The takeover's case that is undone by it.
  package let item: CaseID?
  package let version: Int

  package init(
    id: AccountChangeID, account: AccountID, verb: AccountVerb, state: State,
    refusal: String? = nil, requestedBy: String, requestedAt: Timestamp, effectiveAt: Timestamp,
    endedAt: Timestamp? = nil, item: CaseID? = nil, version: Int = 1
  ) {
    self.id = id
    self.account = account
    self.verb = verb
    self.state = state
    self.refusal = refusal
    self.requestedBy = requestedBy
    self.requestedAt = requestedAt
    self.effectiveAt = effectiveAt
    self.endedAt = endedAt
    self.item = item
    self.version = version
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("account_id")
      writer.identifier(account)
      writer.key("case_id")
      if let item { writer.identifier(item) } else { writer.null() }
      writer.key("verb")
      writer.string(verb.rawValue)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("refusal")
      writer.string(refusal)
      writer.key("requested_by")
      writer.string(requestedBy)
      writer.key("requested_at")
      writer.timestamp(requestedAt)
      writer.key("effective_at")
      writer.timestamp(effectiveAt)
      writer.key("ended_at")
      writer.timestamp(endedAt)
    }
  }
}

/// What became of one account of a list.
package struct AccountOutcomeView: View {
  package enum Outcome: String, CaseIterable, Sendable {
    case changed, unchanged, scheduled, failed
    /// The database did not say: repeat the request with the same key to learn.
    case unknown
  }

  package let account: AccountID
  package let outcome: Outcome
  package let status: AccountStatus?
  package let change: AccountChangeID?
  package let code: String?
  package let detail: String?

  package init(
    account: AccountID, outcome: Outcome, status: AccountStatus? = nil,
    change: AccountChangeID? = nil, code: String? = nil, detail: String? = nil
  ) {
    self.account = account
    self.outcome = outcome
    self.status = status
    self.change = change
    self.code = code
    self.detail = detail
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("outcome")
      writer.string(outcome.rawValue)
      writer.key("status")
      writer.string(status?.rawValue)
      writer.key("change_id")
      writer.string(change?.description)
      writer.key("code")
      writer.string(code)
      writer.key("detail")
      writer.string(detail)
    }
  }
}
