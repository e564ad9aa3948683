import Foundation
import Postgres
import Tenure
import TenureKernel
import Vault

/// The tree over one tenant's audit log: grows by what was committed, and is signed now and then.
struct AuditTree: Sendable {
  /// How many entries become leaves in one transaction.
  static let leavesAtOnce = 1_000
  /// A log that grows is signed at most so often.
  private static let checkpointSeconds: Int64 = 60

  /// The data comes from another cluster, whose transactions have larger numbers than this one's, and
  /// nobody said so: no new entry would ever be a leaf.
  struct IsAhead: Error, CustomStringConvertible {
    let description =
      "the log is ahead of the database's transactions: bring data back by a restore"
  }

  let worker: Worker
  let access: Access

  /// Makes leaves of what was committed; answers how many.
  ///
  /// One transaction at a time grows a log: others wait for its row.
  func grow() async throws -> Int {
    try await changing { tree, transaction in
      let isDue =
        tree.checkpointAt.map {
          worker.clock.now.seconds(since: $0) >= Self.checkpointSeconds
        } ?? true
      let count = try await grow(&tree, isSigned: isDue, transaction)
      if isDue { try await sign(&tree, transaction) }
      return count
    }
  }

  /// Makes leaves of all there is, and signs the log as it is then.
  func checkpoint() async throws -> AuditTreeStore.Checkpoint? {
    while try await grow() == Self.leavesAtOnce {}
    return try await changing { tree, transaction in
      try await sign(&tree, transaction)
      return try await transaction.run(AuditTreeStore.last(access)).first
        .map(AuditTreeStore.checkpoint)
    }
  }

  /// Changes the tree under its lock; most looks at a log find nothing new, and write nothing.
  private func changing<Value: Sendable>(
    _ body:
      @escaping @Sendable (inout AuditTreeStore.Tree, Transaction) async throws -> Value
  ) async throws -> Value {
    try await worker.database.transaction(in: access, prelude: [.byIndex]) { transaction in
      let rows = try await transaction.run(
        AuditTreeStore.lock(access) + [AuditTreeStore.find(access)])
      guard let row = rows[2].first else { throw VaultError.unavailable }
      if try AuditTreeStore.isAhead(row) { throw IsAhead() }
      var tree = try AuditTreeStore.tree(row)
      return try await body(&tree, transaction)
    }
  }

  private func grow(
    _ tree: inout AuditTreeStore.Tree, isSigned: Bool, _ transaction: Transaction
  ) async throws -> Int {
    let rows = try await transaction.run(
      AuditTreeStore.entries(after: tree.last, limit: Self.leavesAtOnce, access))
    if rows.isEmpty { return 0 }
    let merkle = MerkleTree(digests: worker.sealer.digests)
    let first = tree.size
    let hashes = try (0..<rows.count).map { place in
      let leaf = try leaf(rows[place], index: first + place)
      return try merkle.leaf(leaf.entry.canonical(detailsDigest: leaf.detailsDigest))
    }
    var peaks = try await self.hashes(MerkleTree.cover(0, tree.size), transaction)
    let nodes = try merkle.append(hashes, size: tree.size, peaks: &peaks)
    tree.size += hashes.count
    tree.last = try AuditTreeStore.place(rows[rows.count - 1])
    try await transaction.run(
      AuditTreeStore.insert(hashes, at: first, upTo: tree.last, nodes, access)
        // What a crash takes with it is sealed again; what was signed stays.
        + (isSigned ? [] : [.unflushed]))
    return hashes.count
  }

  /// Signs the log where it has grown since it was signed last, and tells of it.
  private func sign(
    _ tree: inout AuditTreeStore.Tree, _ transaction: Transaction
  ) async throws {
    guard tree.size > tree.checkpointSize else { return }
    let now = worker.clock.now
    let merkle = MerkleTree(digests: worker.sealer.digests)
    let root = try merkle.root(
      peaks: try await hashes(MerkleTree.cover(0, tree.size), transaction))
    let text = AuditCheckpoint(
      tenant: access.tenant, size: tree.size, root: Data(root).base64EncodedString()
    ).text
    let note = try SignedNote.sign(
      text, name: AuditCheckpoint.origin(of: access.tenant),
      key: try worker.auditKey(of: access.tenant), digests: worker.sealer.digests)
    let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
    telling.emit(
      Event(
        .auditCheckpoint, access.tenant, at: now,
        [("tenant_id", access.tenant), ("size", tree.size), ("checkpoint", note)]), in: access)
    tree.checkpointSize = tree.size
    tree.checkpointAt = now
    try await transaction.run(
      [
        AuditTreeStore.insert(
          .init(size: tree.size, root: root, note: note, at: now), access),
        AuditTreeStore.save(tree, access),
      ] + telling.statements(by: worker, transaction))
  }

  /// The hashes of any nodes; of those that are not kept, from those below them that are.
  private func hashes(
    _ nodes: [MerkleTree.Node], _ transaction: Transaction
  ) async throws -> [[UInt8]] {
    let merkle = MerkleTree(digests: worker.sealer.digests)
    let parts = nodes.map(AuditTreeStore.kept)
    let rows = try await transaction.run(AuditTreeStore.nodes(parts.flatMap { $0 }, access))
    let found = try rows.map { try $0.bytes(0) }
    guard found.count == parts.reduce(0, { $0 + $1.count }) else { throw VaultError.unavailable }
    var start = 0
    return try parts.map { part in
      var peaks: [[UInt8]] = []
      _ = try merkle.append(Array(found[start..<start + part.count]), size: 0, peaks: &peaks)
      start += part.count
      return peaks[0]
    }
  }

  /// The roots of these ranges of leaves: what a proof is made of.
  func proof(_ ranges: [Range<Int>]) async throws -> [[UInt8]] {
    let merkle = MerkleTree(digests: worker.sealer.digests)
    return try await worker.database.transaction(in: access, prelude: [.byIndex]) {
      transaction in
      var proof: [[UInt8]] = []
      for range in ranges {
        let cover = MerkleTree.cover(range.lowerBound, range.upperBound)
        proof.append(try merkle.root(peaks: try await hashes(cover, transaction)))
      }
      return proof
    }
  }
}

extension AuditTree {
  /// Sealed entries after a place, the first being the leaf of this index, and the place of the last:
  /// what an export is made of.
  func leaves(
    after place: AuditTreeStore.Place, from index: Int, limit: Int
  ) async throws -> (leaves: [AuditExportEntry], last: AuditTreeStore.Place) {
    try await worker.database.transaction(in: access, prelude: [.byIndex]) { transaction in
      let rows = try await transaction.run(
        AuditTreeStore.entries(after: place, limit: limit, access))
      let leaves = try (0..<rows.count).map { try leaf(rows[$0], index: index + $0) }
      guard leaves.count == limit else { throw VaultError.unavailable }
      return (leaves, try AuditTreeStore.place(rows[rows.count - 1]))
    }
  }

  /// The leaf that an entry is; nil where there is no such entry, or it is none yet.
  func leaf(of entry: AuditEntryID) async throws -> AuditExportEntry? {
    let rows = try await worker.database.find(access, AuditTreeStore.leaf(of: entry, access))
    return try rows.first.map { try leaf($0, index: try $0.int(AuditStore.columnCount + 1)) }
  }

  private func leaf(_ row: Row, index: Int) throws -> AuditExportEntry {
    try AuditTreeStore.leaf(row, index: index, access, worker.sealer.digests)
  }
}

extension Worker {
  /// The key that signs a tenant's audit log: derived, so that it lies nowhere and stays the same.
  func auditKey(of tenant: TenantID) throws -> SigningKey {
    try SigningKey(seed: try blindIndex("audit_key", tenant.description))
  }

  /// What a tenant verifies its checkpoints with.
  func auditVerifier(of tenant: TenantID) throws -> String {
    try SignedNote.Verifier(
      name: AuditCheckpoint.origin(of: tenant), publicKey: try auditKey(of: tenant).publicKey()
    ).text(sealer.digests)
  }
}
