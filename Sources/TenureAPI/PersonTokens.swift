import JSON
package import Tenure

/// The body that mints a person's token.
package struct PersonTokenBody: Body, Shaped {
  /// One hour, unless asked for less.
  package static let secondsDefault = 3_600
  package static let secondsMax = 86_400

  package let account: AccountID
  package let expiresInSeconds: Int
  private let name: Assurance.Name
  private let signedInAt: Timestamp?
  private let hasSecondFactor: Bool

  /// `mailbox` unless the operator says more.
  package var assurance: Assurance {
    switch name {
    case .mailbox: .mailbox
    case .session: .session(signedInAt: signedInAt, hasSecondFactor: hasSecondFactor)
    }
  }

  package static let shape = Shape("PersonTokenBody", nil, PersonTokenBody.init) {
    Member("account_id", \.account, .id())
    Member(
      "expires_in_seconds", \.expiresInSeconds,
      .int(60...secondsMax, "60 to \(secondsMax) seconds are allowed"), default: secondsDefault)
    Member(
      "assurance", \.name, .choice(),
      """
      Whether somebody who reads the person's mailbox could have got as far. A `mailbox` token may \
      read notices, acknowledge, export and dispute; what decides about the account or gives away \
      something private needs a `session`.
      """, default: .mailbox)
    Member(
      "signed_in_at", \.signedInAt, .nullable(.timestamp),
      """
      When the session began, in which the person still is. It counts against a claimant where \
      that was before the claim was made.
      """, default: nil)
    Member(
      "second_factor", \.hasSecondFactor, .bool,
      "The session was signed in to with a second factor.", default: false)
  } check: { (body, reader) throws(JSONError) in
    if body.name == .session && body.signedInAt == nil && !body.hasSecondFactor {
      throw reader.missing("signed_in_at")
    }
  }
}

/// A person's token, shown once.
package struct PersonTokenView: View, Shaped {
  package let account: AccountID
  package let token: String
  package let assurance: Assurance
  package let expiresAt: Timestamp

  package init(account: AccountID, token: String, assurance: Assurance, expiresAt: Timestamp) {
    self.account = account
    self.token = token
    self.assurance = assurance
    self.expiresAt = expiresAt
  }

  package static let shape = Shape<PersonTokenView>("PersonToken", "A person's token, shown once.")
  {
    Member("account_id", \.account, .id())
    Member(
      "token", \.token, .string.with("pattern", .string("^tnrw_[0-9A-Za-z]{50}$")),
      example: "tnrw_" + String(repeating: "0", count: 50))
    Member("assurance", \.assurance.name, .choice())
    Member("expires_at", \.expiresAt, .timestamp)
  }
}

extension Assurance {
  /// How a token is called by what it is worth.
  fileprivate enum Name: String, CaseIterable {
    case mailbox, session
  }

  fileprivate var name: Name {
    switch self {
    case .mailbox: .mailbox
    case .session: .session
    }
  }
}

extension Shapes {
  static let personTokens: [Component] = [
    PersonTokenBody.shape.component, PersonTokenView.shape.component,
  ]
}
