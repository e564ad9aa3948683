import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of erasures and their certificates.
package enum ErasureRoutes {
  @Sendable
  package static func listErasures(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    let account = try call.accountParameter()
    return try await call.list(
      access, filter: account?.description ?? "", id: \Erasure.id.uuid
    ) { after, limit in
      try await ErasureStore.list(
        database, access, after: after, limit: limit, account: account)
    }
  }

  @Sendable
  package static func getErasure(_ call: Call) async throws -> Reply {
    Reply(try await find(call))
  }

  /// A certificate: a signed statement, with the proof that the tenant's audit log has it.
  ///
  /// Where there is a ledger, there is no certificate before the erasure is written to it.
  @Sendable
  package static func getErasureCertificate(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let erasure = try await find(call)
    if worker.erasures.epochDays != nil && erasure.recordedAt == nil { throw pending() }
    let tree = AuditTree(worker: worker, access: access)
    let entry = try await worker.database.read(
      access, ErasureStore.auditEntry(of: erasure, access)
    ).first?.identifier(0, AuditEntryID.self)
    guard let entry, let checkpoint = try await tree.checkpoint() else { throw pending() }
    guard let leaf = try await tree.leaf(of: entry), leaf.index < checkpoint.size else {
      throw pending()
    }
    let hashes = try await tree.proof(MerkleTree.inclusionPath(leaf.index, size: checkpoint.size))
    let text = try await statement(erasure, worker, access)
    let name = ErasureCertificateView.origin(of: access.tenant)
    let key = try worker.auditKey(of: access.tenant)
    let note = try SignedNote.sign(
      "\(name)\n\(text)\n", name: name, key: key, digests: worker.sealer.digests)
    return Reply(
      try ErasureCertificateView(
        note: note,
        verifier: try SignedNote.Verifier(name: name, publicKey: key.publicKey())
          .text(worker.sealer.digests),
        leaf: leaf,
        proof: AuditProofView(
          index: leaf.index, fromSize: nil, size: checkpoint.size,
          hashes: hashes.map { Data($0).base64EncodedString() }), checkpoint: checkpoint.note,
        logVerifier: try worker.auditVerifier(of: access.tenant)))
  }

  private static func find(_ call: Call) async throws -> Erasure {
    let access = try call.access
    let id = try call.id(0, ErasureID.self)
    let rows = try await call.worker.database.find(access, ErasureStore.find(id, access))
    guard let erasure = try rows.first.map({ try ErasureStore.erasure($0, access) }) else {
      throw Problem(.notFound)
    }
    return erasure
  }

  private static func pending() -> Problem {
    var problem = Problem(.certificatePending)
    problem.headers = [("Retry-After", "5")]
    return problem
  }

  /// The statement that is signed, as one line of JSON.
  ///
  /// By hand after the members of the erasure: it is text in the certificate's note, no component of
  /// the contract.
  private static func statement(
    _ erasure: Erasure, _ worker: Worker, _ access: Access
  ) async throws -> String {
    let platform = SystemCaller(job: "certificate").access(to: .platform)
    let rows = try await worker.database.find(platform, EpochStore.minimum(platform))
    let isOver = try (rows.first?.int(0) ?? 0) > erasure.epoch && erasure.epoch > 0
    let ends = worker.erasures.epochDays.map {
      erasure.erasedAt.adding(seconds: Int64($0 + 1) * 86_400)
    }
    var copies: [ErasureCertificateView.Copy] = []
    if !isOver {
      copies.append(
        .init(
          place: "backups and write-ahead logs of the database",
          what: "the person's sealed fields and private content, with their wrapped key",
          readableUntil: ends,
          ends: ends == nil
            ? "no directory of epochs is set up: readable as long as a backup is kept"
            : "key epoch \(erasure.epoch) ends by then, and its key is destroyed"))
    }
    var writer = JSONWriter()
    writer.object { writer in
      Erasure.shape.writeMembers(of: erasure, &writer)
      writer.key("what_is_gone")
      writer.string(
        (["the account's key and profile"] + erasure.gone).joined(separator: ", ")
          + (erasure.method == .erase ? "" : "; a pseudonym is left"))
      writer.key("remaining_copies")
      writer.array { writer in for copy in copies { copy.write(to: &writer) } }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
