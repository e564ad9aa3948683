package import Tenure

/// Every shape of the contract, by noun.
package enum Shapes {
  package static let components: [Component] = [
    Hold.shape.component, HoldBody.shape.component, Custodian.shape.component,
    CustodiansBody.shape.component, ReasonBody.shape.component, DisputeView.shape.component,
    DisputeBody.shape.component,

    AccountProfile.shape.component, AccountPatch.component, AccountView.shape.component,
    AccountAddress.body.component, AccountAddress.shape.component, AccountContact.shape.component,
    LookupBody.shape.component, AccountLookupBody.shape.component,
    AccountSearchBody.shape.component, PersonTokenBody.shape.component,
    PersonTokenView.shape.component,

    Health.shape.component, ProblemView.shape.component, Problem.FieldError.shape.component,
    ProblemExplanation.shape.component, Tried.shape.component, Tried.effectsComponent,
    Queued.shape.component, PackageDownload.shape.component, PackageFile.shape.component,
    Tenant.shape.component, TenantBody.shape.component, TenantPatch.shape.component,
    KeyView.shape.component, KeyBody.shape.component, LeakedKeyBody.shape.component,
    CollectKeyBody.shape.component, WhoAmIView.shape.component, RoleView.shape.component,
    Membership.shape.component, MembershipBody.shape.component, AccountVerbBody.shape.component,
    AccountChangesBody.shape.component, AccountChange.shape.component,
    AccountOutcomeView.shape.component, SignInStatusView.shape.component,
    LongOperation.shape.component, LongOperation.Progress.shape.component,
    TakeoverPreviewBody.shape.component, PlannedAccount.shape.component,
    BlockedAccount.shape.component, TakeoverPreviewView.shape.component,
    TakeoverBody.shape.component, TakeoverView.shape.component, TakeoverCase.shape.component,
    NoticeView.shape.component, Control.shape.component, Controller.shape.component,
    DetachBody.shape.component, DecisionBody.shape.component, Receipt.shape.component,
    ReceiptBody.shape.component, AccountNotice.shape.component,
    DomainClaimView.shape.component, DomainChallenge.record.component,
    DomainChallenge.file.component, DomainClaimBody.shape.component,
    AttestationBody.shape.component, AffiliationBody.shape.component,
    CodeSentView.shape.component, DomainReviewBody.shape.component,
    DomainGrantView.shape.component, DomainGrantBody.shape.component,
    DomainObservation.shape.component,

    RetentionRuleBody.shape.component, RetentionRuleVersion.shape.component,
    AccountDatesBody.shape.component, AccountDatesView.shape.component,
    RetentionExplanationView.shape.component, RetentionDecisionView.shape.component,
    RetentionDecision.Considered.shape.component, RetentionSimulationView.shape.component,
    RetentionSimulationView.Group.shape.component, RetentionSimulationView.Gap.shape.component,
    RetentionCalendarView.shape.component, RetentionCalendarView.Entry.shape.component,
    RetentionRunBody.shape.component, RetentionRun.shape.component,
    RetentionResult.shape.component, Erasure.shape.component,
    ErasureCertificateView.shape.component, ContentItemView.shape.component,
    ContentItemView.Author.shape.component, ContentItem.Owner.shape.component,
    ContentRegistrationsBody.shape.component, ContentRegistration.shape.component,
    ContentOutcomeView.shape.component, ContentTransferBody.shape.component,
    ContentSuccessor.shape.component, ContentTransferPreview.shape.component,
    ContentTransferPreview.Break.shape.component, ContentRemovalsBody.shape.component,
    ContentRemovalsBody.Item.shape.component,
  ]

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
