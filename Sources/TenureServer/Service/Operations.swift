import HTTP
import Tenure

/// The whole API on one page: one line per operation.
package enum Operations {
  // A line each, as long as it takes: the table is read down, not across.
  // swift-format-ignore
  package static let all: [Operation] = [
    Operation("createTenant", .post, "/v1/tenants", .permission(.tenantsCreate),
      body: .json, idempotent: true, TenantRoutes.createTenant),
    Operation("listTenants", .get, "/v1/tenants", .permission(.tenantsRead),
      parameters: ["limit", "cursor"], TenantRoutes.listTenants),
    Operation("getTenant", .get, "/v1/tenants/{tenant_id}", .permission(.tenantsRead),
      TenantRoutes.getTenant),
    Operation("updateTenant", .patch, "/v1/tenants/{tenant_id}", .permission(.tenantsWrite),
      body: .mergePatch, TenantRoutes.updateTenant),
    Operation("suspendTenant", .post, "/v1/tenants/{tenant_id}:suspend",
      .permission(.tenantsSuspend),
      TenantRoutes.suspendTenant),
    Operation("resumeTenant", .post, "/v1/tenants/{tenant_id}:resume",
      .permission(.tenantsSuspend),
      TenantRoutes.resumeTenant),

    Operation("createKey", .post, "/v1/keys", .permission(.keysWrite),
      body: .json, idempotent: true, KeyRoutes.createKey),
    Operation("listKeys", .get, "/v1/keys", .permission(.keysRead),
      parameters: ["limit", "cursor"], KeyRoutes.listKeys),
    Operation("getKey", .get, "/v1/keys/{key_id}", .permission(.keysRead), KeyRoutes.getKey),
    Operation("rotateKey", .post, "/v1/keys/{key_id}:rotate", .permission(.keysWrite),
      idempotent: true, KeyRoutes.rotateKey),
    Operation("revokeKey", .delete, "/v1/keys/{key_id}", .permission(.keysWrite),
      KeyRoutes.revokeKey),
    Operation("revokeLeakedKey", .post, "/v1/keys:revoke-leaked", .anyone,
      body: .json, KeyRoutes.revokeLeakedKey),
    Operation("whoAmI", .get, "/v1/whoami", .anyCaller, KeyRoutes.whoAmI),
    Operation("listRoles", .get, "/v1/roles", .anyCaller, KeyRoutes.listRoles),

    Operation("listMemberships", .get, "/v1/memberships", .permission(.membershipsRead),
      parameters: ["limit", "cursor"], MembershipRoutes.listMemberships),
    Operation("getMembership", .get, "/v1/memberships/{account_id}", .permission(.membershipsRead),
      MembershipRoutes.getMembership),
    Operation("putMembership", .put, "/v1/memberships/{account_id}", .permission(.membershipsWrite),
      body: .json, MembershipRoutes.putMembership),
    Operation("deleteMembership", .delete, "/v1/memberships/{account_id}",
      .permission(.membershipsWrite), MembershipRoutes.deleteMembership),

    Operation("createAccount", .post, "/v1/accounts", .permission(.accountsRegister),
      body: .json, idempotent: true, AccountRoutes.createAccount),
    Operation("listAccounts", .get, "/v1/accounts", .permission(.accountsRead),
      parameters: ["limit", "cursor", "filter"], AccountRoutes.listAccounts),
    Operation("lookupAccount", .post, "/v1/accounts:lookup", .permission(.accountsRead),
      body: .json, AccountRoutes.lookupAccount),
    Operation("getAccount", .get, "/v1/accounts/{account_id}", .permission(.accountsRead),
      AccountRoutes.getAccount),
    Operation("updateAccount", .patch, "/v1/accounts/{account_id}", .permission(.accountsWrite),
      body: .mergePatch, AccountRoutes.updateAccount),
    Operation("createPersonToken", .post, "/v1/person_tokens", .permission(.personTokensWrite),
      body: .json, idempotent: true, PersonTokenRoutes.createPersonToken),
    Operation("getMe", .get, "/v1/me", .person, AccountRoutes.getMe),

    Operation("createImport", .post, "/v1/imports", .permission(.accountsRegister),
      body: .stream, ImportRoutes.createImport),
    Operation("listOperations", .get, "/v1/operations", .permission(.operationsRead),
      parameters: ["limit", "cursor"], ImportRoutes.listOperations),
    Operation("getOperation", .get, "/v1/operations/{operation_id}", .permission(.operationsRead),
      ImportRoutes.getOperation),
    Operation("listOperationResults", .get, "/v1/operations/{operation_id}/results",
      .permission(.operationsRead), ImportRoutes.listOperationResults),
    Operation("cancelOperation", .post, "/v1/operations/{operation_id}:cancel",
      .permission(.operationsWrite), ImportRoutes.cancelOperation),

    Operation("listAuditEntries", .get, "/v1/audit_entries", .permission(.auditRead),
      parameters: ["limit", "cursor", "subject_id", "action"], AuditRoutes.listAuditEntries),

    Operation("getLiveness", .get, "/health/live", .anyone, HealthRoutes.getLiveness),
    Operation("getReadiness", .get, "/health/ready", .anyone, HealthRoutes.getReadiness),
    Operation("getContract", .get, "/openapi.yaml", .anyone, HealthRoutes.getContract),
    Operation("listProblems", .get, "/errors", .anyone, HealthRoutes.listProblems),
    Operation("getProblem", .get, "/errors/{code}", .anyone, HealthRoutes.getProblem),
  ]
}
