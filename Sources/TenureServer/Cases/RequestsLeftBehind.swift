import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What becomes of the requests about somebody who leaves a control that is suspended.
///
/// They keep nobody there. Whatever the person asked for stays with whoever was asked, who answers
/// with the data at hand; what the controller entered itself ends, and so does what only who has the
/// account can do. The person is told.
struct RequestsLeftBehind: Sendable {
  /// What the person reads as the answer.
  private static let answer = "The control of the account has ended."

  let worker: Worker
  let access: Access
  let now: Timestamp

  /// Ends them; the context is the controller's.
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
