import Postgres
import Tenure
import TenureAPI

/// How long what destroys can be taken back after it was accepted.
///
/// Every acceptance has this wait, whether something keeps the data or not: while it runs, an
/// account that is held in secret answers like any other.
package struct DisposalWait: Sendable {
  /// Where two people decided, in seconds.
  package let byTwo: Int64
  /// Where a tenant has one person, who decided alone: longer, so that somebody may notice.
  package let byOne: Int64

  package init(hoursByTwo: Int, hoursByOne: Int) {
    byTwo = Int64(hoursByTwo) * 3_600
    byOne = Int64(hoursByOne) * 3_600
  }

  /// The wait that holds for a tenant now.
  static func seconds(
    _ worker: Worker, _ access: Access, _ transaction: Transaction
  ) async throws -> Int64 {
    try await TwoPeople.exist(access, at: worker.clock.now, transaction)
      ? worker.disposalWait.byTwo : worker.disposalWait.byOne
  }
}

/// Whether a tenant has two people who can agree on something.
enum TwoPeople {
  /// Keys looked at: a tenant with more has two people for certain.
  private static let keysMax = 10_000

  /// Keys count by whoever they descend from: all that one key has made are one person's, and all
  /// that the operator has made for a tenant are one person's together.
  static func exist(
    _ access: Access, at now: Timestamp, _ transaction: Transaction
  ) async throws -> Bool {
    let keys = try await transaction.run(KeyStore.all(limit: keysMax, access)).map(KeyStore.view)
    if keys.count == keysMax { return true }
    let makers = Dictionary(keys.map { ($0.id.description, $0.createdBy) }) { first, _ in first }
    let agreeing = keys.filter { key in
      key.revokedAt == nil && key.expiresAt > now && key.permissions.contains(.approvalsWrite)
    }
    return Set(agreeing.map { root(of: $0.id.description, makers) }).count > 1
  }

  private static func root(of key: String, _ makers: [String: String]) -> String {
    var (last, seen): (String, Set<String>) = (key, [key])
    while let maker = makers[last] {
      // Made by the operator, or by itself: what comes from outside the tenant is one.
      if makers[maker] == nil { return "" }
      guard seen.insert(maker).inserted else { return last }
      last = maker
    }
    return last
  }
}

extension KeyView {
  /// What the key allows now: by its role, narrowed by its scopes.
  fileprivate var permissions: PermissionSet {
    guard let scopes else { return role.permissions }
    return role.permissions.intersection(
      PermissionSet(scopes.compactMap(Permission.init(rawValue:))))
  }
}

extension Call {
  /// Answers what to reply while a second person has not agreed to exactly this, where the tenant
  /// has two; nil once one has, and where it has one person only, whose decisions wait longer.
  ///
  /// `content`: a digest of what came as a stream, and is not in the request's body.
  func secondPersonIfAny(
    _ action: String, _ object: some CustomStringConvertible, _ change: Change,
    content: [UInt8] = []
  ) async throws -> Reply? {
    guard try await TwoPeople.exist(change.access, at: now, change.transaction) else { return nil }
    return try await secondPerson(action, object, change, content: content)
  }
}
