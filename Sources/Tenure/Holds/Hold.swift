/// A legal hold: a reason for which data must stay.
///
/// A secret one is shown only to those who may read secret holds.
package struct Hold: Sendable {
  package enum State: String, CaseIterable, Sendable {
    case active
    /// Released, but the data stays until `coolsUntil`.
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
}

/// A person whose data a hold keeps.
package struct Custodian: Sendable {
  package let account: AccountID
  package let addedAt: Timestamp
  package let coolsUntil: Timestamp?

  package init(account: AccountID, addedAt: Timestamp, coolsUntil: Timestamp?) {
    self.account = account
    self.addedAt = addedAt
    self.coolsUntil = coolsUntil
  }
}
