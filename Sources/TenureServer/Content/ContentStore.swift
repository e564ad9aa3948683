import Foundation
import Postgres
import Tenure
import TenureAPI

/// SQL of `tenure.content_items`.
enum ContentStore {
  private static let columns: StaticString = """
    item_id, account_id, pseudonym, owner_id, product, kind, external_id, visibility, team,
    category, created_at, updated_at, version, details
    """

  /// A row as read, its details still sealed.
  struct Stored: Sendable {
    let item: ContentItem
    let details: [UInt8]
  }

  static func insert(_ items: [Stored], _ access: Access) -> SQL {
    """
    INSERT INTO tenure.content_items (tenant_id, item_id, account_id, owner_id, product, kind,
      external_id, visibility, team, category, created_at, updated_at, version, details)
    SELECT \(access.tenant), new.* FROM unnest(
      \(items.map(\.item.id)), \(items.map(\.item.account)), \(items.map(\.item.owner)),
      \(items.map(\.item.product)), \(items.map(\.item.kind)), \(items.map(\.item.externalID)),
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
      details = new.details, updated_at = new.updated_at, version = item.version + 1
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

  static func find(_ id: ContentItemID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) AND item_id = \(id)
    """
  }

  /// What is shared, for whoever administers the tenant.
  static func listShared(
    _ database: Database, _ access: Access, after: UUID?, limit: Int, account: AccountID?,
    category: String?
  ) async throws -> [Stored] {
    try await database.read(
      access,
      """
      SELECT \(text: columns) FROM tenure.content_items
      WHERE tenant_id = \(access.tenant) AND item_id > \(after ?? .zero)
        AND visibility <> 'private'
        AND (\(nullable: account)::uuid IS NULL OR account_id = \(nullable: account))
        AND (\(nullable: category)::text IS NULL OR category = \(nullable: category))
      ORDER BY item_id
      LIMIT \(limit)
      """
    ).map(stored)
  }

  /// Some of what somebody made, private and shared, after an item.
  static func page(
    of account: AccountID, after: UUID?, limit: Int, _ access: Access
  ) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.content_items
    WHERE tenant_id = \(access.tenant) AND account_id = \(account)
      AND item_id > \(after ?? .zero)
    ORDER BY item_id
    LIMIT \(limit)
    """
  }

  // MARK: What becomes of it

  /// Takes the private items of accounts out of one tenant, to be put into another.
  static func takePrivate(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.content_items AS item USING unnest(\(accounts)) AS gone (gone_id)
    WHERE item.tenant_id = \(access.tenant) AND item.account_id = gone.gone_id
      AND item.visibility = 'private'
    RETURNING \(text: columns)
    """
  }

  /// What of these people's content a tenant keeps is nobody's any more, under a pseudonym.
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

  /// The same for single items.
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

  /// What there is to keep or to dispose of: classes, and how much of each.
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

  static func delete(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.content_items AS item USING unnest(\(accounts)) AS gone (id)
    WHERE item.tenant_id = \(access.tenant) AND item.account_id = gone.id
    """
  }

  static func stored(_ row: Row) throws -> Stored {
    let author = try row.optionalUUID(1).map { ContentItem.Author.account(AccountID(uuid: $0)) }
    return Stored(
      item: ContentItem(
        id: try row.identifier(0, ContentItemID.self),
        author: try author ?? .pseudonym(try row.string(2)),
        owner: try row.optionalUUID(3).map { AccountID(uuid: $0) }, product: try row.string(4),
        kind: try row.string(5), externalID: try row.string(6),
        visibility: ContentItem.Visibility(rawValue: try row.string(7)) ?? .private,
        team: try row.optionalString(8), category: try row.string(9),
        createdAt: try row.time(10), updatedAt: try row.time(11), version: try row.int(12)),
      details: try row.bytes(13))
  }
}

extension ContentItem {
  /// The author's account, where that is known.
  var account: AccountID? {
    if case .account(let account) = author { return account }
    return nil
  }
}
