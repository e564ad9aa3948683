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

  /// Who wants to read it.
  package enum Reader: Sendable {
    /// Whoever administers the tenant it lies with.
    case administrator
    /// A person who may sign in; nil teams where they are no member of the tenant it lies with.
    case person(AccountID, teams: [String]?)
  }

  package let id: ContentItemID
  package let author: Author
  /// Who answers for it, where that is not the author.
  package let owner: AccountID?
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
    id: ContentItemID, author: Author, owner: AccountID?, product: String, kind: String,
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

  /// Whether somebody may read it.
  ///
  /// What is private is its author's alone, whoever administers the account; what is shared stays
  /// readable whatever became of its author.
  package func isReadable(by reader: Reader) -> Bool {
    switch (visibility, reader) {
    case (.private, .administrator): false
    case (.private, .person(let account, _)): author == .account(account)
    case (.team, .administrator), (.tenant, .administrator): true
    case (.team, .person(let account, let teams)):
      author == .account(account) || (teams ?? []).contains { $0 == team }
    case (.tenant, .person(let account, let teams)):
      author == .account(account) || teams != nil
    }
  }
}
