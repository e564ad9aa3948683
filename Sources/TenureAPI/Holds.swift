package import JSON
package import Tenure

/// A reason that data must stay, as those may see it who may know of it.
package struct HoldView: View {
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

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("matter")
      writer.string(matter)
      writer.key("reason")
      writer.string(reason)
      writer.key("secret")
      writer.bool(isSecret)
      writer.key("covers_all")
      writer.bool(coversAll)
      writer.key("custodian_count")
      writer.int(custodianCount)
      writer.key("categories")
      writer.array { writer in for category in categories { writer.string(category) } }
      writer.key("from")
      writer.timestamp(from)
      writer.key("to")
      writer.timestamp(to)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("cools_until")
      writer.timestamp(coolsUntil)
      writer.key("created_by")
      writer.string(createdBy)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// The body that places a hold.
package struct HoldBody: Body {
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

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var matter: String?
    var reason: String?
    var isSecret = false
    var coversAll = false
    var custodians: [AccountID] = []
    var categories: [String] = []
    var from: Timestamp?
    var to: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "matter": matter = try reader.text(max: 200)
      case "reason": reason = try reader.text(max: 2_000)
      case "secret": isSecret = try reader.bool()
      case "covers_all": coversAll = try reader.bool()
      case "custodian_ids": custodians = try reader.accounts(max: Self.custodiansMax)
      case "categories": categories = try reader.categories(max: Self.categoriesMax)
      case "from": from = reader.null() ? nil : try reader.timestamp()
      case "to":
        to = reader.null() ? nil : try reader.timestamp()
        if let from, let to, to <= from {
          throw reader.error(.value, "must come after 'from'")
        }
      default: throw reader.unknownMember()
      }
    }
    guard let matter else { throw reader.missing("matter") }
    guard let reason else { throw reader.missing("reason") }
    if !coversAll && custodians.isEmpty { throw reader.missing("custodian_ids") }
    self.matter = matter
    self.reason = reason
    self.isSecret = isSecret
    self.coversAll = coversAll
    self.custodians = custodians
    self.categories = categories
    self.from = from
    self.to = to
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
