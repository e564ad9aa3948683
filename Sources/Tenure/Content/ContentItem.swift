/// A thing in a product that an account made.
package struct ContentItem: Sendable {
  /// Who may read it besides its author.
  package enum Visibility: String, CaseIterable, Sendable {
    case `private`, team, tenant
  }

  /// Who made it: the person, or a pseudonym once nobody is to know.
  package enum Author: Sendable, Equatable {
    case account(AccountID)
    case pseudonym(String)
  }

  /// Who answers for it: its author, until it changed hands.
  package enum Owner: Sendable, Equatable {
    package enum Kind: String, CaseIterable, Sendable {
      case author, account, team, tenant
    }

    case author
    case account(AccountID)
    case team(String)
    case tenant

    /// The owner of a kind; nil where what names one of that kind lacks.
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

  /// Who wants to read it.
  package enum Reader: Sendable {
    /// Whoever administers the tenant it lies with.
    case administrator
    /// A person who may sign in; nil teams where they are no member of the tenant it lies with.
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

  /// The author's account, where that is known.
  package var account: AccountID? {
    if case .account(let account) = author { account } else { nil }
  }

  /// Whether somebody may read it.
  ///
  /// What is private is its author's alone, whoever administers the account; what is shared stays
  /// readable whatever became of its author, also for those who answer for it.
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
