import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Sign-in by the link of a package: the person it was made for, until it is thrown away, or until
/// its link was used and some time has passed, in which a download that broke off can be repeated.
package struct PackageLinkSignIn: SignInScheme {
  private let worker: Worker

  package init(worker: Worker) { self.worker = worker }

  package func caller(
    _ credential: ArraySlice<UInt8>, now: Timestamp
  ) async throws -> Caller? {
    guard let token = LinkToken(parsing: credential), case .package(let id) = token.link else {
      return nil
    }
    try worker.check(token)
    return Caller(reading: token.link, account: try await reader(of: id, now))
  }

  private func reader(of id: SubjectRequestID, _ now: Timestamp) async throws -> AccountID {
    guard let (tenant, account) = try await SubjectRequestStore.tenant(of: id, worker.database)
    else { throw Problem.unauthenticated(.keyUnknown) }
    let access = SystemCaller(job: "package_link").access(to: tenant)
    let rows = try await worker.database.find(access, PackageStore.find(id, access))
    guard let package = try rows.first.map(PackageStore.package), let expiresAt = package.expiresAt
    else { throw Problem.unauthenticated(.keyUnknown) }
    if let collectedAt = package.collectedAt,
      collectedAt.adding(seconds: PackageStore.repeatSeconds) <= now
    {
      throw Problem.unauthenticated(.keyRevoked)
    }
    if expiresAt <= now { throw Problem.unauthenticated(.keyExpired) }
    return account
  }
}
