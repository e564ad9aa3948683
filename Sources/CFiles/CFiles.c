#include "CFiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"  // #embed

static const unsigned char tenure[] = {
#embed "../../openapi/tenure.yaml" suffix(, 0)
};
static const unsigned char uts46[] = {
#embed "uts46.txt" suffix(, 0)
};
static const unsigned char looks[] = {
#embed "looks.txt" suffix(, 0)
};
static const unsigned char mail_providers[] = {
#embed "mail_providers.txt" suffix(, 0)
};
static const unsigned char M0001_foundation[] = {
#embed "../TenureSchema/Migrations/M0001_foundation.sql" suffix(, 0)
};
static const unsigned char M0002_tenants[] = {
#embed "../TenureSchema/Migrations/M0002_tenants.sql" suffix(, 0)
};
static const unsigned char M0003_keys[] = {
#embed "../TenureSchema/Migrations/M0003_keys.sql" suffix(, 0)
};
static const unsigned char M0004_accounts[] = {
#embed "../TenureSchema/Migrations/M0004_accounts.sql" suffix(, 0)
};
static const unsigned char M0005_audit[] = {
#embed "../TenureSchema/Migrations/M0005_audit.sql" suffix(, 0)
};
static const unsigned char M0006_requests[] = {
#embed "../TenureSchema/Migrations/M0006_requests.sql" suffix(, 0)
};
static const unsigned char M0007_operations[] = {
#embed "../TenureSchema/Migrations/M0007_operations.sql" suffix(, 0)
};
static const unsigned char M0008_audit_keys[] = {
#embed "../TenureSchema/Migrations/M0008_audit_keys.sql" suffix(, 0)
};
static const unsigned char M0009_events[] = {
#embed "../TenureSchema/Migrations/M0009_events.sql" suffix(, 0)
};
static const unsigned char M0010_domain_claims[] = {
#embed "../TenureSchema/Migrations/M0010_domain_claims.sql" suffix(, 0)
};
static const unsigned char M0011_takeovers[] = {
#embed "../TenureSchema/Migrations/M0011_takeovers.sql" suffix(, 0)
};
static const unsigned char M0012_affiliation[] = {
#embed "../TenureSchema/Migrations/M0012_affiliation.sql" suffix(, 0)
};
static const unsigned char M0013_deliveries[] = {
#embed "../TenureSchema/Migrations/M0013_deliveries.sql" suffix(, 0)
};
static const unsigned char M0014_receipts_by_statement[] = {
#embed "../TenureSchema/Migrations/M0014_receipts_by_statement.sql" suffix(, 0)
};
static const unsigned char M0015_release[] = {
#embed "../TenureSchema/Migrations/M0015_release.sql" suffix(, 0)
};
static const unsigned char M0016_audit_tree[] = {
#embed "../TenureSchema/Migrations/M0016_audit_tree.sql" suffix(, 0)
};
static const unsigned char M0017_lifecycle[] = {
#embed "../TenureSchema/Migrations/M0017_lifecycle.sql" suffix(, 0)
};
static const unsigned char M0018_holds[] = {
#embed "../TenureSchema/Migrations/M0018_holds.sql" suffix(, 0)
};
static const unsigned char M0019_account_changes[] = {
#embed "../TenureSchema/Migrations/M0019_account_changes.sql" suffix(, 0)
};
static const unsigned char M0020_content[] = {
#embed "../TenureSchema/Migrations/M0020_content.sql" suffix(, 0)
};
static const unsigned char M0021_epochs[] = {
#embed "../TenureSchema/Migrations/M0021_epochs.sql" suffix(, 0)
};
static const unsigned char M0022_retention[] = {
#embed "../TenureSchema/Migrations/M0022_retention.sql" suffix(, 0)
};
static const unsigned char M0023_takeover_blockers[] = {
#embed "../TenureSchema/Migrations/M0023_takeover_blockers.sql" suffix(, 0)
};
static const unsigned char M0024_subject_requests[] = {
#embed "../TenureSchema/Migrations/M0024_subject_requests.sql" suffix(, 0)
};
static const unsigned char M0025_policies[] = {
#embed "../TenureSchema/Migrations/M0025_policies.sql" suffix(, 0)
};
static const unsigned char M0026_communications[] = {
#embed "../TenureSchema/Migrations/M0026_communications.sql" suffix(, 0)
};
static const unsigned char M0027_content_transfers[] = {
#embed "../TenureSchema/Migrations/M0027_content_transfers.sql" suffix(, 0)
};
static const unsigned char M0028_account_notices[] = {
#embed "../TenureSchema/Migrations/M0028_account_notices.sql" suffix(, 0)
};
static const unsigned char M0029_key_versions[] = {
#embed "../TenureSchema/Migrations/M0029_key_versions.sql" suffix(, 0)
};
static const unsigned char M0030_isolated_content[] = {
#embed "../TenureSchema/Migrations/M0030_isolated_content.sql" suffix(, 0)
};
static const unsigned char M0031_leaves_by_statement[] = {
#embed "../TenureSchema/Migrations/M0031_leaves_by_statement.sql" suffix(, 0)
};
static const unsigned char M0032_leaves_in_batches[] = {
#embed "../TenureSchema/Migrations/M0032_leaves_in_batches.sql" suffix(, 0)
};
static const unsigned char M0033_pages_of_requests[] = {
#embed "../TenureSchema/Migrations/M0033_pages_of_requests.sql" suffix(, 0)
};
static const unsigned char M0034_results_go[] = {
#embed "../TenureSchema/Migrations/M0034_results_go.sql" suffix(, 0)
};
static const unsigned char M0035_events_by_transaction[] = {
#embed "../TenureSchema/Migrations/M0035_events_by_transaction.sql" suffix(, 0)
};
static const unsigned char M0036_clock[] = {
#embed "../TenureSchema/Migrations/M0036_clock.sql" suffix(, 0)
};
static const unsigned char M0040_destinations[] = {
#embed "../TenureSchema/Migrations/M0040_destinations.sql" suffix(, 0)
};
static const unsigned char M0041_sessions[] = {
#embed "../TenureSchema/Migrations/M0041_sessions.sql" suffix(, 0)
};
static const unsigned char M0042_codes[] = {
#embed "../TenureSchema/Migrations/M0042_codes.sql" suffix(, 0)
};
static const unsigned char M0043_cases[] = {
#embed "../TenureSchema/Migrations/M0043_cases.sql" suffix(, 0)
};
static const unsigned char M0044_disputes[] = {
#embed "../TenureSchema/Migrations/M0044_disputes.sql" suffix(, 0)
};
static const unsigned char M0045_accounts_under[] = {
#embed "../TenureSchema/Migrations/M0045_accounts_under.sql" suffix(, 0)
};
static const unsigned char M0046_personal_records[] = {
#embed "../TenureSchema/Migrations/M0046_personal_records.sql" suffix(, 0)
};
static const unsigned char M0049_domain_rights[] = {
#embed "../TenureSchema/Migrations/M0049_domain_rights.sql" suffix(, 0)
};
static const unsigned char M0050_contests_and_grants[] = {
#embed "../TenureSchema/Migrations/M0050_contests_and_grants.sql" suffix(, 0)
};
static const unsigned char M0051_tenant_names[] = {
#embed "../TenureSchema/Migrations/M0051_tenant_names.sql" suffix(, 0)
};
static const unsigned char M0052_disposal[] = {
#embed "../TenureSchema/Migrations/M0052_disposal.sql" suffix(, 0)
};
static const unsigned char M0053_account_moves[] = {
#embed "../TenureSchema/Migrations/M0053_account_moves.sql" suffix(, 0)
};
static const unsigned char M0055_persons[] = {
#embed "../TenureSchema/Migrations/M0055_persons.sql" suffix(, 0)
};
static const unsigned char M0056_times_of_control[] = {
#embed "../TenureSchema/Migrations/M0056_times_of_control.sql" suffix(, 0)
};
static const unsigned char M0057_what_is_held_stays[] = {
#embed "../TenureSchema/Migrations/M0057_what_is_held_stays.sql" suffix(, 0)
};
static const unsigned char M0058_selectors[] = {
#embed "../TenureSchema/Migrations/M0058_selectors.sql" suffix(, 0)
};
static const unsigned char M0059_queue[] = {
#embed "../TenureSchema/Migrations/M0059_queue.sql" suffix(, 0)
};
static const unsigned char M0060_audit_search[] = {
#embed "../TenureSchema/Migrations/M0060_audit_search.sql" suffix(, 0)
};
static const unsigned char M0061_told_before[] = {
#embed "../TenureSchema/Migrations/M0061_told_before.sql" suffix(, 0)
};
static const unsigned char M0075_whose_dispute[] = {
#embed "../TenureSchema/Migrations/M0075_whose_dispute.sql" suffix(, 0)
};
static const unsigned char M0076_what_the_platform_keeps[] = {
#embed "../TenureSchema/Migrations/M0076_what_the_platform_keeps.sql" suffix(, 0)
};
static const unsigned char M0077_who_leaves_a_hold[] = {
#embed "../TenureSchema/Migrations/M0077_who_leaves_a_hold.sql" suffix(, 0)
};
static const unsigned char M0078_reads_of_accounts[] = {
#embed "../TenureSchema/Migrations/M0078_reads_of_accounts.sql" suffix(, 0)
};
static const unsigned char M0062_what_was_so[] = {
#embed "../TenureSchema/Migrations/M0062_what_was_so.sql" suffix(, 0)
};
static const unsigned char M0063_whose_a_place_is[] = {
#embed "../TenureSchema/Migrations/M0063_whose_a_place_is.sql" suffix(, 0)
};
static const unsigned char M0064_where_it_was_told[] = {
#embed "../TenureSchema/Migrations/M0064_where_it_was_told.sql" suffix(, 0)
};
static const unsigned char M0066_names_are_hashes[] = {
#embed "../TenureSchema/Migrations/M0066_names_are_hashes.sql" suffix(, 0)
};
static const unsigned char M0067_said_of_a_person[] = {
#embed "../TenureSchema/Migrations/M0067_said_of_a_person.sql" suffix(, 0)
};
static const unsigned char M0068_suspended_tenants[] = {
#embed "../TenureSchema/Migrations/M0068_suspended_tenants.sql" suffix(, 0)
};
static const unsigned char M0069_undone_later[] = {
#embed "../TenureSchema/Migrations/M0069_undone_later.sql" suffix(, 0)
};
static const unsigned char M0070_times_of_suspension[] = {
#embed "../TenureSchema/Migrations/M0070_times_of_suspension.sql" suffix(, 0)
};
static const unsigned char M0071_names_are_proven[] = {
#embed "../TenureSchema/Migrations/M0071_names_are_proven.sql" suffix(, 0)
};
static const unsigned char M0072_two_transactions[] = {
#embed "../TenureSchema/Migrations/M0072_two_transactions.sql" suffix(, 0)
};

static const struct {
  const char *name;
  const unsigned char *text;
} files[] = {
    {"tenure.yaml", tenure},
    {"uts46.txt", uts46},
    {"looks.txt", looks},
    {"mail_providers.txt", mail_providers},
    {"M0001_foundation.sql", M0001_foundation},
    {"M0002_tenants.sql", M0002_tenants},
    {"M0003_keys.sql", M0003_keys},
    {"M0004_accounts.sql", M0004_accounts},
    {"M0005_audit.sql", M0005_audit},
    {"M0006_requests.sql", M0006_requests},
    {"M0007_operations.sql", M0007_operations},
    {"M0008_audit_keys.sql", M0008_audit_keys},
    {"M0009_events.sql", M0009_events},
    {"M0010_domain_claims.sql", M0010_domain_claims},
    {"M0011_takeovers.sql", M0011_takeovers},
    {"M0012_affiliation.sql", M0012_affiliation},
    {"M0013_deliveries.sql", M0013_deliveries},
    {"M0014_receipts_by_statement.sql", M0014_receipts_by_statement},
    {"M0015_release.sql", M0015_release},
    {"M0016_audit_tree.sql", M0016_audit_tree},
    {"M0017_lifecycle.sql", M0017_lifecycle},
    {"M0018_holds.sql", M0018_holds},
    {"M0019_account_changes.sql", M0019_account_changes},
    {"M0020_content.sql", M0020_content},
    {"M0021_epochs.sql", M0021_epochs},
    {"M0022_retention.sql", M0022_retention},
    {"M0023_takeover_blockers.sql", M0023_takeover_blockers},
    {"M0024_subject_requests.sql", M0024_subject_requests},
    {"M0025_policies.sql", M0025_policies},
    {"M0026_communications.sql", M0026_communications},
    {"M0027_content_transfers.sql", M0027_content_transfers},
    {"M0028_account_notices.sql", M0028_account_notices},
    {"M0029_key_versions.sql", M0029_key_versions},
    {"M0030_isolated_content.sql", M0030_isolated_content},
    {"M0031_leaves_by_statement.sql", M0031_leaves_by_statement},
    {"M0032_leaves_in_batches.sql", M0032_leaves_in_batches},
    {"M0033_pages_of_requests.sql", M0033_pages_of_requests},
    {"M0034_results_go.sql", M0034_results_go},
    {"M0035_events_by_transaction.sql", M0035_events_by_transaction},
    {"M0036_clock.sql", M0036_clock},
    {"M0040_destinations.sql", M0040_destinations},
    {"M0041_sessions.sql", M0041_sessions},
    {"M0042_codes.sql", M0042_codes},
    {"M0043_cases.sql", M0043_cases},
    {"M0044_disputes.sql", M0044_disputes},
    {"M0045_accounts_under.sql", M0045_accounts_under},
    {"M0046_personal_records.sql", M0046_personal_records},
    {"M0049_domain_rights.sql", M0049_domain_rights},
    {"M0050_contests_and_grants.sql", M0050_contests_and_grants},
    {"M0051_tenant_names.sql", M0051_tenant_names},
    {"M0052_disposal.sql", M0052_disposal},
    {"M0053_account_moves.sql", M0053_account_moves},
    {"M0055_persons.sql", M0055_persons},
    {"M0056_times_of_control.sql", M0056_times_of_control},
    {"M0057_what_is_held_stays.sql", M0057_what_is_held_stays},
    {"M0058_selectors.sql", M0058_selectors},
    {"M0059_queue.sql", M0059_queue},
    {"M0060_audit_search.sql", M0060_audit_search},
    {"M0061_told_before.sql", M0061_told_before},
    {"M0062_what_was_so.sql", M0062_what_was_so},
    {"M0063_whose_a_place_is.sql", M0063_whose_a_place_is},
    {"M0064_where_it_was_told.sql", M0064_where_it_was_told},
    {"M0066_names_are_hashes.sql", M0066_names_are_hashes},
    {"M0067_said_of_a_person.sql", M0067_said_of_a_person},
    {"M0068_suspended_tenants.sql", M0068_suspended_tenants},
    {"M0069_undone_later.sql", M0069_undone_later},
    {"M0075_whose_dispute.sql", M0075_whose_dispute},
    {"M0076_what_the_platform_keeps.sql", M0076_what_the_platform_keeps},
    {"M0077_who_leaves_a_hold.sql", M0077_who_leaves_a_hold},
    {"M0078_reads_of_accounts.sql", M0078_reads_of_accounts},
    {"M0070_times_of_suspension.sql", M0070_times_of_suspension},
    {"M0071_names_are_proven.sql", M0071_names_are_proven},
    {"M0072_two_transactions.sql", M0072_two_transactions},
};

const char *cfiles_text(const char *name) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (!strcmp(files[i].name, name)) return (const char *)files[i].text;
  }
  fprintf(stderr, "CFiles.c does not name %s\n", name);
  abort();
}
