package import Postgres

/// The schema, as ordered steps.
///
/// `Tests/TenureServerTests/House/schema.sql` is what they lead to.
package enum Schema {
  package static let migrations: [Migration] = [
    step("M0001_foundation", PackageResources.M0001_foundation_sql),
    step("M0002_tenants", PackageResources.M0002_tenants_sql),
    step("M0003_keys", PackageResources.M0003_keys_sql),
    step("M0004_accounts", PackageResources.M0004_accounts_sql),
    step("M0005_audit", PackageResources.M0005_audit_sql),
    step("M0006_requests", PackageResources.M0006_requests_sql),
    step("M0007_operations", PackageResources.M0007_operations_sql),
    step("M0008_audit_keys", PackageResources.M0008_audit_keys_sql),
    step("M0009_events", PackageResources.M0009_events_sql),
    step("M0010_domain_claims", PackageResources.M0010_domain_claims_sql),
    step("M0011_takeovers", PackageResources.M0011_takeovers_sql),
  ]

  private static func step(_ name: String, _ bytes: [UInt8]) -> Migration {
    Migration(name: name, sql: String(decoding: bytes, as: UTF8.self))
  }
}
