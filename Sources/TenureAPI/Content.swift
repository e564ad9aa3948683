package import JSON
package import Tenure

/// What is sealed of a content item.
package struct ContentDetails: Sendable, Equatable {
  package let title: String
  package let body: String?
  package let reference: String?

  package init(title: String, body: String?, reference: String?) {
    self.title = title
    self.body = body
    self.reference = reference
  }

  package init(stored bytes: [UInt8]) throws(JSONError) {
    let value = try JSONValue(parsing: bytes)
    self.init(
      title: value["title"]?.string ?? "", body: value["body"]?.string,
      reference: value["reference"]?.string)
  }

  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in write(to: &writer) }
    return writer.bytes
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("title")
    writer.string(title)
    writer.key("body")
    writer.string(body)
    writer.key("reference")
    writer.string(reference)
  }
}

/// A content item as those see it who may read it.
package struct ContentItemView: View {
  package let item: ContentItem
  /// The author's name, where the tenant knows it.
  package let authorName: String?
  package let details: ContentDetails

  package init(item: ContentItem, authorName: String?, details: ContentDetails) {
    self.item = item
    self.authorName = authorName
    self.details = details
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(item.id)
      writer.key("product")
      writer.string(item.product)
      writer.key("kind")
      writer.string(item.kind)
      writer.key("external_id")
      writer.string(item.externalID)
      writer.key("visibility")
      writer.string(item.visibility.rawValue)
      writer.key("team")
      writer.string(item.team)
      writer.key("category")
      writer.string(item.category)
      writer.key("author")
      writer.object { writer in
        switch item.author {
        case .account(let account):
          writer.key("account_id")
          writer.identifier(account)
          writer.key("name")
          writer.string(authorName)
        case .pseudonym(let name):
          writer.key("account_id")
          writer.null()
          writer.key("name")
          writer.string(name)
        }
      }
      writer.key("owner")
      item.owner.write(to: &writer)
      details.write(to: &writer)
      writer.key("created_at")
      writer.timestamp(item.createdAt)
      writer.key("updated_at")
      writer.timestamp(item.updatedAt)
    }
  }
}

/// One item as a product registers it.
package struct ContentRegistration: Body {
  package static let bodyMax = 4_096
  package static let referenceMax = 2_000

  package let account: AccountID
  /// With whom it is shared; nil where it is private.
  package let tenant: TenantID?
  package let product: String
  package let kind: String
  package let externalID: String
  package let visibility: ContentItem.Visibility
  package let team: String?
  package let category: String
  package let details: ContentDetails

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var account: AccountID?
    var tenant: TenantID?
    var names: [String: String] = [:]
    var visibility: ContentItem.Visibility?
    var body: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "account_id": account = try reader.identifier(AccountID.self)
      case "tenant_id": tenant = reader.null() ? nil : try reader.identifier(TenantID.self)
      case "product", "kind", "category": names[member] = try reader.category()
      case "external_id": names[member] = try reader.text(max: 255)
      case "visibility": visibility = try reader.choice(ContentItem.Visibility.self)
      case "team": if !reader.null() { names[member] = try reader.category() }
      case "title": names[member] = try reader.text(max: 256)
      case "reference":
        if !reader.null() { names[member] = try reader.text(max: Self.referenceMax) }
      case "body":
        body = reader.null() ? nil : try reader.string()
        if let body, body.utf8.count > Self.bodyMax {
          throw reader.error(.value, "is longer than \(Self.bodyMax) bytes")
        }
      default: throw reader.unknownMember()
      }
    }
    func need(_ name: String) throws(JSONError) -> String {
      guard let value = names[name] else { throw reader.missing(name) }
      return value
    }
    guard let account else { throw reader.missing("account_id") }
    guard let visibility else { throw reader.missing("visibility") }
    if visibility != .private && tenant == nil { throw reader.missing("tenant_id") }
    if visibility == .team { _ = try need("team") }
    self.account = account
    self.tenant = visibility == .private ? nil : tenant
    self.visibility = visibility
    product = try need("product")
    kind = try need("kind")
    externalID = try need("external_id")
    team = visibility == .team ? names["team"] : nil
    category = try need("category")
    details = ContentDetails(
      title: try need("title"), body: body, reference: names["reference"])
  }
}

/// Items that a product registers together.
package struct ContentRegistrationsBody: Body {
  package static let itemsMax = 500
  package let items: [ContentRegistration]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var items: [ContentRegistration] = []
    try reader.object { (member, reader) throws(JSONError) in
      guard member == "items" else { throw reader.unknownMember() }
      try reader.array { (reader) throws(JSONError) in
        if items.count == Self.itemsMax {
          throw reader.error(.value, "more than \(Self.itemsMax) items")
        }
        items.append(try ContentRegistration(reading: &reader))
      }
    }
    if items.isEmpty { throw reader.missing("items") }
    self.items = items
  }
}

/// What became of one registered item.
package struct ContentOutcomeView: View {
  package enum Outcome: String, CaseIterable, Sendable {
    case created, updated, unchanged, failed, removed
  }

  package let externalID: String
  package let outcome: Outcome
  package let id: ContentItemID?
  package let code: String?

  package init(
    externalID: String, outcome: Outcome, id: ContentItemID? = nil, code: String? = nil
  ) {
    self.externalID = externalID
    self.outcome = outcome
    self.id = id
    self.code = code
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("external_id")
      writer.string(externalID)
      writer.key("outcome")
      writer.string(outcome.rawValue)
      writer.key("id")
      writer.string(id?.description)
      writer.key("code")
      writer.string(code)
    }
  }
}
