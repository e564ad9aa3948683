package import Tenure

/// Every shape of the contract, by noun.
package enum Shapes {
  package static let components: [Component] = [
    Hold.shape.component, HoldBody.shape.component, Custodian.shape.component,
    CustodiansBody.shape.component, ReasonBody.shape.component, DisputeView.shape.component,
    DisputeBody.shape.component,

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
  ]

  /// Nouns whose ids the contract names.
  package static let ids: [any Noun.Type] = [
    AccountChangeNoun.self, AccountNoun.self, ApprovalNoun.self, AuditEntryNoun.self,
    CaseNoun.self, ContentItemNoun.self, DestinationNoun.self, DisputeNoun.self,
    DomainClaimNoun.self, DomainGrantNoun.self, ErasureNoun.self, EventNoun.self, HoldNoun.self,
    KeyNoun.self, NoticeNoun.self, OperationNoun.self, PolicyNoun.self, ReceiptNoun.self,
    SubjectRequestNoun.self, RetentionRuleNoun.self, RetentionRunNoun.self, SuppressionNoun.self,
    TakeoverNoun.self, TenantNoun.self, WebhookEndpointNoun.self,
  ]
}
