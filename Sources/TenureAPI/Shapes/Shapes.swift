package import Tenure

/// Every shape of the contract; each file lists its own at its end.
package enum Shapes {
  package static let components: [Component] = [
    accountAddresses, accountContacts, accountLifecycle, accountProfiles, accounts, approvals,
    auditEntries, auditTree, communications, content, contentTransfers, disputes, domainClaims,
    dryRuns, erasures, events, health, holds, keys, memberships, notices, operations,
    packageDownload, personTokens, policies, problem, requests, retentionDecisions, retentionRules,
    retentionRuns, takeovers, tenants, webhookEndpoints,
  ].flatMap(\.self)

  /// Nouns whose ids the contract names.
  package static let ids: [any Noun.Type] = [
    AccountChangeNoun.self, AccountNoun.self, ApprovalNoun.self, AuditEntryNoun.self,
    CaseNoun.self, ContentItemNoun.self, DisputeNoun.self,
    DomainClaimNoun.self, DomainGrantNoun.self, ErasureNoun.self, EventNoun.self, HoldNoun.self,
    KeyNoun.self, NoticeNoun.self, OperationNoun.self, PolicyNoun.self, ReceiptNoun.self,
    SubjectRequestNoun.self, RetentionRuleNoun.self, RetentionRunNoun.self, SuppressionNoun.self,
    TakeoverNoun.self, TenantNoun.self, WebhookEndpointNoun.self,
  ]
}
