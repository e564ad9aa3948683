import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// The requests about a person who leaves a suspended control.
///
/// They do not keep the person there. What the person asked for stays with the tenant, which
/// answers with the data it has. Requests that the controller entered are refused, and so are
/// erasures and rectifications, which only the account's custodian can carry out. The person is
/// told.
struct RequestsLeftBehind: Sendable {
  /// The answer that the person reads.
  private static let answer = "The control of the account has ended."

  let worker: Worker
  let access: Access
  let now: Timestamp

  /// Refuses these requests.
  ///
  /// The transaction must have the controller's context.
  func end(
    of account: AccountID, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    let open = try await transaction.run(SubjectRequestStore.lockOpen(of: account, access))
      .map { try SubjectRequestStore.stored($0, access) }
      .filter { !$0.request.isPersonsOwn || $0.request.kind.needsTheAccount }
    if open.isEmpty { return }
    let key = try await worker.personKeys(of: [account], access) {
      try await transaction.run($0)
    }[account]
    for stored in open {
      var request = stored.request
      if request.state == .granted && request.kind.isPackaged {
        try await transaction.run(PackageStore.deleteFiles(of: request.id, access))
      }
      do { try request.refuse(at: now) } catch { continue }
      var details = worker.open(stored, key)
      details.answer = Self.answer
      let sealed = try key.map { try worker.seal(details, of: request, $0) } ?? stored.details
      try await transaction.run(SubjectRequestStore.save(request, details: sealed, access))
      telling.record(
        EventType.requestRefused.rawValue, request.id, subject: request.account, in: access)
      telling.tell(.requestRefused, request, of: access)
    }
  }
}
