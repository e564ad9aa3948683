import JSON
package import Tenure

/// The body that publishes a policy.
package struct PolicyBody: Body, Shaped {
  /// Characters.
  package static let textMax = 200_000
  package static let versionMax = 1_000_000

  package let name: String
  package let version: Int
  package let language: String
  package let title: String
  package let text: String
  package let needs: Policy.Need
  /// nil: from now on.
  package let effectiveAt: Timestamp?

  package static let shape = Shape("PolicyBody", "A policy to publish.", PolicyBody.init) {
    Member("name", \.name, .category, example: "terms")
    Member(
      "version", \.version, .int(1...versionMax, "a whole number from 1 on is expected"),
      "Never lower than the latest; the same for another language.")
    Member("language", \.language, .languageTag, "BCP 47.")
    Member("title", \.title, .name(), example: "Terms of use")
    Member("body", \.text, .document(max: textMax), example: "Be kind.")
    Member("needs", \.needs, .choice())
    Member(
      "effective_at", \.effectiveAt, .nullable(.timestamp), "null: from now on.", default: nil)
  }
}

extension Codec where Value == String {
  /// Text of several lines, as long as it may be.
  fileprivate static func document(max: Int) -> Codec {
    let schema = Schema(
      "string",
      [
        ("minLength", .number("1")), ("maxLength", .number(String(max))),
        ("pattern", .string(#"^[^\u0000]+$"#)),
      ], example: .string("text"))
    return Codec(schema) { (reader) throws(JSONError) in
      let text = try reader.string()
      guard !text.isEmpty, text.unicodeScalars.count <= max else {
        throw reader.error(.value, "1 to \(max) characters are expected")
      }
      if text.unicodeScalars.contains(where: { $0.value == 0 }) {
        throw reader.error(.value, "must not hold NUL")
      }
      return text
    } write: {
      $1.string($0)
    }
  }
}

extension Policy {
  /// What is said of a policy wherever it is shown.
  fileprivate static let shape = Shape<Policy>(
    "Policy", "A document in one language of one version."
  ) {
    Member("id", \.id, .id())
    Member("name", \.name, .category, example: "terms")
    Member("version", \.version, .number)
    Member("language", \.language, .languageTag, "BCP 47.")
    Member("title", \.title, .string, example: "Terms of use")
    Member("sha256", \.digest, .sha256, "SHA-256 of the body.")
    Member("needs", \.needs, .choice())
    Member("effective_at", \.effectiveAt, .timestamp)
    Member("published_by", \.publishedBy, .actor)
    Member("published_at", \.publishedAt, .timestamp)
  }
}

/// A policy; its text where one is read by itself.
package struct PolicyView: View, Shaped {
  package let policy: Policy
  package let text: String?

  package init(_ policy: Policy, text: String? = nil) {
    self.policy = policy
    self.text = text
  }

  package static let shape = Shape<PolicyView>(
    "Policy", "A document in one language of one version; its text where it is read by itself.",
    after: Policy.shape, of: \.policy
  ) {
    Member(optional: "body", \.text, .string, example: "Be kind.")
  }
}

/// A policy as a person sees it: whose it is, and whether they accepted it.
package struct MyPolicyView: View, Shaped {
  package let policy: Policy
  /// nil for the operator.
  package let tenant: TenantID?
  package let acceptedAt: Timestamp?

  package init(_ policy: Policy, tenant: TenantID, acceptedAt: Timestamp?) {
    self.policy = policy
    self.tenant = tenant == .platform ? nil : tenant
    self.acceptedAt = acceptedAt
  }

  package static let shape = Shape<MyPolicyView>(
    "MyPolicy", "A policy in force, and whether I accepted it.", after: Policy.shape, of: \.policy
  ) {
    Member(
      "tenant_id", \.tenant, .nullable(.id()),
      "A TypeID that names whose it is; null for the operator.")
    Member("accepted_at", \.acceptedAt, .nullable(.timestamp))
  }
}

extension Acceptance: View, Shaped {
  package static let shape = Shape<Acceptance>(
    "Acceptance", "Who accepted what, and when: it outlives the document."
  ) {
    Member("account_id", \.account, .id())
    Member("name", \.name, .category, example: "terms")
    Member("version", \.version, .number)
    Member("language", \.language, .languageTag)
    Member("sha256", \.digest, .sha256, "SHA-256 of the body.")
    Member("accepted_at", \.acceptedAt, .timestamp)
    Member("recorded_by", \.recordedBy, .string, example: Schema.idExample(of: AccountNoun.self))
  }
}

/// Somebody who has not accepted yet.
package struct PendingAcceptanceView: View, Shaped {
  package let account: AccountID
  package init(account: AccountID) { self.account = account }

  package static let shape = Shape<PendingAcceptanceView>(
    "PendingAcceptance", "Somebody who has not accepted yet."
  ) {
    Member("account_id", \.account, .id())
  }
}

/// The body that records an acceptance a product has seen.
package struct AcceptanceBody: Body, Shaped {
  package let account: AccountID
  package let acceptedAt: Timestamp?

  package static let shape = Shape(
    "AcceptanceBody", "What a product has seen somebody accept.", AcceptanceBody.init
  ) {
    Member("account_id", \.account, .id())
    Member("accepted_at", \.acceptedAt, .nullable(.timestamp), default: nil)
  }
}

extension Shapes {
  static let policies: [Component] = [
    PolicyView.shape.component, MyPolicyView.shape.component, PolicyBody.shape.component,
    Acceptance.shape.component, PendingAcceptanceView.shape.component,
    AcceptanceBody.shape.component,
  ]
}
