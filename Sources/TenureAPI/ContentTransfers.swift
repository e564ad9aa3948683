import JSON
package import Tenure

/// Who is to answer for content, as a body names them.
package struct ContentSuccessor: Shaped {
  package enum Kind: String, CaseIterable, Sendable { case account, team, tenant }

  fileprivate let kind: Kind
  fileprivate let account: AccountID?
  fileprivate let team: String?

  package static let shape = Shape(
    "ContentSuccessor", "Who is to answer for it.", ContentSuccessor.init
  ) {
    Member("kind", \.kind, .choice(), example: .team)
    Member(
      "account_id", \.account, .nullable(.id()),
      "A TypeID that names the successor, where it is an account.", default: nil)
    Member(
      "team", \.team, .nullable(.category), "Where it is a team.", default: nil, example: "red")
  }
}

extension Codec where Value == ContentItem.Owner {
  /// An owner other than the author.
  fileprivate static var successor: Codec {
    let successor = Codec<ContentSuccessor>.object(ContentSuccessor.shape)
    return Codec(successor.schema) { (reader) throws(JSONError) in
      let named = try successor.read(&reader)
      switch named.kind {
      case .account:
        guard let account = named.account else { throw reader.missing("account_id") }
        return .account(account)
      case .team:
        guard let team = named.team else { throw reader.missing("team") }
        return .team(team)
      case .tenant: return .tenant
      }
    } write: {
      $0.write(to: &$1)
    }
  }
}

/// Whose content changes hands, and who answers for it from then on.
package struct ContentTransferBody: Body, Shaped {
  package let from: AccountID
  package let owner: ContentItem.Owner
  /// Only content of this category; nil for all of it.
  package let category: String?
  /// Why, for the log; not needed for a preview.
  package let reason: String?

  package static let shape = Shape(
    "ContentTransferBody", "Whose content changes hands, and who answers for it from then on.",
    ContentTransferBody.init
  ) {
    Member("from_account_id", \.from, .id())
    Member("to", \.owner, .successor)
    Member(
      "category", \.category, .nullable(.category), "Only content of this category.",
      default: nil)
    Member(
      "reason", \.reason, .nullable(.text(max: 500)),
      "Why, for the log; a transfer needs it.", default: nil)
  } check: { (body, reader) throws(JSONError) in
    if body.owner == .account(body.from) {
      throw reader.error(.value, "they answer for it already")
    }
  }
}

/// What a transfer would do, and what it would break.
package struct ContentTransferPreview: View, Shaped {
  /// Something that no longer works for somebody, or that somebody else has to see to.
  package struct Break: Shaped {
    package enum Code: String, CaseIterable, Sendable {
      /// Shared with a team that the successor is not in: they answer for it, and see no other of it.
      case successorNotInTeam = "successor_not_in_team"
      /// It lies in the product: there, too, it has to change hands.
      case externalReference = "external_reference"
      /// What nobody but its author reads, and nobody else will.
      case privateStays = "private_stays"
    }

    private let code: Code
    private let count: Int
    /// Some of the items; none where they are nobody's to know.
    private let sample: [ContentItemID]

    package init(code: Code, count: Int, sample: [ContentItemID]) {
      self.code = code
      self.count = count
      self.sample = sample
    }

    package static let shape = Shape<Break>(
      "ContentBreak", "Something that no longer works, or that somebody else has to see to."
    ) {
      Member("code", \.code, .choice())
      Member("count", \.count, .number)
      Member("sample", \.sample, .list(.id()))
    }
  }

  private let items: Int
  /// Whether those are all, or as many as were looked at.
  private let isComplete: Bool
  private let breaks: [Break]

  package init(items: Int, isComplete: Bool, breaks: [Break]) {
    self.items = items
    self.isComplete = isComplete
    self.breaks = breaks
  }

  package static let shape = Shape<ContentTransferPreview>(
    "ContentTransferPreview", "What a transfer would do, and what it would break."
  ) {
    Member("items", \.items, .count)
    Member(
      "complete", \.isComplete, .bool, "Whether those are all, or as many as were looked at.",
      example: true)
    Member("breaks", \.breaks, .list(.object(Break.shape)))
  }
}

/// What a product no longer has.
package struct ContentRemovalsBody: Body, Shaped {
  package struct Item: Shaped {
    package let tenant: TenantID?
    package let account: AccountID?
    package let product: String
    package let externalID: String

    package static let shape = Shape(
      "ContentRemoval",
      "An item by the product's own name; `tenant_id` where it was shared, `account_id` where it "
        + "was private.", Item.init
    ) {
      Member(
        "tenant_id", \.tenant, .nullable(.id()), "A TypeID that names with whom it was shared.",
        default: nil)
      Member(
        "account_id", \.account, .nullable(.id()), "A TypeID that names whose it was.",
        default: nil)
      Member("product", \.product, .category, example: "docs")
      Member("external_id", \.externalID, .text(max: 255), example: "d-1")
    } check: { (item, reader) throws(JSONError) in
      if item.tenant == nil && item.account == nil { throw reader.missing("account_id") }
    }
  }

  package let items: [Item]

  package static let shape = Shape(
    "ContentRemovalsBody", "What a product no longer has.", ContentRemovalsBody.init
  ) {
    Member("items", \.items, .items(of: Item.shape))
  } check: { (body, reader) throws(JSONError) in
    if body.items.isEmpty { throw reader.missing("items") }
  }
}

extension Shapes {
  static let contentTransfers: [Component] = [
    ContentTransferBody.shape.component, ContentSuccessor.shape.component,
    ContentTransferPreview.shape.component, ContentTransferPreview.Break.shape.component,
    ContentRemovalsBody.shape.component, ContentRemovalsBody.Item.shape.component,
  ]
}
