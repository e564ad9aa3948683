import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Receives the rows of a file and stores them sealed, chunk by chunk; the job begins when all have
/// arrived.
package struct ImportIntake {
  /// The most rows of a chunk, which is carried out in one transaction.
  static let rowsPerChunkMax = 500
  static let chunkBytesMax = 1_024 * 1_024
  static let lineBytesMax = 64 * 1_024
  package static let bodyBytesMax = 512 * 1_024 * 1_024
  /// How many files of one tenant can be received or carried out at the same time.
  static let filesMax = 8
  /// Seconds after which a file that has not arrived completely is given up.
  static let receivingSeconds: Int64 = 3_600

  let call: Call
  /// The kind of operation, which says what the rows are.
  let rows: Tenure.Operation.Kind

  /// Receives the file, and replies with the operation.
  func run() async throws -> Reply {
    let access = try call.access
    guard let body = call.request.bodyStream else { throw Problem(.unsupportedMediaType) }
    let worker = call.worker
    let tenantKey = try await worker.tenantKey(access)
    let since = call.now.adding(seconds: -Self.receivingSeconds)
    let atWork = try await worker.database.find(
      access, OperationStore.countAtWork(receivingSince: since, access))
    guard try atWork.first?.int(0) ?? 0 < Self.filesMax else {
      throw Problem(.tooManyOperations, "there may be \(Self.filesMax)")
    }
    let id = OperationID(at: call.now)
    _ = try await worker.database.run(
      [access.context, OperationStore.insert(id, kind: rows, at: call.now, access)],
      commits: true)
    do {
      let received = try await receive(body, id, worker, tenantKey, access)
      if received.total == 0 { throw Problem.invalid("", "the body holds no row") }
      return try await start(id, received, access)
    } catch {
      // Of a body that was cut off nothing is carried out, so the file can be sent again.
      _ = try? await worker.database.run(
        [access.context] + OperationStore.finish(id, .failed, at: worker.clock.now, access),
        commits: true)
      if let error = error as? BodyStream.Interrupted {
        throw Problem(.ofTransport(status: error.status), "\(error.reason)")
      }
      throw error
    }
  }

  /// Starts the job, and replies with the operation.
  ///
  /// Rows that cannot be undone need a second person's approval of exactly these rows first: until
  /// then the file is dropped, and must be sent again.
  private func start(
    _ id: OperationID, _ received: Received, _ access: Access
  ) async throws -> Reply {
    try await call.changeByStream(access) { change in
      let now = call.worker.clock.now
      let object = "\(received.total) rows, sha256 \(Hexadecimal.encode(received.digest))"
      if received.takesTwo,
        let pending = try await call.secondPersonIfAny(
          "accounts.\(rows == .erasures ? "erased" : "deleted")", object, change,
          content: received.digest)
      {
        try await change.transaction.run(OperationStore.finish(id, .failed, at: now, access))
        return pending
      }
      let found = try await change.transaction.run(
        OperationStore.start(
          id, .importing, total: received.total, at: now,
          origin: try await call.origin(of: id.uuid, access), access)
          + [OperationStore.find(id, access)])
      change.record("import.created", id)
      guard let row = found.last?.first else { throw Problem(.notFound) }
      return Reply(status: 202, try OperationStore.operation(row), location: "/v1/operations/\(id)")
    }
  }

  /// What has arrived: the number of rows, a digest over all of them in order, and whether one of
  /// them needs a second person's approval.
  private struct Received {
    var total = 0
    var digest: [UInt8] = []
    var takesTwo = false
  }

  /// Stores the rows as they arrive.
  private func receive(
    _ body: BodyStream, _ id: OperationID, _ worker: Worker, _ tenantKey: TenantKey,
    _ access: Access
  ) async throws -> Received {
    var received = Received()
    var (chunk, firstRow) = (0, 1)
    var lines: [UInt8] = []
    var linesCount = 0

    func store() async throws {
      if linesCount == 0 { return }
      // Each chunk's digest is part of the next one's, and equal files are cut into equal chunks.
      received.digest = try worker.sealer.digests.sha256(received.digest + lines)
      let sealed = try worker.sealer.seal(
        lines, under: tenantKey,
        at: OperationChunk.place("payload", id, chunk, access))
      _ = try await worker.database.run(
        [
          access.context,
          OperationStore.insertChunk(
            id, chunk, firstRow: firstRow, rows: linesCount, payload: sealed, access),
        ], commits: true)
      (chunk, firstRow) = (chunk + 1, firstRow + linesCount)
      received.total += linesCount
      lines.removeAll(keepingCapacity: true)
      linesCount = 0
    }

    func tooLong() -> Problem {
      Problem.invalid(
        "/\(received.total + linesCount)", "the row is longer than \(Self.lineBytesMax) bytes")
    }

    func take(_ line: ArraySlice<UInt8>) async throws {
      if received.total + linesCount == 0 && JSONLines.firstByte(of: line) != UInt8(ascii: "{") {
        throw Problem.invalid("/0", "the body must be NDJSON: one JSON object a line")
      }
      if line.count > Self.lineBytesMax { throw tooLong() }
      if rows != .accounts {
        let verb = try verb(of: line, at: "/\(received.total + linesCount)", access)
        if verb.act.takesTwo { received.takesTwo = true }
      }
      lines.append(contentsOf: line)
      lines.append(0x0A)
      linesCount += 1
      if linesCount == Self.rowsPerChunkMax || lines.count >= Self.chunkBytesMax {
        try await store()
      }
    }

    var arrived = JSONLines()
    func takeWhole() async throws {
      while let line = try next() { try await take(line) }
    }
    func next() throws -> ArraySlice<UInt8>? {
      do throws(JSONError) { return try arrived.next() } catch { throw Problem(error) }
    }
    while let piece = try await body.next() {
      arrived.add(piece)
      try await takeWhole()
      if arrived.unendedCount > Self.lineBytesMax { throw tooLong() }
    }
    arrived.end()
    try await takeWhole()
    try await store()
    return received
  }

  /// The verb that a row asks for.
  ///
  /// A row that is not a verb refuses the whole file before anything is done: such files come from
  /// programs, and what is wrong with one row is wrong with more. A row about an account that does
  /// not allow the verb has its own outcome instead.
  private func verb(
    of line: ArraySlice<UInt8>, at pointer: String, _ access: Access
  ) throws -> AccountVerb {
    let verb: AccountVerb
    do { verb = try AccountChangeRow(parsing: Array(line)).verb } catch {
      throw Problem.invalid(pointer + error.pointer, error.detail)
    }
    try call.checkVerb(verb, erases: rows == .erasures, at: pointer + "/verb", access)
    return verb
  }
}

/// The chunks of an operation's rows and results.
enum OperationChunk {
  /// The place that a chunk is sealed for.
  static func place(
    _ column: StaticString, _ id: OperationID, _ chunk: Int, _ access: Access
  ) -> FieldPlace {
    var bytes = id.uuid.uuid
    withUnsafeMutableBytes(of: &bytes) { raw in
      // The chunk's number is in the low bytes, so that no chunk can take the place of another.
      raw.storeBytes(of: UInt32(chunk).bigEndian, toByteOffset: 12, as: UInt32.self)
    }
    return FieldPlace(
      table: "import_chunks", column: column, tenant: access.tenant.uuid,
      row: UUID(uuid: bytes), subject: id.uuid)
  }
}

extension JobKind {
  package static let importing = JobKind("import")
}

extension Call {
  /// Refuses a verb that belongs to another kind of operation, by whether it can be taken back, or
  /// that needs another permission: releasing an account takes the permission by which it was taken
  /// over.
  func checkVerb(
    _ verb: AccountVerb, erases: Bool, at pointer: String, _ access: Access
  ) throws {
    guard verb.isIrreversible == erases else {
      throw Problem.invalid(pointer, "the verb '\(verb.rawValue)' is not done here")
    }
    if verb == .release { _ = try access.caller.authorize(.takeoversWrite, in: access.tenant) }
  }
}
