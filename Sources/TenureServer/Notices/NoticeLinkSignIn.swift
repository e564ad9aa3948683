import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Sign-in by the link of a notice: as the person it was sent to, for this case only.
///
/// Following a link changes nothing, so a mail scanner that does so does no harm.
package struct NoticeLinkSignIn: SignInScheme {
  private let worker: Worker

  package init(worker: Worker) { self.worker = worker }

  package func caller(
    _ credential: ArraySlice<UInt8>, now: Timestamp
  ) async throws -> Caller? {
    guard let token = LinkToken(parsing: credential),
      case .notice(let id, let destination) = token.link
    else { return nil }
    try worker.check(token)
    return Caller(reading: token.link, account: try await reader(of: id, destination))
  }

  /// The person that a link is for; nil where the case is over or decided, or this destination's
  /// link was used.
  private func reader(
    of id: CaseID, _ destination: DestinationID
  ) async throws -> AccountID {
    guard let (tenant, account) = try await CaseStore.tenant(of: id, worker.database) else {
      throw Problem.unauthenticated(.keyUnknown)
    }
    let access = SystemCaller(job: "notice_link").access(to: tenant)
    let rows = try await worker.database.run([
      access.context, CaseStore.find(id, access),
      DestinationStore.find(destination, of: id, access),
    ])
    guard let item = try rows[1].first.map({ try CaseStore.item($0, access) }),
      let place = try rows[2].first.map(DestinationStore.destination)
    else { throw Problem.unauthenticated(.keyUnknown) }
    if item.linkUsedAt != nil || place.linkUsedAt != nil {
      throw Problem.unauthenticated(.keyRevoked)
    }
    if !item.isAnswerable { throw Problem.unauthenticated(.keyExpired) }
    return account
  }
}
