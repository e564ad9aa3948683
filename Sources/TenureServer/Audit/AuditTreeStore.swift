import Foundation
import Postgres
import Tenure
import TenureKernel
import Vault

/// SQL of `tenure.audit_trees`, `audit_batches`, `audit_nodes` and `audit_checkpoints`.
enum AuditTreeStore {
  /// Where an entry is in its log, which is in the order of transactions.
  struct Place: Sendable, Equatable {
    let transaction: Int
    let entry: UUID

    /// Before the first entry.
    static let start = Place(transaction: .min, entry: .zero)
  }

  /// How far a log is sealed, and signed.
  struct Tree: Sendable, Equatable {
    var size: Int
    /// That of the last sealed entry.
    var last: Place
    var checkpointSize: Int
    var checkpointAt: Timestamp?
  }

  /// Lets one transaction at a time change a tree.
  static func lock(_ access: Access) -> [SQL] {
    [
      """
      INSERT INTO tenure.audit_trees (tenant_id, checkpoint_size) VALUES (\(access.tenant), 0)
      ON CONFLICT DO NOTHING
      """,
      "SELECT FROM tenure.audit_trees WHERE tenant_id = \(access.tenant) FOR UPDATE",
    ]
  }

  static func find(_ access: Access) -> SQL {
    """
    SELECT coalesce(first_index + length(hashes) / 32, 0), entry_id, transaction_number,
      checkpoint_size, checkpoint_at,
      coalesce(transaction_number >= tenure.first_open_transaction(), false)
    FROM tenure.audit_trees
    LEFT JOIN LATERAL (
      SELECT * FROM tenure.audit_batches AS batch WHERE batch.tenant_id = \(access.tenant)
      ORDER BY first_index DESC
      LIMIT 1) AS last ON true
    WHERE audit_trees.tenant_id = \(access.tenant)
    """
  }

  static func tree(_ row: Row) throws -> Tree {
    let size = try row.int(0)
    return Tree(
      size: size,
      last: size > 0 ? Place(transaction: try row.int(2), entry: try row.uuid(1)) : .start,
      checkpointSize: try row.int(3), checkpointAt: try row.optionalTime(4))
  }

  /// Whether new entries would come before those that are leaves.
  static func isAhead(_ row: Row) throws -> Bool { try row.bool(5) }

  /// Notes when a tree was signed last, and of which size it was.
  static func save(_ tree: Tree, _ access: Access) -> SQL {
    """
    UPDATE tenure.audit_trees
    SET checkpoint_size = \(tree.checkpointSize), checkpoint_at = \(nullable: tree.checkpointAt)
    WHERE tenant_id = \(access.tenant)
    """
  }

  /// Of an entry that is or becomes a leaf.
  private static let leafColumns: StaticString = """
    entry_id, at, actor, action, object, subject_id, request_id, on_behalf_of, approved_by, details,
    details_digest
    """

  /// Entries after a place: only such as no transaction that is still open can come before.
  static func entries(after place: Place, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: leafColumns), transaction_number FROM tenure.audit_entries
    WHERE tenant_id = \(access.tenant)
      AND (transaction_number, entry_id) > (\(place.transaction), \(place.entry))
      AND transaction_number < tenure.first_open_transaction()
    ORDER BY transaction_number, entry_id
    LIMIT \(limit)
    """
  }

  /// The place of an entry that `entries` answered.
  static func place(_ row: Row) throws -> Place {
    Place(transaction: try row.int(AuditStore.columnCount + 1), entry: try row.uuid(0))
  }

  /// An entry that `entries` answered, as the leaf of an index.
  static func leaf(
    _ row: Row, index: Int, _ access: Access, _ digests: Digests
  ) throws -> AuditExportEntry {
    let entry = try AuditStore.entry(row, access)
    let digest =
      try entry.details.map { try digests.sha256($0) }
      ?? row.optionalBytes(AuditStore.columnCount)
    return AuditExportEntry(index: index, entry: entry, detailsDigest: digest ?? [])
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

  /// Keeps the hashes of leaves up to the entry of a place, and of the nodes above them those of some
  /// levels.
  static func insert(
    _ hashes: [[UInt8]], at index: Int, upTo last: Place,
    _ nodes: [(node: MerkleTree.Node, hash: [UInt8])], _ access: Access
  ) -> [SQL] {
    let nodes = nodes.filter { $0.node.level > 0 && $0.node.level % levelsAtOnce == 0 }
    return [
      """
      INSERT INTO tenure.audit_batches
        (tenant_id, first_index, transaction_number, entry_id, hashes)
      VALUES (\(access.tenant), \(index), \(last.transaction), \(last.entry),
        \(Bytes(Array(hashes.joined()))))
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
      UNION ALL (
        SELECT substring(hashes FROM (wanted.position - first_index)::int * 32 + 1 FOR 32)
        FROM tenure.audit_batches
        WHERE tenant_id = \(access.tenant) AND first_index <= wanted.position
          AND wanted.level = 0
        ORDER BY first_index DESC
        LIMIT 1)) AS node
    ORDER BY wanted.place
    """
  }

  /// An entry and, behind its columns, which leaf it is: as many before its batch's last one as
  /// there are entries between the two.
  ///
  /// Those are found among as many as the batch has: of two columns at once, an index knows where
  /// to begin, but not where to end.
  static func leaf(of entry: AuditEntryID, _ access: Access) -> SQL {
    """
    SELECT \(text: leafColumns), first_index + size - 1 - (
      SELECT count(*) FROM (
        SELECT transaction_number, entry_id FROM tenure.audit_entries AS later
        WHERE later.tenant_id = entry.tenant_id AND (later.transaction_number, later.entry_id) >
          (entry.transaction_number, entry.entry_id)
        ORDER BY later.transaction_number, later.entry_id
        LIMIT size) AS later
      WHERE (later.transaction_number, later.entry_id) <= (last_transaction, last_entry))
    FROM tenure.audit_entries AS entry
    CROSS JOIN LATERAL (
      SELECT first_index, length(hashes) / 32, transaction_number, entry_id
      FROM tenure.audit_batches AS batch
      WHERE batch.tenant_id = entry.tenant_id AND (batch.transaction_number, batch.entry_id) >=
        (entry.transaction_number, entry.entry_id)
      ORDER BY batch.transaction_number, batch.entry_id
      LIMIT 1) AS batch (first_index, size, last_transaction, last_entry)
    WHERE entry.tenant_id = \(access.tenant) AND entry.entry_id = \(entry)
    """
  }

  // MARK: Damage

  /// How many leaves there are, how many entries up to the last one, how many were signed, and since
  /// when it is known that some are missing.
  static func count(_ access: Access) -> SQL {
    """
    SELECT coalesce(last.size, 0), (
        SELECT count(*) FROM tenure.audit_entries AS entry
        WHERE entry.tenant_id = \(access.tenant) AND (entry.transaction_number, entry.entry_id)
          <= (last.transaction_number, last.entry_id)),
      coalesce((
        SELECT max(size) FROM tenure.audit_checkpoints WHERE tenant_id = \(access.tenant)), 0),
      tree.damaged_at
    FROM tenure.audit_trees AS tree
    LEFT JOIN LATERAL (
      SELECT first_index + length(hashes) / 32 AS size, transaction_number, entry_id
      FROM tenure.audit_batches AS batch WHERE batch.tenant_id = \(access.tenant)
      ORDER BY first_index DESC
      LIMIT 1) AS last ON true
    WHERE tree.tenant_id = \(access.tenant)
    """
  }

  /// Remembers since when a log is known to be damaged; nothing where it is known already.
  static func markDamaged(at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.audit_trees SET damaged_at = \(at)
    WHERE tenant_id = \(access.tenant) AND damaged_at IS NULL
    RETURNING damaged_at
    """
  }

  static func markWhole(_ access: Access) -> SQL {
    "UPDATE tenure.audit_trees SET damaged_at = NULL WHERE tenant_id = \(access.tenant)"
  }

  /// What was sealed at once: its hashes, and the place behind which its entries are.
  struct Batch: Sendable {
    let first: Int
    /// 32 bytes of each leaf, one after the other.
    let hashes: [UInt8]
    let before: Place

    var count: Int { hashes.count / 32 }
    /// The leaf that comes after the last one.
    var next: Int { first + count }

    /// Whether this is what was sealed for the entry at a place of the batch.
    func holds(_ hash: [UInt8], at index: Int) -> Bool {
      hashes[index * 32..<index * 32 + 32].elementsEqual(hash)
    }
  }

  /// Some batches from a leaf on.
  static func batches(from first: Int, limit: Int, _ access: Access) -> SQL {
    """
    SELECT batch.first_index, batch.hashes, earlier.transaction_number, earlier.entry_id
    FROM tenure.audit_batches AS batch
    LEFT JOIN LATERAL (
      SELECT transaction_number, entry_id FROM tenure.audit_batches AS before
      WHERE before.tenant_id = \(access.tenant) AND before.first_index < batch.first_index
      ORDER BY before.first_index DESC
      LIMIT 1) AS earlier ON true
    WHERE batch.tenant_id = \(access.tenant) AND batch.first_index >= \(first)
    ORDER BY batch.first_index
    LIMIT \(limit)
    """
  }

  static func batch(_ row: Row) throws -> Batch {
    let entry = try row.optionalUUID(3)
    return Batch(
      first: try row.int(0), hashes: try row.bytes(1),
      before: try entry.map { Place(transaction: try row.int(2), entry: $0) } ?? .start)
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
