package import JSON
package import Tenure

/// The body of every verb that is done to an account: why.
package struct AccountVerbBody: Body {
  package let reason: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var reason: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "reason": reason = try reader.text(max: 500)
      default: throw reader.unknownMember()
      }
    }
    guard let reason else { throw reader.missing("reason") }
    self.reason = reason
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
