/// A content item: a document, file or message that an account made in a product.
///
/// The product keeps the content; the service keeps who made it and who may read it.
package struct ContentItem: Sendable {
  /// Who may read it besides its author; `private` is nobody.
  package enum Visibility: String, CaseIterable, Sendable {
    case `private`, team, tenant
  }

  /// Who made it: an account, or the pseudonym that took its place when the author was erased.
  package enum Author: Sendable, Equatable {
    case account(AccountID)
    case pseudonym(String)
  }

  /// Who answers for it: its author, until it is transferred to somebody else.
  package enum Owner: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
      case author, account, team, tenant
    }

    case author
    case account(AccountID)
    case team(String)
    case tenant

    /// The owner of a kind; nil where an account or a team is to own it and none is named.
    package init?(_ kind: Kind, account: AccountID?, team: String?) {
      switch kind {
      case .author: self = .author
      case .account:
        guard let account else { return nil }
        self = .account(account)
      case .team:
        guard let team else { return nil }
        self = .team(team)
      case .tenant: self = .tenant
      }
    }

    package var kind: Kind {
      switch self {
      case .author: .author
      case .account: .account
      case .team: .team
      case .tenant: .tenant
      }
    }

    package var account: AccountID? {
      if case .account(let account) = self { account } else { nil }
    }

    package var team: String? {
      if case .team(let name) = self { name } else { nil }
    }
  }

  /// Somebody who wants to read an item.
  package enum Reader: Sendable {
    /// An administrator of the item's tenant.
    case administrator
    /// A person who may sign in. `teams` are their teams in the item's tenant, nil where they are
    /// not a member of it.
    case person(AccountID, teams: [String]?)
  }

  package let id: ContentItemID
  package let author: Author
  package let owner: Owner
  package let product: String
  package let kind: String
  package let externalID: String
  package let visibility: Visibility
  package let team: String?
  package let category: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: ContentItemID, author: Author, owner: Owner, product: String, kind: String,
    externalID: String, visibility: Visibility, team: String?, category: String,
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.author = author
    self.owner = owner
    self.product = product
    self.kind = kind
    self.externalID = externalID
    self.visibility = visibility
    self.team = team
    self.category = category
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  /// The author's account; nil where a pseudonym took its place.
  package var account: AccountID? {
    if case .account(let account) = author { account } else { nil }
  }

  /// Whether somebody may read it.
  ///
  /// A private item is readable by its author alone, also where a tenant administers the account.
  /// Shared items stay readable when the author leaves; whoever owns one may read it, too.
  package func isReadable(by reader: Reader) -> Bool {
    guard case .person(let account, let teams) = reader else { return visibility != .private }
    if author == .account(account) { return true }
    if visibility == .private { return false }
    switch owner {
    case .account(account): return true
    case .team(let name) where (teams ?? []).contains(name): return true
    default: break
    }
    return visibility == .tenant ? teams != nil : (teams ?? []).contains { $0 == team }
  }
}
