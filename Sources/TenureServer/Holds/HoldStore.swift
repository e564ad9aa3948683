import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What a hold keeps: of all accounts or of its custodians, and which content of theirs.
struct HoldScope: Sendable {
  let coversAll: Bool
  /// None for content of every category.
  let categories: [String]
  /// nil where what was made long ago, or is made from now on, is kept as well.
  let from: Timestamp?
  let to: Timestamp?
}

/// What a hold is about, and why: what lies sealed in its row.
struct HoldDetails: Sendable, Shaped {
  let matter: String
  let reason: String

  static let shape = Shape("HoldDetails", nil, HoldDetails.init(matter:reason:)) {
    Member("matter", \.matter, .string)
    Member("reason", \.reason, .string)
  }
}

/// SQL of `tenure.holds` and of their custodians.
enum HoldStore {
  private static let columns: StaticString = """
    hold_id, details, is_secret, covers_all, categories, from_at, to_at, state, cools_until,
    created_by, created_at, updated_at, version,
    (SELECT count(*) FROM tenure.hold_custodians AS custodian
      WHERE custodian.tenant_id = holds.tenant_id AND custodian.hold_id = holds.hold_id)
    """

  static func insert(
    _ id: HoldID, _ scope: HoldScope, isSecret: Bool, details: [UInt8], by: String, at: Timestamp,
    _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.holds (tenant_id, hold_id, details, is_secret, covers_all, categories,
      from_at, to_at, state, created_by, created_at, updated_at, version)
    VALUES (\(access.tenant), \(id), \(Bytes(details)), \(isSecret), \(scope.coversAll),
      \(scope.categories), \(nullable: scope.from), \(nullable: scope.to), 'active', \(by), \(at),
      \(at), 1)
    """
  }

  static func find(_ id: HoldID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.holds
    WHERE tenant_id = \(access.tenant) AND hold_id = \(id)
    """
  }

  static func list(
    _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> Rows {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.holds
      WHERE tenant_id = \(access.tenant) AND hold_id > \(after ?? .zero)
      ORDER BY hold_id
      LIMIT \(limit)
      """)
  }

  /// Releases a hold; the database sets until when it cools down.
  static func release(_ id: HoldID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.holds
    SET state = 'cooling', cools_until = \(at), updated_at = \(at), version = version + 1
    WHERE tenant_id = \(access.tenant) AND hold_id = \(id) AND state = 'active'
    RETURNING \(text: columns)
    """
  }

  /// Ends holds and custodians that have cooled down, by the database's clock.
  static func endCooled(at: Timestamp, _ access: Access) -> [SQL] {
    [
      """
      UPDATE tenure.holds SET state = 'ended', updated_at = \(at), version = version + 1
      WHERE tenant_id = \(access.tenant) AND state = 'cooling' AND cools_until <= tenure.now()
      RETURNING hold_id
      """,
      """
      DELETE FROM tenure.hold_custodians
      WHERE tenant_id = \(access.tenant) AND cools_until <= tenure.now()
      """,
    ]
  }

  /// Deletes overwritten values that were kept for a hold, where no hold keeps them any more.
  static func forgetKept(_ access: Access) -> SQL { "SELECT tenure.forget_kept(\(access.tenant))" }

  // MARK: Custodians

  /// Those of the accounts that the tenant has custody of or that are its members.
  ///
  /// Their rows are locked against changes until the transaction ends.
  static func known(_ accounts: [AccountID], _ access: Access) -> [SQL] {
    [
      """
      SELECT account.account_id FROM unnest(\(accounts)) AS wanted (id)
      JOIN tenure.accounts AS account
        ON account.tenant_id = \(access.tenant) AND account.account_id = wanted.id
      ORDER BY account.account_id
      FOR SHARE OF account
      """,
      """
      SELECT membership.account_id FROM unnest(\(accounts)) AS wanted (id)
      JOIN tenure.memberships AS membership
        ON membership.tenant_id = \(access.tenant) AND membership.account_id = wanted.id
      """,
    ]
  }

  /// Adds custodians to a hold; one who was removed is held again.
  static func add(
    _ accounts: [AccountID], to id: HoldID, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.hold_custodians AS custodian (tenant_id, hold_id, account_id, added_at)
    SELECT \(access.tenant), \(id), new.id, \(at) FROM unnest(\(accounts)) AS new (id)
    ON CONFLICT (tenant_id, hold_id, account_id) DO UPDATE SET cools_until = NULL
    """
  }

  /// Removes custodians from a hold; the database sets until when they cool down.
  static func remove(
    _ accounts: [AccountID], from id: HoldID, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.hold_custodians AS custodian SET cools_until = \(at)
    FROM unnest(\(accounts)) AS gone (id)
    WHERE custodian.tenant_id = \(access.tenant) AND custodian.hold_id = \(id)
      AND custodian.account_id = gone.id AND custodian.cools_until IS NULL
    """
  }

  static func custodians(
    _ id: HoldID, _ database: Database, _ access: Access, after: UUID?, limit: Int
  ) async throws -> [Custodian] {
    try await database.read(
      access,
      """
      SELECT account_id, added_at, cools_until FROM tenure.hold_custodians
      WHERE tenant_id = \(access.tenant) AND hold_id = \(id) AND account_id > \(after ?? .zero)
      ORDER BY account_id
      LIMIT \(limit)
      """
    ).map { row in
      Custodian(
        account: try row.identifier(0, AccountID.self), addedAt: try row.time(1),
        coolsUntil: try row.optionalTime(2))
    }
  }

  // MARK: What holds keep

  /// Those of the accounts that a hold keeps; secret holds count only with `alsoSecretly`.
  static func held(_ accounts: [AccountID], alsoSecretly: Bool, _ access: Access) -> SQL {
    """
    SELECT wanted.id FROM unnest(\(accounts)) AS wanted (id)
    WHERE EXISTS (
      SELECT FROM tenure.holds AS hold
      WHERE hold.tenant_id = \(access.tenant) AND hold.state <> 'ended'
        AND (\(alsoSecretly) OR NOT hold.is_secret)
        AND (hold.covers_all OR EXISTS (
          SELECT FROM tenure.hold_custodians AS custodian
          WHERE custodian.tenant_id = \(access.tenant) AND custodian.hold_id = hold.hold_id
            AND custodian.account_id = wanted.id)))
    """
  }

  /// The holds that keep an account; secret ones are included only with `alsoSecretly`.
  static func holds(on account: AccountID, alsoSecretly: Bool, _ access: Access) -> SQL {
    """
    SELECT hold.hold_id FROM tenure.holds AS hold
    WHERE hold.tenant_id = \(access.tenant) AND hold.state <> 'ended'
      AND (\(alsoSecretly) OR NOT hold.is_secret)
      AND (hold.covers_all OR EXISTS (
        SELECT FROM tenure.hold_custodians AS custodian
        WHERE custodian.tenant_id = \(access.tenant) AND custodian.hold_id = hold.hold_id
          AND custodian.account_id = \(account)))
    ORDER BY hold.hold_id
    """
  }

  /// Those of these content items that a hold keeps, by its custodians, categories and times;
  /// secret holds count only with `alsoSecretly`.
  static func held(_ items: [ContentItemID], alsoSecretly: Bool, _ access: Access) -> SQL {
    """
    SELECT item.item_id FROM unnest(\(items)) AS wanted (id)
    JOIN tenure.content_items AS item
      ON item.tenant_id = \(access.tenant) AND item.item_id = wanted.id
    WHERE EXISTS (
      SELECT FROM tenure.holds AS hold
      WHERE hold.tenant_id = \(access.tenant) AND hold.state <> 'ended'
        AND (\(alsoSecretly) OR NOT hold.is_secret)
        AND (cardinality(hold.categories) = 0 OR item.category = ANY (hold.categories))
        AND (hold.from_at IS NULL OR item.created_at >= hold.from_at)
        AND (hold.to_at IS NULL OR item.created_at < hold.to_at)
        AND (hold.covers_all OR EXISTS (
          SELECT FROM tenure.hold_custodians AS custodian
          WHERE custodian.tenant_id = \(access.tenant) AND custodian.hold_id = hold.hold_id
            AND custodian.account_id = item.account_id)))
    """
  }

  /// Those of the accounts that any hold keeps, secret or not, by the function that the database's
  /// own checks use.
  static func held(_ accounts: [AccountID], _ access: Access) -> SQL {
    "SELECT tenure.held(\(access.tenant), \(accounts))"
  }

  /// Reads a hold from its row; `open` decrypts what is sealed.
  static func hold(_ row: Row, open: ([UInt8], HoldID) throws -> [UInt8]) throws -> Hold {
    let id = try row.identifier(0, HoldID.self)
    let details = try HoldDetails.shape.stored(try open(try row.bytes(1), id))
    return Hold(
      id: id, matter: details.matter, reason: details.reason,
      isSecret: try row.bool(2), coversAll: try row.bool(3), custodianCount: try row.int(13),
      categories: try row.strings(4), from: try row.optionalTime(5), to: try row.optionalTime(6),
      state: try row.choice(7),
      coolsUntil: try row.optionalTime(8), createdBy: try row.string(9),
      createdAt: try row.time(10), updatedAt: try row.time(11), version: try row.int(12))
  }
}
