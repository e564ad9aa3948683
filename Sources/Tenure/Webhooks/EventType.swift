/// Everything the service tells of.
///
/// The raw value is the `type` of the event, in the contract as well.
package enum EventType: String, CaseIterable, Sendable {
  case domainClaimCreated = "domain_claim.created"
  case domainClaimVerified = "domain_claim.verified"
  case domainClaimAtRisk = "domain_claim.at_risk"
  case domainClaimGrace = "domain_claim.grace"
  case domainClaimLapsed = "domain_claim.lapsed"
  case domainClaimExpired = "domain_claim.expired"
  case domainClaimContested = "domain_claim.contested"
  case domainClaimOwnershipChanged = "domain_claim.ownership_changed"
  case domainClaimReleased = "domain_claim.released"
  case domainClaimRefused = "domain_claim.refused"
  case domainClaimAffiliated = "domain_claim.affiliated"
  /// To the operator: a code is to be mailed to a mailbox of the domain.
  case domainClaimCodeRequired = "domain_claim.code_required"
  /// To the operator and the tenant: the day has come to look at an attestation again.
  case domainClaimReviewDue = "domain_claim.review_due"
  /// To the operator and the tenant: a name that was proven mixes scripts or looks like another.
  case domainClaimReviewNeeded = "domain_claim.review_needed"
  /// To both sides of a grant.
  case domainGrantCreated = "domain_grant.created"
  case domainGrantUsed = "domain_grant.used"
  case domainGrantWithdrawn = "domain_grant.withdrawn"
  case domainGrantEnded = "domain_grant.ended"
  case takeoverCreated = "takeover.created"
  case takeoverCancelled = "takeover.cancelled"
  case takeoverExtended = "takeover.extended"
  case takeoverCompleted = "takeover.completed"
  /// To the operator and the person: somebody must be told.
  case noticeRequired = "takeover.notice_required"
  case noticeReminder = "takeover.notice_reminder"
  case noticeReceived = "takeover.notice_received"
  case addressCodeRequired = "takeover.address_code_required"
  case caseAnswered = "takeover.case_answered"
  /// To the tenant and the operator: something keeps the case from going on; it is tried again.
  case casePutAside = "takeover.case_put_aside"
  /// To the tenant, the operator and the person.
  case disputeOpened = "takeover.dispute_opened"
  case disputeDecided = "takeover.dispute_decided"
  case caseEnded = "takeover.case_ended"
  case controlTaken = "control.taken"
  case controlReleased = "control.released"
  /// To the tenant, the operator and the person: the domain's proof is gone, and control with it
  /// until the domain is proven anew; after 90 days it ends.
  case controlSuspended = "control.suspended"
  case controlResumed = "control.resumed"
  /// Two weeks, and a day, before suspended control ends.
  case controlEnding = "control.ending"
  /// To the tenant, the operator and the person: products end or allow sessions.
  case accountRestricted = "account.restricted"
  case accountDeactivated = "account.deactivated"
  case accountReactivated = "account.reactivated"
  case accountIsolated = "account.isolated"
  /// Out of sight until `purge_at`; where that is now, its erasure has been asked for.
  case accountDeleted = "account.deleted"
  case accountRestored = "account.restored"
  case accountAnonymised = "account.anonymised"
  case accountErased = "account.erased"
  /// Where the person is reached has changed: it is told to where they were reached before.
  case accountAddressesChanged = "account.addresses_changed"
  /// To the operator: an address of somebody who is gone belongs to a new account.
  case identifierRecycled = "identifier.recycled"
  /// To the tenant and the operator: who answers for content has changed; the operation's results
  /// say for which.
  case contentTransferCompleted = "content_transfer.completed"
  /// To the controller, the operator and the person: what somebody asked about their own data, and
  /// what becomes of it.
  case requestReceived = "request.received"
  case requestPaused = "request.paused"
  case requestResumed = "request.resumed"
  case requestExtended = "request.extended"
  case requestFulfilled = "request.fulfilled"
  case requestRefused = "request.refused"
  case requestWithdrawn = "request.withdrawn"
  /// To whoever answers it and the operator: the time to answer ends in a week, or within a day.
  case requestDueSoon = "request.due_soon"
  /// A restriction or an objection has ended.
  case requestLifted = "request.lifted"
  /// To the operator and the person: what was asked for can be collected, by a link that works once.
  case requestPackageReady = "request.package_ready"
  /// To the tenant and the operator: people are to accept it, or to be told.
  case policyPublished = "policy.published"
  case policyAccepted = "policy.accepted"
  /// To the key's tenant and the operator: a key ends in a week, or within a day.
  case keyExpiring = "key.expiring"
  /// A run would dispose of more than it may, or rules have not run yet: somebody must look.
  case retentionRunPaused = "retention_run.paused"
  case retentionRunCompleted = "retention_run.completed"
  /// To the tenant and the operator: work failed in the same way again and again; it has ended, or
  /// is tried again every hour.
  case jobFailed = "job.failed"
  /// The tenant's audit log was signed: keep it, to hold the log against later.
  case auditCheckpoint = "audit.checkpoint"
  /// To the tenant and the operator: what was sealed of the audit log is not there any more, or is not
  /// what it was.
  case auditDamaged = "audit.damaged"
  case endpointWarning = "webhook_endpoint.warning"
  case endpointDisabled = "webhook_endpoint.disabled"
  case endpointEnabled = "webhook_endpoint.enabled"
  case endpointTest = "webhook_endpoint.test"

  /// Whether an endpoint's pattern asks for it: the type itself, or `takeover.*`.
  package func matches(_ pattern: String) -> Bool {
    pattern.hasSuffix(".*") ? rawValue.hasPrefix(pattern.dropLast()) : pattern == rawValue
  }

  /// Whether a pattern can match anything at all.
  package static func isPattern(_ text: String) -> Bool { allCases.contains { $0.matches(text) } }
}
