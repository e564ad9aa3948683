import Foundation
import HTTP
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints of imports as NDJSON, and of the operations that carry them out.
package enum ImportRoutes {
  @Sendable
  package static func createImport(_ call: Call) async throws -> Reply {
    try await ImportIntake(call: call, rows: .accounts).run()
  }

  @Sendable
  package static func listOperations(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    return try await call.list(access, id: \Tenure.Operation.id.uuid) { after, limit in
      try await OperationStore.list(database, access, after: after, limit: limit)
    }
  }

  @Sendable
  package static func getOperation(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, OperationID.self)
    let rows = try await call.worker.database.find(access, OperationStore.find(id, access))
    guard let operation = try rows.first.map(OperationStore.operation) else {
      throw Problem(.notFound)
    }
    return Reply(operation, version: operation.version)
  }

  /// The results of an operation so far, a line for each row or item.
  @Sendable
  package static func listOperationResults(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, OperationID.self)
    let worker = call.worker
    guard try await worker.database.find(access, OperationStore.find(id, access)).first != nil
    else { throw Problem(.notFound) }
    let tenantKey = try await worker.tenantKey(access)
    var reply = Reply()
    reply.contentType = "application/x-ndjson"
    reply.stream = { body in
      var chunk = -1
      while let row = try await worker.database.find(
        access, OperationStore.results(id, after: chunk, access)
      ).first {
        chunk = try row.int(0)
        try await body.write(
          try worker.sealer.open(
            try row.bytes(1), under: tenantKey,
            at: OperationChunk.place("results", id, chunk, access)))
      }
    }
    return reply
  }

  /// Stops an operation between two chunks; what is done is not undone.
  @Sendable
  package static func cancelOperation(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, OperationID.self)
    return try await call.change(access) { change in
      guard try await change.transaction.run(OperationStore.find(id, access)).first != nil else {
        throw Problem(.notFound)
      }
      let rows = try await change.transaction.run(
        OperationStore.finish(id, .cancelled, at: call.now, access)
          + [ContentTransferStore.end(id, at: call.now, access)])
      guard let row = rows[0].first else { throw Problem(.operationFinished) }
      change.record("operation.cancelled", id)
      return Reply(try OperationStore.operation(row))
    }
  }
}
