package import JSON
package import Tenure

/// The body that publishes a policy.
package struct PolicyBody: Body {
  /// Characters.
  package static let textMax = 200_000

  package let name: String
  package let version: Int
  package let language: String
  package let title: String
  package let text: String
  package let needs: Policy.Need
  /// nil: from now on.
  package let effectiveAt: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (name, language, title, text): (String?, String?, String?, String?) = (nil, nil, nil, nil)
    var version: Int?
    var needs: Policy.Need?
    var effectiveAt: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "name": name = try reader.category()
      case "version":
        let number = try reader.int()
        guard (1...1_000_000).contains(number) else {
          throw reader.error(.value, "a whole number from 1 on is expected")
        }
        version = number
      case "language": language = try Codec.languageTag.read(&reader)
      case "title": title = try reader.name()
      case "body":
        let given = try reader.string()
        guard !given.isEmpty, given.unicodeScalars.count <= Self.textMax else {
          throw reader.error(.value, "1 to \(Self.textMax) characters are expected")
        }
        if given.unicodeScalars.contains(where: { $0.value == 0 }) {
          throw reader.error(.value, "must not hold NUL")
        }
        text = given
      case "needs": needs = try reader.choice(Policy.Need.self)
      case "effective_at": if !reader.null() { effectiveAt = try reader.timestamp() }
      default: throw reader.unknownMember()
      }
    }
    guard let name else { throw reader.missing("name") }
    guard let version else { throw reader.missing("version") }
    guard let language else { throw reader.missing("language") }
    guard let title else { throw reader.missing("title") }
    guard let text else { throw reader.missing("body") }
    guard let needs else { throw reader.missing("needs") }
    self.name = name
    self.version = version
    self.language = language
    self.title = title
    self.text = text
    self.needs = needs
    self.effectiveAt = effectiveAt
  }
}

/// A policy; its text where one is read by itself.
package struct PolicyView: View {
  package let policy: Policy
  package let text: String?

  package init(_ policy: Policy, text: String? = nil) {
    self.policy = policy
    self.text = text
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      members(to: &writer)
      if let text {
        writer.key("body")
        writer.string(text)
      }
    }
  }

  fileprivate func members(to writer: inout JSONWriter) {
    writer.key("id")
    writer.identifier(policy.id)
    writer.key("name")
    writer.string(policy.name)
    writer.key("version")
    writer.int(policy.version)
    writer.key("language")
    writer.string(policy.language)
    writer.key("title")
    writer.string(policy.title)
    writer.key("sha256")
    writer.string(Hexadecimal.encode(policy.digest))
    writer.key("needs")
    writer.string(policy.needs.rawValue)
    writer.key("effective_at")
    writer.timestamp(policy.effectiveAt)
    writer.key("published_by")
    writer.string(policy.publishedBy)
    writer.key("published_at")
    writer.timestamp(policy.publishedAt)
  }
}

/// A policy as a person sees it: whose it is, and whether they accepted it.
package struct MyPolicyView: View {
  package let policy: Policy
  package let tenant: TenantID
  package let acceptedAt: Timestamp?

  package init(_ policy: Policy, tenant: TenantID, acceptedAt: Timestamp?) {
    self.policy = policy
    self.tenant = tenant
    self.acceptedAt = acceptedAt
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      PolicyView(policy).members(to: &writer)
      writer.key("tenant_id")
      writer.string(tenant == .platform ? nil : tenant.description)
      writer.key("accepted_at")
      writer.timestamp(acceptedAt)
    }
  }
}

/// Who accepted what, and when.
package struct AcceptanceView: View {
  package let acceptance: Acceptance
  package init(_ acceptance: Acceptance) { self.acceptance = acceptance }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(acceptance.account)
      writer.key("name")
      writer.string(acceptance.name)
      writer.key("version")
      writer.int(acceptance.version)
      writer.key("language")
      writer.string(acceptance.language)
      writer.key("sha256")
      writer.string(Hexadecimal.encode(acceptance.digest))
      writer.key("accepted_at")
      writer.timestamp(acceptance.acceptedAt)
      writer.key("recorded_by")
      writer.string(acceptance.recordedBy)
    }
  }
}

/// Somebody who has not accepted yet.
package struct PendingAcceptanceView: View {
  package let account: AccountID
  package init(account: AccountID) { self.account = account }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
    }
  }
}

/// The body that records an acceptance a product has seen.
package struct AcceptanceBody: Body {
  package let account: AccountID
  package let acceptedAt: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var account: AccountID?
    var acceptedAt: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "account_id": account = try reader.identifier(AccountID.self)
      case "accepted_at": if !reader.null() { acceptedAt = try reader.timestamp() }
      default: throw reader.unknownMember()
      }
    }
    guard let account else { throw reader.missing("account_id") }
    self.account = account
    self.acceptedAt = acceptedAt
  }
}
