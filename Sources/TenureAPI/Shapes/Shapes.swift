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

    Approval.shape.component, AuditEntryView.shape.component, Effect.shape.component,
    AuditCheckpointView.shape.component, AuditProofView.shape.component,
    Preference.shape.component, PreferencesBody.shape.component,
    SuppressionRecord.shape.component, SuppressionBody.shape.component,
    CommunicationCheckBody.shape.component, CommunicationCheckBody.Recipient.component,
    CommunicationCheckView.shape.component, NumberedEvent.shape.component, EventType.pattern,
    PolicyView.shape.component, MyPolicyView.shape.component, PolicyBody.shape.component,
    Acceptance.shape.component, PendingAcceptanceView.shape.component,
    AcceptanceBody.shape.component, SubjectRequestView.shape.component,
    SubjectRequestBody.component, SubjectRequestBody.ownComponent, Correction.shape.component,
    ProcessingView.shape.component, PackageView.shape.component,
    PackageDownloadView.shape.component, PackageFileView.shape.component,
    WebhookEndpointView.shape.component, WebhookEndpointBody.component,
    WebhookEndpointBody.shape.component, ReplayBody.component, Queued.shape.component,
    EventDelivery.shape.component,
  ]

  /// Nouns whose ids the contract names.
  package static let ids: [any Noun.Type] = [
    AccountChangeNoun.self, AccountNoun.self, ApprovalNoun.self, AuditEntryNoun.self,
    CaseNoun.self, ContentItemNoun.self, DisputeNoun.self, DomainClaimNoun.self,
    DomainGrantNoun.self, ErasureNoun.self, EventNoun.self, HoldNoun.self, KeyNoun.self,
    NoticeNoun.self, OperationNoun.self, PolicyNoun.self, ReceiptNoun.self,
    SubjectRequestNoun.self, RetentionRuleNoun.self, RetentionRunNoun.self,
    SuppressionNoun.self, TakeoverNoun.self, TenantNoun.self, WebhookEndpointNoun.self,
  ]
}
