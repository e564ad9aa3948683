import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Packages, as whoever answers the request sees them: what is in them, not what it says.
package enum PackageRoutes {
  @Sendable
  package static func getRequestPackage(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, SubjectRequestID.self)
    let rows = try await call.worker.database.find(access, SubjectRequestStore.find(id, access))
    guard let stored = try rows.first.map({ try SubjectRequestStore.stored($0, access) }) else {
      throw Problem(.notFound)
    }
    guard let view = try await view(id, call.worker, access) else {
      throw Problem(.packagePending)
    }
    try await call.record(
      [Reading("package.read", id, subject: stored.request.account)], in: access)
    return Reply(view)
  }

  /// nil while the package is being made, and where there is none.
  static func view(
    _ id: SubjectRequestID, _ worker: Worker, _ access: Access
  ) async throws -> PackageView? {
    let rows = try await worker.database.find(access, PackageStore.find(id, access))
    guard let package = try rows.first.map(PackageStore.package), let manifest = package.manifest,
      let expiresAt = package.expiresAt
    else { return nil }
    let verifier = SignedNote.Verifier(
      name: PackageView.origin(of: access.tenant),
      publicKey: try worker.auditKey(of: access.tenant).publicKey())
    return PackageView(
      request: id, manifest: manifest, verifier: try verifier.text(worker.sealer.digests),
      expiresAt: expiresAt, collectedAt: package.collectedAt)
  }
}

extension Worker {
  /// Seals a file of a package under the tenant's key of the person.
  func seal(
    file id: UUID, _ content: [UInt8], of account: AccountID, _ key: KeyMaterial, _ access: Access
  ) throws -> [UInt8] {
    try sealer.seal(content, key: key, keyVersion: 1, at: Self.place(id, account, access))
  }

  /// Opens what `seal(file:_:of:_:_:)` made.
  func open(
    _ file: PackageStore.File, of account: AccountID, _ key: KeyMaterial, _ access: Access
  ) throws -> [UInt8] {
    try sealer.open(file.content, key: key, at: Self.place(file.id, account, access))
  }

  private static func place(_ file: UUID, _ account: AccountID, _ access: Access) -> FieldPlace {
    FieldPlace(
      table: "package_files", column: "content", tenant: access.tenant.uuid, row: file,
      subject: account.uuid)
  }
}
