import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// What a person wants to have of an account before somebody else controls it: a request for what
/// they gave (GDPR Article 20), answered by the platform at once, whose package goes to places of the
/// person's own.
struct ExportRequest: Sendable {
  /// In the platform's scope: nobody controls the account yet.
  let change: Change

  /// Enters the request and grants it; where the person waits for one already, that is the answer.
  func enter(for account: AccountID) async throws {
    let (transaction, access) = (change.transaction, change.access)
    let policy = try await TenantStore.policy(access, transaction)
    let now = change.call.now
    var request = SubjectRequest(
      id: SubjectRequestID(at: now), controller: access.tenant, account: account,
      kind: .portability, purposes: [], rule: CountingRule.all[0], receivedAt: now,
      requestedBy: account.description, at: now, in: policy.zone)
    try request.grant(at: now)
    let details = try change.call.worker.seal(
      RequestDetails(details: nil, correction: nil), of: request,
      try await SubjectRequestRoutes.key(of: account, change))
    do {
      _ = try await transaction.attempt([
        SubjectRequestStore.insert(request, details: details, access),
        PackageStore.insert(request.id, access),
      ])
    } catch let error as PostgresError where error.constraint == "requests_one_open_of_a_type" {
      return
    }
    try await transaction.run(change.enqueue(request.id.uuid, .request, at: now))
    change.record("request.received", request.id, subject: account)
    change.telling.tell(.requestReceived, request, of: access)
  }
}
