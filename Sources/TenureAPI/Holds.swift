package import JSON
package import Tenure

/// A reason that data must stay, as those may see it who may know of it.
package struct HoldView: View, Shaped {
  package enum State: String, CaseIterable, Sendable {
    case active
    /// Released; its data stays until `cools_until`.
    case cooling
    case ended
  }

  package let id: HoldID
  package let matter: String
  package let reason: String
  package let isSecret: Bool
  package let coversAll: Bool
  package let custodianCount: Int
  package let categories: [String]
  package let from: Timestamp?
  package let to: Timestamp?
  package let state: State
  package let coolsUntil: Timestamp?
  package let createdBy: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: HoldID, matter: String, reason: String, isSecret: Bool, coversAll: Bool,
    custodianCount: Int, categories: [String], from: Timestamp?, to: Timestamp?, state: State,
    coolsUntil: Timestamp?, createdBy: String, createdAt: Timestamp, updatedAt: Timestamp,
    version: Int
  ) {
    self.id = id
    self.matter = matter
    self.reason = reason
    self.isSecret = isSecret
    self.coversAll = coversAll
    self.custodianCount = custodianCount
    self.categories = categories
    self.from = from
    self.to = to
    self.state = state
    self.coolsUntil = coolsUntil
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  package static let shape = Shape<HoldView>("Hold", "A reason that data must stay.") {
    Member("id", \.id, .id())
    Member("matter", \.matter, .string, example: "Doe v. Acme")
    Member("reason", \.reason, .string, example: "They left the company.")
    Member("secret", \.isSecret, .bool, "Nobody learns of it by what is refused to them.")
    Member("covers_all", \.coversAll, .bool)
    Member("custodian_count", \.custodianCount, .count)
    Member(
      "categories", \.categories, .categories(max: HoldBody.categoriesMax),
      "Narrows the content that is held; empty for all of it.")
    Member("from", \.from, .nullable(.timestamp))
    Member("to", \.to, .nullable(.timestamp))
    Member("state", \.state, .choice(), "A released hold keeps its data until `cools_until`.")
    Member("cools_until", \.coolsUntil, .nullable(.timestamp))
    Member("created_by", \.createdBy, .string, example: "key:key_01m7zxyxbtf46rjshedaq7k2em")
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }
}

/// The body that places a hold.
package struct HoldBody: Body, Shaped {
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
      "Narrows the content that is held; empty for all of it.")
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
    let text = try text(max: 64)
    let isName = text.utf8.allSatisfy {
      $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
    guard isName else {
      throw error(.value, "lower-case letters, digits, '_' and '.' are expected")
    }
    return text
  }

  package mutating func categories(max: Int) throws(JSONError) -> [String] {
    var categories: [String] = []
    try array { (reader) throws(JSONError) in
      let category = try reader.category()
      if categories.contains(category) { throw reader.error(.value, "appears twice") }
      if categories.count == max { throw reader.error(.value, "more than \(max) categories") }
      categories.append(category)
    }
    return categories
  }
}

/// Accounts that join a hold, or leave it.
package struct CustodiansBody: Body {
  package let accounts: [AccountID]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var accounts: [AccountID] = []
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "account_ids": accounts = try reader.accounts(max: HoldBody.custodiansMax)
      default: throw reader.unknownMember()
      }
    }
    if accounts.isEmpty { throw reader.missing("account_ids") }
    self.accounts = accounts
  }
}

/// Why something is done.
package struct ReasonBody: Body {
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

/// A person whose data a hold keeps.
package struct CustodianView: View {
  package let account: AccountID
  package let addedAt: Timestamp
  package let coolsUntil: Timestamp?

  package init(account: AccountID, addedAt: Timestamp, coolsUntil: Timestamp?) {
    self.account = account
    self.addedAt = addedAt
    self.coolsUntil = coolsUntil
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("added_at")
      writer.timestamp(addedAt)
      writer.key("cools_until")
      writer.timestamp(coolsUntil)
    }
  }
}
