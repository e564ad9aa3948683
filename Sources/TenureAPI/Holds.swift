package import JSON
package import Tenure

extension Hold: View, Shaped {
  package static let shape = Shape<Hold>("Hold", "A reason that data must stay.") {
    Member("id", \.id, .id())
    Member("matter", \.matter, .string, example: "Doe v. Acme")
    Member("reason", \.reason, .string, example: "They left the company.")
    Member("secret", \.isSecret, .bool, "Nobody learns of it by what is refused to them.")
    Member("covers_all", \.coversAll, .bool)
    Member("custodian_count", \.custodianCount, .count)
    Member(
      "categories", \.categories, .categories(max: HoldBody.categoriesMax),
      HoldBody.categoriesHelp)
    Member("from", \.from, .nullable(.timestamp))
    Member("to", \.to, .nullable(.timestamp))
    Member("state", \.state, .choice(), "A released hold keeps its data until `cools_until`.")
    Member("cools_until", \.coolsUntil, .nullable(.timestamp))
    Member("created_by", \.createdBy, .actor)
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }
}

/// The body that places a hold.
package struct HoldBody: Body, Shaped {
  fileprivate static let categoriesHelp =
    "Narrows the content that is held; empty for all of it."
  package static let categoriesMax = 100
  package static let custodiansMax = 1_000

  package let matter: String
  package let reason: String
  package let isSecret: Bool
  package let coversAll: Bool
  package let custodians: [AccountID]
  package let categories: [String]
  package let from: Timestamp?
  package let to: Timestamp?

  package static let shape = Shape(
    "HoldBody", "Names its custodians, or covers all.", HoldBody.init
  ) {
    Member("matter", \.matter, .text(max: 200), "What it is about.")
    Member("reason", \.reason, .text(max: 2_000), "Why the data must stay.")
    Member(
      "secret", \.isSecret, .bool, "Whether nobody is to learn of it who has not `holds:read`.",
      default: false)
    Member(
      "covers_all", \.coversAll, .bool, "Every account of the tenant, now and later.",
      default: false)
    Member(
      optional: "custodian_ids", \.custodians, .set(.id(), min: 1, max: custodiansMax, "ids"),
      "Whose data is held; more are added with `:add_custodians`.")
    Member(
      optional: "categories", \.categories, .categories(max: categoriesMax),
      HoldBody.categoriesHelp)
    Member(
      "from", \.from, .nullable(.timestamp), "Content made before stays out of it.", default: nil)
    Member(
      "to", \.to, .nullable(.timestamp), "Content made from then on stays out of it.",
      default: nil)
  } check: { (body, reader) throws(JSONError) in
    if !body.coversAll && body.custodians.isEmpty { throw reader.missing("custodian_ids") }
    if let from = body.from, let to = body.to, to <= from {
      throw reader.error(at: "to", .value, "must come after 'from'")
    }
  }
}

extension JSONReader {
  /// Names of categories: lower-case letters, digits, '_' and '.'.
  package mutating func category() throws(JSONError) -> String {
    let text = try text(max: CategoryName.lengthMax)
    guard CategoryName.isValid(text) else { throw error(.value, CategoryName.expected) }
    return text
  }
}

/// The rule for names of categories of content, and of policies.
package enum CategoryName {
  static let lengthMax = 64
  package static let expected =
    "1 to \(lengthMax) lower-case letters, digits, '_' and '.' are expected"

  package static func isValid(_ text: String) -> Bool {
    (1...lengthMax).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
  }
}

/// Accounts that join a hold, or leave it.
package struct CustodiansBody: Body, Shaped {
  package let accounts: [AccountID]

  package static let shape = Shape("CustodiansBody", nil, CustodiansBody.init) {
    Member(
      "account_ids", \.accounts, .set(.id(), min: 1, max: HoldBody.custodiansMax, "accounts"))
  }
}

/// Why something is done.
package struct ReasonBody: Body, Shaped {
  package let reason: String

  package static let shape = Shape("ReasonBody", nil, ReasonBody.init) {
    Member("reason", \.reason, .text(max: 500), "Why: sealed into the audit log.")
  }
}

extension Custodian: View, Shaped {
  package static let shape = Shape<Custodian>("Custodian", "A person whose data a hold keeps.") {
    Member("account_id", \.account, .id())
    Member("added_at", \.addedAt, .timestamp)
    Member("cools_until", \.coolsUntil, .nullable(.timestamp))
  }
}

extension Shapes {
  static let holds: [Component] = [
    Hold.shape.component, HoldBody.shape.component, Custodian.shape.component,
    CustodiansBody.shape.component, ReasonBody.shape.component,
  ]
}
