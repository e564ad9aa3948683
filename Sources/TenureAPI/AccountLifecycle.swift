import JSON
package import Tenure

/// The body of every verb that is done to an account: why, and from when on.
package struct AccountVerbBody: Body, Shaped {
  package let reason: String
  package let effectiveAt: Timestamp?

  package static let shape = Shape("AccountVerbBody", nil, AccountVerbBody.init) {
    Member.reason(\.reason)
    Member.effectiveAt(\.effectiveAt)
  }
}

/// The body that carries one verb out on many accounts.
package struct AccountChangesBody: Body, Shaped {
  package static let accountsMax = 500

  package let verb: AccountVerb
  package let accounts: [AccountID]
  package let reason: String
  package let effectiveAt: Timestamp?

  package static let shape = Shape("AccountChangesBody", nil, AccountChangesBody.init) {
    Member(
      "verb", \.verb, .choice(),
      """
      What cannot be taken back (`anonymise`, `erase`) is asked for under `:erase`; `release` takes \
      `takeovers:write` as well.
      """)
    Member("account_ids", \.accounts, .set(.id(), min: 1, max: accountsMax, "accounts"))
    Member.reason(\.reason)
    Member.effectiveAt(\.effectiveAt)
  }
}

/// One row of a file of verbs: what is done to which account, and why.
package struct AccountChangeRow: Body, Shaped {
  /// What whoever sends the file calls the row by.
  package let clientItemID: String?
  package let account: AccountID
  package let verb: AccountVerb
  package let reason: String
  package let effectiveAt: Timestamp?

  package static let shape = Shape("AccountChangeRow", nil, AccountChangeRow.init) {
    Member(optional: "client_item_id", \.clientItemID, .text(max: 255))
    Member("account_id", \.account, .id())
    Member("verb", \.verb, .choice())
    Member.reason(\.reason)
    Member.effectiveAt(\.effectiveAt)
  }
}

extension Member where Value == String {
  /// Why something is done to an account.
  fileprivate static func reason(_ get: @escaping @Sendable (Root) -> String) -> Member {
    Member(
      "reason", get, .text(max: 500), "Why: sealed into the audit log.",
      example: "They left the company.")
  }
}

extension Member where Value == Timestamp? {
  /// From when on something is done to an account.
  fileprivate static func effectiveAt(
    _ get: @escaping @Sendable (Root) -> Timestamp?
  ) -> Member {
    Member(
      "effective_at", get, .nullable(.timestamp),
      "When it is to be done, in the future; at once where absent.", default: nil)
  }
}

/// Whether an account may sign in, as products ask.
package struct SignInStatusView: View, Shaped {
  private enum SignIn: String, CaseIterable, Sendable { case allowed, denied }

  package let account: AccountID
  package let status: AccountStatus

  package init(account: AccountID, status: AccountStatus) {
    self.account = account
    self.status = status
  }

  private var signIn: SignIn { status.allowsSignIn ? .allowed : .denied }

  package static let shape = Shape<SignInStatusView>(
    "SignInStatus", "Whether an account may sign in."
  ) {
    Member("account_id", \.account, .id())
    Member("status", \.status, .choice())
    Member("sign_in", \.signIn, .choice())
  }
}

extension AccountChange: View, Shaped {
  package static let shape = Shape<AccountChange>(
    "AccountChange", "A verb that was done to an account, or is to be."
  ) {
    Member("id", \.id, .id())
    Member("account_id", \.account, .id())
    Member(
      "case_id", \.item, .nullable(.id()),
      "The takeover's case that is undone by it; null for any other change.", example: .some(nil))
    Member("verb", \.verb, .choice())
    Member("state", \.state, .choice())
    Member(
      "refusal", \.refusal, .nullable(.string), "The code of the problem that ended it.")
    Member(
      "requested_by", \.requestedBy, .actor, "Who asked: a key, or the service itself.")
    Member("requested_at", \.requestedAt, .timestamp)
    Member("effective_at", \.effectiveAt, .timestamp)
    Member("ended_at", \.endedAt, .nullable(.timestamp))
  }
}

/// What became of one account of a list.
package struct AccountOutcomeView: View, Shaped {
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

  package static let shape = Shape<AccountOutcomeView>(
    "AccountOutcome", "What became of one account of a list."
  ) {
    Member("account_id", \.account, .id())
    Member(
      "outcome", \.outcome, .choice(),
      "`unknown`: the database did not say; repeat the request with the same key to learn.")
    Member("status", \.status, .nullable(.choice()), example: .active)
    Member("change_id", \.change, .nullable(.id()))
    Member("code", \.code, .nullable(.string), "Why it failed: see /errors.")
    Member("detail", \.detail, .nullable(.string))
  }
}

extension Shapes {
  static let accountLifecycle: [Component] = [
    AccountVerbBody.shape.component, AccountChangesBody.shape.component,
    AccountChange.shape.component, AccountOutcomeView.shape.component,
    SignInStatusView.shape.component,
  ]
}
