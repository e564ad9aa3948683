import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// The audit log as something that can be proven: signed roots, proofs, and the export that is
/// verified offline.
package enum AuditTreeRoutes {
  private static let exportedAtOnce = 1_000

  /// Signs the log as it is now.
  @Sendable
  package static func createAuditCheckpoint(_ call: Call) async throws -> Reply {
    let access = try call.access
    let tree = AuditTree(worker: call.worker, access: access)
    guard let checkpoint = try await tree.checkpoint() else { throw Problem(.notFound) }
    return Reply(try view(checkpoint, call.worker, access))
  }

  @Sendable
  package static func listAuditCheckpoints(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    return try await call.list(access, id: \Listed.id) { after, limit in
      try await AuditTreeStore.list(
        worker.database, access, after: after.map(Listed.size) ?? 0, limit: limit
      ).map { Listed(size: $0.size, view: try view($0, worker, access)) }
    }
  }

  /// Proves that the log at one size is the beginning of the log at another.
  @Sendable
  package static func getAuditConsistency(_ call: Call) async throws -> Reply {
    let tree = try await sealed(call)
    let size = try number("size", call, in: 1...max(tree.size, 1)) ?? tree.size
    guard let from = try number("from", call, in: 1...max(size, 1)) else {
      throw Call.invalid("from", "the smaller size is expected")
    }
    return try await proof(
      MerkleTree.consistencyPath(from, size), fromSize: from, size: size, call)
  }

  /// Proves that an entry is in the log.
  @Sendable
  package static func getAuditProof(_ call: Call) async throws -> Reply {
    let log = AuditTree(worker: call.worker, access: try call.access)
    guard let index = try await log.leaf(of: try call.id(0, AuditEntryID.self))?.index else {
      throw Problem(.notFound)
    }
    let tree = try await sealed(call)
    let size = try number("size", call, in: (index + 1)...max(tree.size, index + 1)) ?? tree.size
    return try await proof(
      MerkleTree.inclusionPath(index, size: size), index: index, size: size, call)
  }

  /// The whole log up to its last checkpoint, a line an entry, details sealed as they are.
  @Sendable
  package static func exportAudit(_ call: Call) async throws -> Reply {
    let access = try call.access
    let tree = AuditTree(worker: call.worker, access: access)
    let rows = try await call.worker.database.find(access, AuditTreeStore.last(access))
    guard let checkpoint = try rows.first.map(AuditTreeStore.checkpoint) else {
      throw Problem(.notFound, "the log has no checkpoint yet: POST /v1/audit_checkpoints")
    }
    // Before anything is streamed: what begins well would be cut off in the middle.
    let check = AuditCheck(worker: call.worker, access: access)
    if let damage = try await check.missing() { throw Problem(.auditLogDamaged, damage.detail) }
    var reply = Reply()
    reply.contentType = "application/x-ndjson"
    reply.stream = { body in
      var writer = JSONWriter()
      AuditExportHead(note: checkpoint.note).write(to: &writer)
      writer.newline()
      try await body.write(writer.bytes)
      var last = AuditTreeStore.Place.start
      for start in stride(from: 0, to: checkpoint.size, by: exportedAtOnce) {
        let page = try await tree.leaves(
          after: last, from: start, limit: min(exportedAtOnce, checkpoint.size - start))
        var writer = JSONWriter(capacity: 512 * page.leaves.count)
        for leaf in page.leaves {
          leaf.write(to: &writer)
          writer.newline()
        }
        try await body.write(writer.bytes)
        last = page.last
      }
    }
    return reply
  }

  // MARK: Pieces

  private static func proof(
    _ ranges: [Range<Int>], index: Int? = nil, fromSize: Int? = nil, size: Int, _ call: Call
  ) async throws -> Reply {
    let hashes = try await AuditTree(worker: call.worker, access: try call.access).proof(ranges)
    return Reply(
      AuditProofView(
        index: index, fromSize: fromSize, size: size,
        hashes: hashes.map { Data($0).base64EncodedString() }))
  }

  private static func sealed(_ call: Call) async throws -> AuditTreeStore.Tree {
    let access = try call.access
    let rows = try await call.worker.database.find(access, AuditTreeStore.find(access))
    guard let row = rows.first else { throw Problem(.notFound, "the log is empty yet") }
    return try AuditTreeStore.tree(row)
  }

  private static func number(
    _ name: String, _ call: Call, in range: ClosedRange<Int>
  ) throws -> Int? {
    guard let text = call.parameter(name) else { return nil }
    guard let value = Int(text), value > 0 else {
      throw Call.invalid(name, "a size is expected: a whole number from 1 on")
    }
    guard range.contains(value) else {
      throw Problem(
        .notFound,
        "'\(name)' may be from \(range.lowerBound) to \(range.upperBound): the log has no other")
    }
    return value
  }

  /// A checkpoint in a list, which is ordered by size: cursors hold ids, and so the size is one.
  private struct Listed: View {
    let size: Int
    let view: AuditCheckpointView

    var id: UUID {
      var bytes = UUID.zero.uuid
      withUnsafeMutableBytes(of: &bytes) {
        $0.storeBytes(of: UInt64(size).bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      return UUID(uuid: bytes)
    }

    static func size(_ id: UUID) -> Int {
      withUnsafeBytes(of: id.uuid) {
        Int(UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
      }
    }

    func write(to writer: inout JSONWriter) { view.write(to: &writer) }
  }

  private static func view(
    _ checkpoint: AuditTreeStore.Checkpoint, _ worker: Worker, _ access: Access
  ) throws -> AuditCheckpointView {
    AuditCheckpointView(
      size: checkpoint.size, root: Data(checkpoint.root).base64EncodedString(),
      note: checkpoint.note, verifierKey: try worker.auditVerifier(of: access.tenant),
      at: checkpoint.at)
  }
}
