import JSON
package import Tenure

/// What is sealed of a content item.
package struct ContentDetails: View, Body, Shaped, Equatable {
  package let title: String
  package let body: String?
  package let reference: String?

  package init(title: String, body: String?, reference: String?) {
    self.title = title
    self.body = body
    self.reference = reference
  }

  /// As it is sealed; what callers see of it stands among an item's own members.
  package static let shape = Shape(
    "ContentDetails", nil, ContentDetails.init(title:body:reference:)
  ) {
    Member("title", \.title, .string)
    Member("body", \.body, .nullable(.string))
    Member("reference", \.reference, .nullable(.string))
  }
}

/// A content item as those see it who may read it.
package struct ContentItemView: View, Shaped {
  /// Who made it, as far as anybody is to know.
  package struct Author: Shaped {
    fileprivate let account: AccountID?
    fileprivate let name: String?

    package static let shape = Shape<Author>(
      "ContentAuthor", "Who made it; a pseudonym once nobody is to know."
    ) {
      Member("account_id", \.account, .nullable(.id()), example: AccountID.example)
      Member("name", \.name, .nullable(.string), example: "Ada Lovelace")
    }
  }

  package let item: ContentItem
  /// The author's name, where the tenant knows it.
  package let authorName: String?
  package let details: ContentDetails

  package init(item: ContentItem, authorName: String?, details: ContentDetails) {
    self.item = item
    self.authorName = authorName
    self.details = details
  }

  private var author: Author {
    switch item.author {
    case .account(let account): Author(account: account, name: authorName)
    case .pseudonym(let name): Author(account: nil, name: name)
    }
  }

  package static let shape = Shape<ContentItemView>(
    "ContentItem", "A thing in a product that an account made."
  ) {
    Member("id", \.item.id, .id())
    Member("product", \.item.product, .string, example: "docs")
    Member("kind", \.item.kind, .string, example: "report")
    Member("external_id", \.item.externalID, .string, "The product's own id.", example: "d-1")
    Member("visibility", \.item.visibility, .choice(), example: .tenant)
    Member("team", \.item.team, .nullable(.string))
    Member("category", \.item.category, .string, example: "documents")
    Member("author", \.author, .object(Author.shape))
    Member("owner", \.item.owner, .object(ContentItem.Owner.shape))
    Member("title", \.details.title, .string, example: "Third quarter")
    Member("body", \.details.body, .nullable(.string))
    Member("reference", \.details.reference, .nullable(.string))
    Member("created_at", \.item.createdAt, .timestamp)
    Member("updated_at", \.item.updatedAt, .timestamp)
  }
}

extension ContentItem.Owner: View, Shaped {
  package static let shape = Shape<ContentItem.Owner>(
    "ContentOwner", "Who answers for it: its author, until it changed hands."
  ) {
    Member("kind", \.kind, .choice(), example: .team)
    Member("account_id", \.account, .nullable(.id()), "A TypeID that names the successor.")
    Member("team", \.team, .nullable(.category), example: "red")
  }
}

/// One item as a product registers it.
package struct ContentRegistration: Body, Shaped {
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

  /// Of tenant and team, those stay that belong to the visibility.
  private init(
    account: AccountID, tenant: TenantID?, product: String, kind: String, externalID: String,
    visibility: ContentItem.Visibility, team: String?, category: String, title: String,
    body: String?, reference: String?
  ) {
    self.account = account
    self.tenant = visibility == .private ? nil : tenant
    self.product = product
    self.kind = kind
    self.externalID = externalID
    self.visibility = visibility
    self.team = visibility == .team ? team : nil
    self.category = category
    details = ContentDetails(title: title, body: body, reference: reference)
  }

  package static let shape = Shape(
    "ContentRegistration",
    "What is shared names its `tenant_id`, and what is shared with a team its `team` as well.",
    ContentRegistration.init
  ) {
    Member("account_id", \.account, .id())
    Member(
      "tenant_id", \.tenant, .nullable(.id()), "With whom it is shared; not where it is private.",
      default: nil)
    Member("product", \.product, .category, "The product.", example: "docs")
    Member("kind", \.kind, .category, "What it is: report, note, …", example: "report")
    Member(
      "external_id", \.externalID, .text(max: 255),
      "The product's own id: sending it again brings the item up to date.", example: "d-1")
    Member("visibility", \.visibility, .choice(), example: .tenant)
    Member(
      "team", \.team, .nullable(.category),
      "One of the product's teams, as memberships name them.", default: nil)
    Member("category", \.category, .category, "What retention rules go by.", example: "documents")
    Member("title", \.details.title, .text(max: 256), "Sealed.", example: "Third quarter")
    Member(
      "body", \.details.body, .nullable(.bytes(max: bodyMax)),
      "Sealed; 4,096 bytes at the most.", default: nil)
    Member(
      "reference", \.details.reference, .nullable(.text(max: referenceMax)),
      "Where the product keeps it; sealed.", default: nil)
  } check: { (item, reader) throws(JSONError) in
    if item.visibility != .private && item.tenant == nil { throw reader.missing("tenant_id") }
    if item.visibility == .team && item.team == nil { throw reader.missing("team") }
  }
}

extension Codec where Value == String {
  /// Text of any kind, of so many bytes of UTF-8 at the most.
  fileprivate static func bytes(max: Int) -> Codec {
    let schema = Schema(
      "string", [("maxLength", .number(String(max)))], example: .string("text"))
    return Codec(schema) { (reader) throws(JSONError) in
      let text = try reader.string()
      if text.utf8.count > max { throw reader.error(.value, "is longer than \(max) bytes") }
      return text
    } write: {
      $1.string($0)
    }
  }
}

/// Items that a product registers together.
package struct ContentRegistrationsBody: Body, Shaped {
  package static let itemsMax = 500
  package let items: [ContentRegistration]

  package static let shape = Shape(
    "ContentRegistrationsBody", nil, ContentRegistrationsBody.init
  ) {
    Member("items", \.items, .items(of: ContentRegistration.shape))
  } check: { (body, reader) throws(JSONError) in
    if body.items.isEmpty { throw reader.missing("items") }
  }
}

extension Codec {
  /// What a product tells of items together, one at least.
  ///
  /// Whether there is one, the body's own check says: an empty list lacks, as none does.
  static func items<Item>(of shape: Shape<Item>) -> Codec where Value == [Item] {
    .list(.object(shape), max: ContentRegistrationsBody.itemsMax, "items")
      .with("minItems", .number("1"))
  }
}

/// What became of one registered item.
package struct ContentOutcomeView: View, Shaped {
  package enum Outcome: String, CaseIterable, Sendable {
    case created, updated, unchanged, failed, removed
  }

  private let externalID: String
  private let outcome: Outcome
  private let id: ContentItemID?
  private let code: String?

  package init(
    externalID: String, outcome: Outcome, id: ContentItemID? = nil, code: String? = nil
  ) {
    self.externalID = externalID
    self.outcome = outcome
    self.id = id
    self.code = code
  }

  package static let shape = Shape<ContentOutcomeView>(
    "ContentOutcome", "What became of one registered item."
  ) {
    Member("external_id", \.externalID, .string, example: "d-1")
    Member("outcome", \.outcome, .choice())
    Member("id", \.id, .nullable(.id()), example: ContentItemID.example)
    Member("code", \.code, .nullable(.string), "Why it failed: see /errors.")
  }
}

extension Shapes {
  static let content: [Component] = [
    ContentItemView.shape.component, ContentItemView.Author.shape.component,
    ContentItem.Owner.shape.component, ContentRegistrationsBody.shape.component,
    ContentRegistration.shape.component, ContentOutcomeView.shape.component,
  ]
}
