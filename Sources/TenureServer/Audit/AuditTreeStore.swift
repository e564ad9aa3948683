import Foundation
import Postgres
import Tenure
import TenureAPI
import Vault

/// SQL of `tenure.audit_trees`, `audit_leaves`, `audit_nodes` and `audit_checkpoints`.
enum AuditTreeStore {
  /// How far a log is sealed.
  struct Tree: Sendable, Equatable {
    var size: Int
    /// The last sealed entry: its transaction and id.
    var lastXID: String
    var lastEntry: UUID
    var checkpointSize: Int
    var checkpointAt: Timestamp?
  }

  static func ensure(_ access: Access) -> SQL {
    """
    INSERT INTO tenure.audit_trees (tenant_id, size, last_xid, last_entry_id, checkpoint_size)
    VALUES (\(access.tenant), 0, '0', \(UUID.zero), 0)
    ON CONFLICT DO NOTHING
    """
  }

  static func find(_ access: Access) -> SQL {
    """
    SELECT size, last_xid::text, last_entry_id, checkpoint_size, checkpoint_at
    FROM tenure.audit_trees WHERE tenant_id = \(access.tenant)
    """
  }

  static func tree(_ row: Row) throws -> Tree {
    Tree(
      size: try row.int(0), lastXID: try row.string(1), lastEntry: try row.uuid(2),
      checkpointSize: try row.int(3), checkpointAt: try row.optionalTime(4))
  }

  static func save(_ tree: Tree, _ access: Access) -> SQL {
    """
    UPDATE tenure.audit_trees
    SET size = \(tree.size), last_xid = \(tree.lastXID)::text::xid8,
      last_entry_id = \(tree.lastEntry), checkpoint_size = \(tree.checkpointSize),
      checkpoint_at = \(nullable: tree.checkpointAt)
    WHERE tenant_id = \(access.tenant)
    """
  }

  /// Entries that are no leaves yet, in the order of commits: only such as no transaction that is
  /// still open can come before.
  static func unsealed(after tree: Tree, limit: Int, _ access: Access) -> SQL {
    """
    -- Named otherwise than the column: the order would be that of the text.
    SELECT \(text: AuditStore.columns), xid::text AS commit FROM tenure.audit_entries
    WHERE tenant_id = \(access.tenant)
      AND (xid, entry_id) > (\(tree.lastXID)::text::xid8, \(tree.lastEntry))
      AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, entry_id
    LIMIT \(limit)
    """
  }

  /// A leaf as it is kept: where, of which entry, the digest of its details, and its hash.
  struct Leaf: Sendable {
    let index: Int
    let entry: AuditEntryID
    let digest: [UInt8]
    let hash: [UInt8]
  }

  /// Of the levels above the leaves, each fourth is kept: a fifteenth of the rows, and a node in
  /// between takes eight of them at the most.
  private static let levelsAtOnce = 4

  /// The nodes that are kept and make up this one.
  static func kept(_ node: MerkleTree.Node) -> [MerkleTree.Node] {
    let below = node.level % levelsAtOnce
    return (0..<1 << below).map {
      MerkleTree.Node(level: node.level - below, position: node.position << below + $0)
    }
  }

  /// Keeps leaves, and of the nodes above them those of some levels.
  static func insert(
    _ leaves: [Leaf], _ nodes: [(node: MerkleTree.Node, hash: [UInt8])], _ access: Access
  ) -> [SQL] {
    let nodes = nodes.filter { $0.node.level > 0 && $0.node.level % levelsAtOnce == 0 }
    return [
      """
      INSERT INTO tenure.audit_leaves (tenant_id, leaf_index, entry_id, details_digest, hash)
      SELECT \(access.tenant), leaf.* FROM unnest(\(leaves.map(\.index)), \(leaves.map(\.entry)),
        \(leaves.map { Bytes($0.digest) }), \(leaves.map { Bytes($0.hash) })) AS leaf
      """,
      """
      INSERT INTO tenure.audit_nodes (tenant_id, level, position, hash)
      SELECT \(access.tenant), node.* FROM unnest(\(nodes.map(\.node.level)),
        \(nodes.map(\.node.position)), \(nodes.map { Bytes($0.hash) })) AS node
      """,
    ]
  }

  /// The hashes of these nodes, in their order.
  ///
  /// Each is looked up by itself: planned while the table was small, a join reads it whole.
  static func nodes(_ nodes: [MerkleTree.Node], _ access: Access) -> SQL {
    """
    SELECT node.hash FROM unnest(\(nodes.map(\.level)), \(nodes.map(\.position)))
      WITH ORDINALITY AS wanted (level, position, place)
    CROSS JOIN LATERAL (
      SELECT hash FROM tenure.audit_nodes
      WHERE tenant_id = \(access.tenant) AND level = wanted.level AND position = wanted.position
      UNION ALL
      SELECT hash FROM tenure.audit_leaves
      WHERE tenant_id = \(access.tenant) AND leaf_index = wanted.position AND wanted.level = 0
        AND hash IS NOT NULL
      LIMIT 1) AS node
    ORDER BY wanted.place
    """
  }

  static func leaf(of entry: AuditEntryID, _ access: Access) -> SQL {
    """
    SELECT leaf_index FROM tenure.audit_leaves
    WHERE tenant_id = \(access.tenant) AND entry_id = \(entry)
    """
  }

  /// Leaves with their entries, from one place to another.
  static func leaves(_ range: Range<Int>, _ access: Access) -> SQL {
    """
    SELECT \(text: AuditStore.columns), leaf_index, details_digest
    FROM tenure.audit_leaves
    JOIN tenure.audit_entries USING (tenant_id, entry_id)
    WHERE tenant_id = \(access.tenant) AND leaf_index >= \(range.lowerBound)
      AND leaf_index < \(range.upperBound)
    ORDER BY leaf_index
    """
  }

  static func exported(_ row: Row, _ access: Access) throws -> AuditExportEntry {
    AuditExportEntry(
      index: try row.int(AuditStore.columnCount), entry: try AuditStore.entry(row, access),
      detailsDigest: try row.bytes(AuditStore.columnCount + 1))
  }

  // MARK: Checkpoints

  struct Checkpoint: Sendable {
    let size: Int
    let root: [UInt8]
    let note: String
    let at: Timestamp
  }

  private static let checkpointColumns: StaticString = "size, root, note, at"

  static func insert(_ checkpoint: Checkpoint, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.audit_checkpoints (tenant_id, size, root, note, at)
    VALUES (\(access.tenant), \(checkpoint.size), \(Bytes(checkpoint.root)),
      \(checkpoint.note), \(checkpoint.at))
    """
  }

  static func last(_ access: Access) -> SQL {
    """
    SELECT \(text: checkpointColumns) FROM tenure.audit_checkpoints
    WHERE tenant_id = \(access.tenant)
    ORDER BY size DESC
    LIMIT 1
    """
  }

  static func list(
    _ database: Database, _ access: Access, after size: Int, limit: Int
  ) async throws -> [Checkpoint] {
    try await database.read(
      access,
      """
      SELECT \(text: checkpointColumns) FROM tenure.audit_checkpoints
      WHERE tenant_id = \(access.tenant) AND size > \(size)
      ORDER BY size
      LIMIT \(limit)
      """
    ).map(checkpoint)
  }

  static func checkpoint(_ row: Row) throws -> Checkpoint {
    Checkpoint(
      size: try row.int(0), root: try row.bytes(1), note: try row.string(2),
      at: try row.time(3))
  }
}
