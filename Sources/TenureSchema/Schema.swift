import CFiles
package import Postgres

/// The schema, as ordered steps.
///
/// `Tests/TenureServerTests/House/schema.sql` is what they lead to.
package enum Schema {
  package static let migrations: [Migration] = [
    step("M0001_foundation"),
    step("M0002_tenants"),
    step("M0003_keys"),
    step("M0004_accounts"),
    step("M0005_audit"),
    step("M0006_requests"),
    step("M0007_operations"),
    step("M0008_audit_keys"),
    step("M0009_events"),
    step("M0010_domain_claims"),
    step("M0011_takeovers"),
    step("M0012_affiliation"),
    step("M0013_deliveries"),
    step("M0014_receipts_by_statement"),
    step("M0015_release"),
    step("M0016_audit_tree"),
    step("M0017_lifecycle"),
    step("M0018_holds"),
    step("M0019_account_changes"),
    step("M0020_content"),
    step("M0021_epochs"),
    step("M0022_retention"),
    step("M0023_takeover_blockers"),
    step("M0024_subject_requests"),
    step("M0025_policies"),
    step("M0026_communications"),
    step("M0027_content_transfers"),
    step("M0028_account_notices"),
    step("M0029_key_versions"),
    step("M0030_isolated_content"),
    step("M0031_leaves_by_statement"),
    step("M0032_leaves_in_batches"),
    step("M0033_pages_of_requests"),
    step("M0034_results_go"),
    step("M0035_events_by_transaction"),
    step("M0036_clock"),
    step("M0040_destinations"),
    step("M0041_sessions"),
    step("M0042_codes"),
    step("M0043_cases"),
    step("M0044_disputes"),
    step("M0045_accounts_under"),
    step("M0046_personal_records"),
    step("M0049_domain_rights"),
    step("M0050_contests_and_grants"),
    step("M0051_tenant_names"),
    step("M0052_disposal"),
    step("M0053_account_moves"),
    step("M0055_persons"),
    step("M0056_times_of_control"),
    step("M0057_what_is_held_stays"),
    step("M0058_selectors"),
    step("M0059_queue"),
    step("M0060_audit_search"),
    step("M0061_told_before"),
    step("M0062_what_was_so"),
    step("M0063_whose_a_place_is"),
    step("M0064_where_it_was_told"),
    step("M0066_names_are_hashes"),
    step("M0068_suspended_tenants"),
  ]

  private static func step(_ name: String) -> Migration {
    Migration(name: name, sql: String(cString: cfiles_text(name + ".sql")))
  }
}
