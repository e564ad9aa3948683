package import Foundation
package import Postgres
package import Tenure
import Vault

/// The request that a job carries out.
///
/// Audit entries of what the job does name it.
package struct JobOrigin: Sendable {
  /// The actor that has asked, as audit entries name it.
  package let actor: String
  package let requestID: String
  /// The caller's reason, sealed under the tenant's key; nil where they gave none.
  package let reason: [UInt8]?

  fileprivate static func place(_ job: UUID, _ access: Access) -> FieldPlace {
    FieldPlace(
      table: "jobs", column: "reason", tenant: access.tenant.uuid, row: job,
      subject: access.tenant.uuid)
  }
}

extension Call {
  /// What a job that carries out this request keeps of it: the actor, the request's id, and the
  /// reason.
  package func origin(of job: UUID, _ access: Access) async throws -> JobOrigin {
    let reason = try await reason.asyncMap { reason in
      try worker.sealer.seal(
        Array(reason.utf8), under: try await worker.tenantKey(access),
        at: JobOrigin.place(job, access))
    }
    return JobOrigin(actor: access.caller.actor, requestID: requestID, reason: reason)
  }
}

extension Change {
  /// Enqueues a job that carries out this request, for the change's own tenant.
  package func enqueue(_ job: UUID, _ kind: JobKind, at: Timestamp) async throws -> SQL {
    JobStore.enqueue(
      job, kind, at: at, origin: try await call.origin(of: job, access), access)
  }
}

extension Telling {
  /// The telling for a job: the service acts on behalf of whoever asked, under their request's id
  /// and with their reason.
  ///
  /// For a job that nobody asked for, `otherwise` stands for the request's id; `reason` replaces
  /// the reason.
  package static func of(
    _ job: UUID, for origin: JobOrigin?, otherwise: some CustomStringConvertible,
    reason: String? = nil, at now: Timestamp, by worker: Worker, _ access: Access
  ) async throws -> Telling {
    guard let origin else {
      return Telling(
        at: now, actor: access.caller.actor, requestID: otherwise.description, reason: reason)
    }
    let given = try await origin.reason.asyncMap { sealed in
      String(
        decoding: try worker.sealer.open(
          sealed, under: try await worker.tenantKey(access), at: JobOrigin.place(job, access)),
        as: UTF8.self)
    }
    return Telling(
      at: now, actor: access.caller.actor, requestID: origin.requestID, reason: reason ?? given,
      onBehalfOf: origin.actor)
  }
}

extension Optional {
  fileprivate func asyncMap<Value>(
    _ transform: (Wrapped) async throws -> Value
  ) async throws -> Value? {
    guard let self else { return nil }
    return try await transform(self)
  }
}
