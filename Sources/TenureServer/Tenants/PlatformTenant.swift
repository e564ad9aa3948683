import Foundation
package import Postgres
package import Tenure
import TenureAPI
import TenureKernel
package import Vault

/// The operator's own tenant, which has what belongs to no other tenant.
package enum PlatformTenant {
  /// The platform's key, which is made at the first start.
  ///
  /// A root key that cannot unwrap it is the wrong one: the service does not start.
  package static func key(
    _ database: Database, keyring: Keyring, at now: Timestamp
  ) async throws -> TenantKey {
    let access = SystemCaller(job: "bootstrap").access(to: .platform)
    let sealer = try Sealer()
    if try await TenantKeyStore.versions(at: now, database, access) == nil {
      let key = try keyring.makeTenantKey(TenantID.platform.uuid, version: 1, sealer: sealer)
      let platform = Tenant(
        id: .platform, name: "Platform", state: .active, createdAt: now, updatedAt: now, version: 1)
      do {
        _ = try await database.run(
          [
            access.context, TenantStore.insert(platform),
            TenantKeyStore.insert(key, rootID: keyring.root.id, at: now, access),
          ], commits: true)
      } catch let error as PostgresError where error.isUniqueViolation {
        // Another process has made it; that one is read below.
      }
    }
    guard let found = try await TenantKeyStore.versions(at: now, database, access) else {
      throw ServiceFailure(description: "the platform's key cannot be read")
    }
    do {
      return try keyring.unwrapTenantKey(
        found.keys, writing: found.writing, tenant: TenantID.platform.uuid, sealer: sealer)
    } catch {
      throw ServiceFailure(
        description: "the root key \(keyring.root.id) is not the one this database was sealed with")
    }
  }
}
