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
static const unsigned char M0006_jobs[] = {
#embed "../TenureSchema/Migrations/M0006_jobs.sql" suffix(, 0)
};
static const unsigned char M0007_webhooks[] = {
#embed "../TenureSchema/Migrations/M0007_webhooks.sql" suffix(, 0)
};
static const unsigned char M0008_domain_claims[] = {
#embed "../TenureSchema/Migrations/M0008_domain_claims.sql" suffix(, 0)
};
static const unsigned char M0009_takeovers[] = {
#embed "../TenureSchema/Migrations/M0009_takeovers.sql" suffix(, 0)
};
static const unsigned char M0010_content[] = {
#embed "../TenureSchema/Migrations/M0010_content.sql" suffix(, 0)
};
static const unsigned char M0011_holds[] = {
#embed "../TenureSchema/Migrations/M0011_holds.sql" suffix(, 0)
};
static const unsigned char M0012_retention[] = {
#embed "../TenureSchema/Migrations/M0012_retention.sql" suffix(, 0)
};
static const unsigned char M0013_requests[] = {
#embed "../TenureSchema/Migrations/M0013_requests.sql" suffix(, 0)
};
static const unsigned char M0014_communications[] = {
#embed "../TenureSchema/Migrations/M0014_communications.sql" suffix(, 0)
};

struct file {
  const char *name;
  const unsigned char *text;
};
static const struct file files[] = {
    {"tenure.yaml", tenure},
    {"uts46.txt", uts46},
    {"looks.txt", looks},
    {"mail_providers.txt", mail_providers},
};
/// In the order in which they are applied.
static const struct file migrations[] = {
    {"M0001_foundation", M0001_foundation},
    {"M0002_tenants", M0002_tenants},
    {"M0003_keys", M0003_keys},
    {"M0004_accounts", M0004_accounts},
    {"M0005_audit", M0005_audit},
    {"M0006_jobs", M0006_jobs},
    {"M0007_webhooks", M0007_webhooks},
    {"M0008_domain_claims", M0008_domain_claims},
    {"M0009_takeovers", M0009_takeovers},
    {"M0010_content", M0010_content},
    {"M0011_holds", M0011_holds},
    {"M0012_retention", M0012_retention},
    {"M0013_requests", M0013_requests},
    {"M0014_communications", M0014_communications},
};

const char *cfiles_text(const char *name) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (!strcmp(files[i].name, name)) return (const char *)files[i].text;
  }
  fprintf(stderr, "CFiles.c does not name %s\n", name);
  abort();
}

const char *cfiles_migration(size_t index, const char **text) {
  if (index >= sizeof migrations / sizeof *migrations) return NULL;
  *text = (const char *)migrations[index].text;
  return migrations[index].name;
}
