import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.content_items`.
enum ContentStore {
  private static let columns: StaticString = """
    item_id, account_id, pseudonym, owner_id, product, kind, external_id, visibility, team,
    category, created_at, updated_at, version, details, owner_kind, owner_team,
    removed_at IS NOT NULL
    """

  /// A row of the table; its details are still sealed.
  struct Stored: Sendable {
    let item: ContentItem
    let details: [UInt8]
    /// Whether the product has removed it, so that only a hold or lock keeps it.
    var isRemoved = false
  }

  static func insert(_ items: [Stored], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.content_items (tenant_id, item_id, account_id, product, kind, external_id,
      visibility, team, category, created_at, updated_at, version, details)
    SELECT \(access.tenant), new.* FROM unnest(
      \(items.map(\.item.id)), \(items.map(\.item.account)), \(items.map(\.item.product)), \(items.map(\.item.kind)), \(items.map(\.item.externalID)),
      \(items.map(\.item.visibility.rawValue)), \(items.map(\.item.team)),
      \(items.map(\.item.category)), \(items.map(\.item.createdAt)),
      \(items.map(\.item.updatedAt)), \(items.map(\.item.version)),
      \(items.map { Bytes($0.details) })) AS new
    """
  }

  static func update(_ items: [Stored], _ access: Access) -> SQL {
    """
    UPDATE tenure.content_items AS item
    SET kind = new.kind, visibility = new.visibility, team = new.team, category = new.category,
      details = new.details, updated_at = new.updated_at, removed_at = NULL,
      owner_kind = CASE new.visibility WHEN 'private' THEN 'author' ELSE item.owner_kind END,
      owner_id = CASE new.visibility WHEN 'private' THEN NULL ELSE item.owner_id END,
      owner_team = CASE new.visibility WHEN 'private' THEN NULL ELSE item.owner_team END,
      version = item.version + 1
    FROM unnest(\(items.map(\.item.id)), \(items.map(\.item.kind)),
      \(items.map(\.item.visibility.rawValue)), \(items.map(\.item.team)),
      \(items.map(\.item.category)), \(items.map { Bytes($0.details) }),
      \(items.map(\.item.updatedAt)))
      AS new (id, kind, visibility, team, category, details, updated_at)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = new.id
    """
  }

  /// Those of the items that are registered already, locked.
  static func find(
    _ items: [(product: String, externalID: String)], _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(items.map(\.product)), \(items.map(\.externalID)))
      AS wanted (wanted_product, wanted_id)
    JOIN tenure.content_items
      ON tenant_id = \(access.tenant) AND product = wanted_product AND external_id = wanted_id
    ORDER BY item_id
    FOR UPDATE OF content_items
    """
  }

  /// An item that is visible, or with `isIsolated` one that is isolated.
  static func find(
    _ id: ContentItemID, isIsolated: Bool = false, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) AND item_id = \(id) AND removed_at IS NULL
      AND (isolated_at IS NOT NULL) = \(isIsolated)
    """
  }

  /// Isolates items: nobody sees them any more.
  static func isolate(_ items: [ContentItemID], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.content_items AS item
    SET isolated_at = \(at), updated_at = \(at), version = item.version + 1
    FROM unnest(\(items)) AS sealed (id)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = sealed.id
    """
  }

  /// The shared items of a tenant, for its administrators.
  static func listShared(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, account: AccountID?,
    category: String?
  ) async throws -> [Stored] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.content_items
      WHERE tenant_id = \(access.tenant) AND item_id > \(after ?? .zero)
        AND visibility <> 'private' AND removed_at IS NULL AND isolated_at IS NULL
        AND (\(nullable: account)::uuid IS NULL OR account_id = \(nullable: account))
        AND (\(nullable: category)::text IS NULL OR category = \(nullable: category))
      ORDER BY item_id
      LIMIT \(limit)
      """
    ).map(stored)
  }

  /// Some of an author's items after one, private and shared.
  static func page(
    of account: AccountID, alsoIsolated: Bool, after: UUID?, limit: Int, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
      AND item_id > \(after ?? .zero) AND removed_at IS NULL
      AND (\(alsoIsolated) OR isolated_at IS NULL)
    ORDER BY item_id
    LIMIT \(limit)
    """
  }

  // MARK: Disposal and moves

  /// Takes the private items of accounts out of one tenant; the rows that it returns are inserted
  /// into another.
  static func takePrivate(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.content_items AS item USING unnest(\(accounts)) AS gone (gone_id)
    WHERE item.tenant_id = \(access.tenant) AND item.account_id = gone.gone_id
      AND item.visibility = 'private'
    RETURNING \(text: columns)
    """
  }

  /// Gives all items of these authors in the tenant a pseudonym as author.
  static func pseudonymise(
    _ authors: [(account: AccountID, pseudonym: String)], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.content_items AS item
    SET account_id = NULL, pseudonym = gone.pseudonym, updated_at = \(at),
      version = item.version + 1
    FROM unnest(\(authors.map(\.account)), \(authors.map(\.pseudonym))) AS gone (id, pseudonym)
    WHERE item.tenant_id = \(access.tenant) AND item.account_id = gone.id
    """
  }

  /// Gives these items a pseudonym as author.
  static func pseudonymise(
    _ items: [(id: ContentItemID, pseudonym: String)], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.content_items AS item
    SET account_id = NULL, pseudonym = gone.pseudonym, updated_at = \(at),
      version = item.version + 1
    FROM unnest(\(items.map(\.id)), \(items.map(\.pseudonym))) AS gone (id, pseudonym)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = gone.id
    """
  }

  static func delete(_ items: [ContentItemID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.content_items AS item USING unnest(\(items)) AS gone (id)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = gone.id
    """
  }

  /// The classes that rules of retention can name, and how many accounts or items each has.
  static func classes(_ access: Access) -> SQL {
    """
    SELECT category, count(*) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) GROUP BY 1
    UNION ALL
    SELECT 'account', count(*) FROM tenure.accounts
    WHERE tenant_id = \(access.tenant) AND status NOT IN ('erased', 'anonymised')
    HAVING count(*) > 0
    ORDER BY 1
    """
  }

  /// Deletes the items that these people made and still own; those that somebody else owns stay.
  static func deleteOwn(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.content_items AS item USING unnest(\(accounts)) AS gone (id)
    WHERE item.tenant_id = \(access.tenant) AND item.account_id = gone.id
      AND item.owner_kind = 'author'
    """
  }

  /// Makes the tenant the owner of what these people own, who are gone.
  static func disown(_ accounts: [AccountID], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.content_items AS item
    SET owner_kind = 'tenant', owner_id = NULL, updated_at = \(at), version = item.version + 1
    FROM unnest(\(accounts)) AS gone (id)
    WHERE item.tenant_id = \(access.tenant) AND item.owner_id = gone.id
    """
  }

  /// The private items of these people, locked.
  static func lockPrivate(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM unnest(\(accounts)) AS wanted (wanted_id)
    JOIN tenure.content_items
      ON tenant_id = \(access.tenant) AND account_id = wanted.wanted_id
    WHERE visibility = 'private'
    FOR UPDATE OF content_items
    """
  }

  /// Saves details that were sealed under another key; nothing else of the items changes.
  static func saveDetails(_ items: [Stored], _ access: Access) -> SQL {
    """
    UPDATE tenure.content_items AS item SET details = new.details
    FROM unnest(\(items.map(\.item.id)), \(items.map { Bytes($0.details) })) AS new (id, details)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = new.id
    """
  }

  // MARK: Removal by products

  /// Hides items from everybody; returns which of them existed.
  static func remove(
    _ items: [(product: String, externalID: String)], at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.content_items AS item SET removed_at = \(at), version = item.version + 1
    FROM unnest(\(items.map(\.product)), \(items.map(\.externalID))) AS gone (product, external_id)
    WHERE item.tenant_id = \(access.tenant) AND item.product = gone.product
      AND item.external_id = gone.external_id AND item.removed_at IS NULL
    RETURNING item.item_id, item.account_id, item.product, item.external_id
    """
  }

  /// Hides these items from everybody.
  static func remove(_ items: [ContentItemID], at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.content_items AS item SET removed_at = \(at), version = item.version + 1
    FROM unnest(\(items)) AS gone (id)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = gone.id
      AND item.removed_at IS NULL
    """
  }

  /// Deletes removed items that no hold keeps.
  ///
  /// Those in a category with a locked rule stay hidden until the lock is over.
  static func deleteRemoved(at now: Timestamp, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.content_items AS item
    WHERE item.tenant_id = \(access.tenant) AND item.removed_at IS NOT NULL
      AND NOT tenure.holds_content(
        item.tenant_id, item.account_id, item.category, item.created_at)
      AND NOT EXISTS (
        SELECT FROM tenure.retention_rules AS rule
        WHERE rule.tenant_id = \(access.tenant) AND rule.action = 'retain'
          AND rule.applies_to IN (item.category, '*') AND rule.locked_until > \(now)
          AND (cardinality(rule.account_ids) = 0 OR item.account_id = ANY (rule.account_ids))
          AND NOT rule.is_deleted AND rule.effective_at <= \(now)
          AND NOT EXISTS (
            SELECT FROM tenure.retention_rules AS newer
            WHERE newer.tenant_id = \(access.tenant) AND newer.rule_id = rule.rule_id
              AND newer.version > rule.version AND newer.effective_at <= \(now)))
    """
  }

  // MARK: Transfers

  /// Some of the shared items that somebody owns, after one, locked.
  static func owned(
    by account: AccountID, category: String?, after: UUID, limit: Int, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) AND item_id > \(after)
      AND ((account_id = \(account) AND owner_kind = 'author') OR owner_id = \(account))
      AND visibility <> 'private' AND removed_at IS NULL
      AND (\(nullable: category)::text IS NULL OR category = \(nullable: category))
    ORDER BY item_id
    LIMIT \(limit)
    FOR UPDATE
    """
  }

  /// Gives items another owner.
  static func hand(
    _ items: [ContentItemID], to owner: ContentItem.Owner, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.content_items AS item
    SET owner_kind = \(owner.kind.rawValue), owner_id = \(nullable: owner.account),
      owner_team = \(nullable: owner.team), updated_at = \(at), version = item.version + 1
    FROM unnest(\(items)) AS handed (id)
    WHERE item.tenant_id = \(access.tenant) AND item.item_id = handed.id
    """
  }

  /// How many private items somebody has.
  static func countPrivate(of account: AccountID, category: String?, _ access: Access) -> SQL {
    """
    SELECT count(*) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) AND account_id = \(account) AND visibility = 'private'
      AND removed_at IS NULL
      AND (\(nullable: category)::text IS NULL OR category = \(nullable: category))
    """
  }

  static func stored(_ row: Row) throws -> Stored {
    let author = try row.optionalUUID(1).map { ContentItem.Author.account(AccountID(uuid: $0)) }
    return Stored(
      item: ContentItem(
        id: try row.identifier(0, ContentItemID.self),
        author: try author ?? .pseudonym(try row.string(2)),
        owner: try .init(row, kind: 14, account: 3, team: 15), product: try row.string(4),
        kind: try row.string(5), externalID: try row.string(6),
        visibility: try row.choice(7),
        team: try row.optionalString(8), category: try row.string(9),
        createdAt: try row.time(10), updatedAt: try row.time(11), version: try row.int(12)),
      details: try row.bytes(13), isRemoved: try row.bool(16))
  }
}

extension ContentItem.Owner {
  /// Reads the owner from three columns: its kind, its account, and its team.
  init(_ row: Row, kind: Int, account: Int, team: Int) throws {
    guard
      let owner = Self(
        try row.choice(kind), account: try row.optionalUUID(account).map { AccountID(uuid: $0) },
        team: try row.optionalString(team))
    else { throw PostgresError(kind: .decoding, message: "an owner of content is unknown") }
    self = owner
  }
}
