package import JSON
package import Tenure

extension ContentItem.Owner: View, Body {
  package init(reading reader: inout JSONReader) throws(JSONError) {
    enum Kind: String, CaseIterable { case account, team, tenant }
    var kind: Kind?
    var account: AccountID?
    var team: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "kind": kind = try reader.choice(Kind.self)
      case "account_id": if !reader.null() { account = try reader.identifier(AccountID.self) }
      case "team": if !reader.null() { team = try reader.category() }
      default: throw reader.unknownMember()
      }
    }
    switch kind {
    case .account:
      guard let account else { throw reader.missing("account_id") }
      self = .account(account)
    case .team:
      guard let team else { throw reader.missing("team") }
      self = .team(team)
    case .tenant: self = .tenant
    case nil: throw reader.missing("kind")
    }
  }

  package func write(to writer: inout JSONWriter) {
    var (kind, account, team): (String, AccountID?, String?) = ("author", nil, nil)
    switch self {
    case .author: break
    case .account(let id): (kind, account) = ("account", id)
    case .team(let name): (kind, team) = ("team", name)
    case .tenant: kind = "tenant"
    }
    writer.object { writer in
      writer.key("kind")
      writer.string(kind)
      writer.key("account_id")
      writer.string(account?.description)
      writer.key("team")
      writer.string(team)
    }
  }
}

/// Whose content changes hands, and who answers for it from then on.
package struct ContentTransferBody: Body {
  package let from: AccountID
  package let owner: ContentItem.Owner
  /// Only content of this category; nil for all of it.
  package let category: String?
  /// Why, for the log; not needed for a preview.
  package let reason: String?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var from: AccountID?
    var owner: ContentItem.Owner?
    var category: String?
    var reason: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "from_account_id": from = try reader.identifier(AccountID.self)
      case "to": owner = try ContentItem.Owner(reading: &reader)
      case "category": if !reader.null() { category = try reader.category() }
      case "reason": if !reader.null() { reason = try reader.text(max: 500) }
      default: throw reader.unknownMember()
      }
    }
    guard let from else { throw reader.missing("from_account_id") }
    guard let owner else { throw reader.missing("to") }
    if owner == .account(from) { throw reader.error(.value, "they answer for it already") }
    self.from = from
    self.owner = owner
    self.category = category
    self.reason = reason
  }
}

/// What a transfer would do, and what it would break.
package struct ContentTransferPreview: View {
  /// Something that no longer works for somebody, or that somebody else has to see to.
  package struct Break: Sendable {
    package enum Code: String, CaseIterable, Sendable {
      /// Shared with a team that the successor is not in: they answer for it, and see no other of it.
      case successorNotInTeam = "successor_not_in_team"
      /// It lies in the product: there, too, it has to change hands.
      case externalReference = "external_reference"
      /// What nobody but its author reads, and nobody else will.
      case privateStays = "private_stays"
    }

    package let code: Code
    package let count: Int
    /// Some of the items; none where they are nobody's to know.
    package let sample: [ContentItemID]

    package init(code: Code, count: Int, sample: [ContentItemID]) {
      self.code = code
      self.count = count
      self.sample = sample
    }
  }

  package let items: Int
  /// Whether those are all, or as many as were looked at.
  package let isComplete: Bool
  package let breaks: [Break]

  package init(items: Int, isComplete: Bool, breaks: [Break]) {
    self.items = items
    self.isComplete = isComplete
    self.breaks = breaks
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("items")
      writer.int(items)
      writer.key("complete")
      writer.bool(isComplete)
      writer.key("breaks")
      writer.array { writer in
        for item in breaks {
          writer.object { writer in
            writer.key("code")
            writer.string(item.code.rawValue)
            writer.key("count")
            writer.int(item.count)
            writer.key("sample")
            writer.array { writer in for id in item.sample { writer.identifier(id) } }
          }
        }
      }
    }
  }
}

/// What a product no longer has.
package struct ContentRemovalsBody: Body {
  package struct Item: Body {
    package let tenant: TenantID?
    package let account: AccountID?
    package let product: String
    package let externalID: String

    package init(reading reader: inout JSONReader) throws(JSONError) {
      var tenant: TenantID?
      var account: AccountID?
      var product: String?
      var externalID: String?
      try reader.object { (member, reader) throws(JSONError) in
        switch member {
        case "tenant_id": if !reader.null() { tenant = try reader.identifier(TenantID.self) }
        case "account_id": if !reader.null() { account = try reader.identifier(AccountID.self) }
        case "product": product = try reader.category()
        case "external_id": externalID = try reader.text(max: 255)
        default: throw reader.unknownMember()
        }
      }
      guard let product else { throw reader.missing("product") }
      guard let externalID else { throw reader.missing("external_id") }
      if tenant == nil && account == nil { throw reader.missing("account_id") }
      self.tenant = tenant
      self.account = account
      self.product = product
      self.externalID = externalID
    }
  }

  package let items: [Item]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var items: [Item] = []
    try reader.object { (member, reader) throws(JSONError) in
      guard member == "items" else { throw reader.unknownMember() }
      try reader.array { (reader) throws(JSONError) in
        if items.count == ContentRegistrationsBody.itemsMax {
          throw reader.error(.value, "more than \(ContentRegistrationsBody.itemsMax) items")
        }
        items.append(try Item(reading: &reader))
      }
    }
    if items.isEmpty { throw reader.missing("items") }
    self.items = items
  }
}
