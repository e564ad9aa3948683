#include "CFiles.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"  // #embed

static const unsigned char tenure[] = {
#embed "../../openapi/tenure.yaml"
};
static const unsigned char uts46[] = {
#embed "uts46.txt"
};
static const unsigned char mail_providers[] = {
#embed "mail_providers.txt"
};
static const unsigned char M0001_foundation[] = {
#embed "../TenureSchema/Migrations/M0001_foundation.sql"
};
static const unsigned char M0002_tenants[] = {
#embed "../TenureSchema/Migrations/M0002_tenants.sql"
};
static const unsigned char M0003_keys[] = {
#embed "../TenureSchema/Migrations/M0003_keys.sql"
};
static const unsigned char M0004_accounts[] = {
#embed "../TenureSchema/Migrations/M0004_accounts.sql"
};
static const unsigned char M0005_audit[] = {
#embed "../TenureSchema/Migrations/M0005_audit.sql"
};
static const unsigned char M0006_requests[] = {
#embed "../TenureSchema/Migrations/M0006_requests.sql"
};
static const unsigned char M0007_operations[] = {
#embed "../TenureSchema/Migrations/M0007_operations.sql"
};
static const unsigned char M0008_audit_keys[] = {
#embed "../TenureSchema/Migrations/M0008_audit_keys.sql"
};
static const unsigned char M0009_events[] = {
#embed "../TenureSchema/Migrations/M0009_events.sql"
};
static const unsigned char M0010_domain_claims[] = {
#embed "../TenureSchema/Migrations/M0010_domain_claims.sql"
};
static const unsigned char M0011_takeovers[] = {
#embed "../TenureSchema/Migrations/M0011_takeovers.sql"
};
static const unsigned char M0012_affiliation[] = {
#embed "../TenureSchema/Migrations/M0012_affiliation.sql"
};
static const unsigned char M0013_deliveries[] = {
#embed "../TenureSchema/Migrations/M0013_deliveries.sql"
};
static const unsigned char M0014_receipts_by_statement[] = {
#embed "../TenureSchema/Migrations/M0014_receipts_by_statement.sql"
};
static const unsigned char M0015_release[] = {
#embed "../TenureSchema/Migrations/M0015_release.sql"
};
static const unsigned char M0016_audit_tree[] = {
#embed "../TenureSchema/Migrations/M0016_audit_tree.sql"
};
static const unsigned char M0017_lifecycle[] = {
#embed "../TenureSchema/Migrations/M0017_lifecycle.sql"
};

#define FILE_NAMED(name, bytes) {name, bytes, sizeof bytes}
static const struct {
  const char *name;
  const unsigned char *bytes;
  size_t count;
} files[] = {
    FILE_NAMED("tenure.yaml", tenure),
    FILE_NAMED("uts46.txt", uts46),
    FILE_NAMED("mail_providers.txt", mail_providers),
    FILE_NAMED("M0001_foundation.sql", M0001_foundation),
    FILE_NAMED("M0002_tenants.sql", M0002_tenants),
    FILE_NAMED("M0003_keys.sql", M0003_keys),
    FILE_NAMED("M0004_accounts.sql", M0004_accounts),
    FILE_NAMED("M0005_audit.sql", M0005_audit),
    FILE_NAMED("M0006_requests.sql", M0006_requests),
    FILE_NAMED("M0007_operations.sql", M0007_operations),
    FILE_NAMED("M0008_audit_keys.sql", M0008_audit_keys),
    FILE_NAMED("M0009_events.sql", M0009_events),
    FILE_NAMED("M0010_domain_claims.sql", M0010_domain_claims),
    FILE_NAMED("M0011_takeovers.sql", M0011_takeovers),
    FILE_NAMED("M0012_affiliation.sql", M0012_affiliation),
    FILE_NAMED("M0013_deliveries.sql", M0013_deliveries),
    FILE_NAMED("M0014_receipts_by_statement.sql", M0014_receipts_by_statement),
    FILE_NAMED("M0015_release.sql", M0015_release),
    FILE_NAMED("M0016_audit_tree.sql", M0016_audit_tree),
    FILE_NAMED("M0017_lifecycle.sql", M0017_lifecycle),
};

const unsigned char *cfiles_find(const char *name, size_t *count) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (strcmp(files[i].name, name)) continue;
    *count = files[i].count;
    return files[i].bytes;
  }
  return NULL;
}
