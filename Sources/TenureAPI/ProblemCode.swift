/// Every reason the service gives for a refusal (RFC 9457).
///
/// The raw value is the stable `code`; `/errors/{code}` explains it.
package enum ProblemCode: String, CaseIterable, Sendable {
  case malformedRequest = "malformed_request"
  case invalidJSON = "invalid_json"
  case invalidUTF8 = "invalid_utf8"
  case tooDeep = "too_deep"
  case duplicateMember = "duplicate_member"
  case idMalformed = "id_malformed"
  case idWrongType = "id_wrong_type"
  case cursorMalformed = "cursor_malformed"
  case cursorMismatch = "cursor_mismatch"
  case filterMalformed = "filter_malformed"
  case parameterUnknown = "parameter_unknown"
  case parameterInvalid = "parameter_invalid"
  case idempotencyKeyMissing = "idempotency_key_missing"
  case idempotencyKeyMalformed = "idempotency_key_malformed"
  case unauthenticated = "unauthenticated"
  case keyMalformed = "key_malformed"
  case keyUnknown = "key_unknown"
  case keyExpired = "key_expired"
  case keyRevoked = "key_revoked"
  case keyOffered = "key_offered"
  case keyHolderGone = "key_holder_gone"
  case forbidden = "forbidden"
  case tenantSuspended = "tenant_suspended"
  case notFound = "not_found"
  case routeNotFound = "route_not_found"
  case methodNotAllowed = "method_not_allowed"
  case notAcceptable = "not_acceptable"
  case requestTimeout = "request_timeout"
  case addressTaken = "address_taken"
  case accountStateConflict = "account_state_conflict"
  case accountHeld = "account_held"
  case accountIsolated = "account_isolated"
  case accountRestricted = "account_restricted"
  case addressResting = "address_resting"
  case approvalExpired = "approval_expired"
  case approvalNotYours = "approval_not_yours"
  case changeEnded = "change_ended"
  case ruleLocked = "rule_locked"
  case auditLogDamaged = "audit_log_damaged"
  case retentionRunning = "retention_running"
  case retentionStateConflict = "retention_state_conflict"
  case certificatePending = "certificate_pending"
  case requestStateConflict = "request_state_conflict"
  case requestOpen = "request_open"
  case packagePending = "package_pending"
  case policyVersionTaken = "policy_version_taken"
  case suppressionExists = "suppression_exists"
  case contentConflict = "content_conflict"
  case holdStateConflict = "hold_state_conflict"
  case externalIDTaken = "external_id_taken"
  case lastOwner = "last_owner"
  case keyNotLive = "key_not_live"
  case keyAlreadyRotated = "key_already_rotated"
  case operationFinished = "operation_finished"
  case idempotencyInFlight = "idempotency_in_flight"
  case preconditionFailed = "precondition_failed"
  case preconditionRequired = "precondition_required"
  case contentTooLarge = "content_too_large"
  case uriTooLong = "uri_too_long"
  case unsupportedMediaType = "unsupported_media_type"
  case expectationFailed = "expectation_failed"
  case validationFailed = "validation_failed"
  case idempotencyKeyReused = "idempotency_key_reused"
  case rateLimited = "rate_limited"
  case headersTooLarge = "headers_too_large"
  case internalError = "internal_error"
  case notImplemented = "not_implemented"
  case unavailable = "unavailable"
  case outcomeUnknown = "outcome_unknown"
  case versionNotSupported = "version_not_supported"
  case endpointRefused = "endpoint_refused"
  case endpointDisabled = "endpoint_disabled"
  case tooManyEndpoints = "too_many_endpoints"
  case tooManyOperations = "too_many_operations"
  case domainMalformed = "domain_malformed"
  case domainTooLong = "domain_too_long"
  case domainIsAddress = "domain_is_address"
  case domainIsPublicSuffix = "domain_is_public_suffix"
  case domainIsPrivateSuffix = "domain_is_private_suffix"
  case domainIsMailProvider = "domain_is_mail_provider"
  case domainReviewNeeded = "domain_review_needed"
  case domainHeld = "domain_held"
  case contestTooSoon = "contest_too_soon"
  case tooManyContests = "too_many_contests"
  case domainClaimExists = "domain_claim_exists"
  case domainStateConflict = "domain_state_conflict"
  case parentConsentNeeded = "parent_consent_needed"
  case affiliationNotShown = "affiliation_not_shown"
  case domainNotHeld = "domain_not_held"
  case domainFrozen = "domain_frozen"
  case controlSuspended = "control_suspended"
  case planStale = "plan_stale"
  case takeoverStateConflict = "takeover_state_conflict"
  case caseStateConflict = "case_state_conflict"
  case receiptRefused = "receipt_refused"
  case codeWrong = "code_wrong"
  case codesExhausted = "codes_exhausted"
  case addressNotPersonal = "address_not_personal"
  case destinationNotPersonal = "destination_not_personal"

  /// Status, title, and what to do about it.
  package var entry: (status: Int, title: String, help: String) {
    switch self {
    case .endpointRefused:
      (422, "Endpoint refused", "An endpoint is an https URL with a public name, port 443 or 8443.")
    case .endpointDisabled:
      (409, "Endpoint disabled", "Enable the endpoint first; its receiver must be in order.")
    case .tooManyEndpoints:
      (409, "Too many endpoints", "Delete one first; the detail says how many there may be.")
    case .tooManyOperations:
      (409, "Too many operations", "Wait for one to end; the detail says how many may be at work.")
    case .domainMalformed: (422, "Malformed domain", "A domain is a name such as example.com.")
    case .domainTooLong: (422, "Domain too long", "A name has 253 octets, a label 63 at the most.")
    case .domainIsAddress: (422, "Address in place of a domain", "IP addresses cannot be claimed.")
    case .domainIsPublicSuffix:
      (422, "Public suffix", "Anybody may register below it: claim a name below the suffix.")
    case .domainIsPrivateSuffix:
      (422, "Private suffix", "A suffix of a private party is vouched for by the operator alone.")
    case .domainIsMailProvider:
      (422, "Public mail provider", "People keep unrelated mailboxes there; nobody can claim it.")
    case .domainReviewNeeded:
      (
        409, "Review needed",
        "The name mixes scripts or looks like another: the operator looks first."
      )
    case .contestTooSoon:
      (409, "Contested before", "The same organisation contests a name once in 90 days.")
    case .tooManyContests:
      (409, "Too many contests", "Three may be open at once: wait until one of them has ended.")
    case .domainHeld: (409, "Domain held", "Another organisation holds this name.")
    case .domainClaimExists:
      (409, "Claim exists", "Your organisation has a living claim on this name already.")
    case .domainStateConflict:
      (409, "Not in this state", "The claim's state does not allow this; the detail names it.")
    case .parentConsentNeeded:
      (409, "Consent needed", "The holder of the name above must grant this name first.")
    case .affiliationNotShown:
      (422, "Affiliation not shown", "The domain's web server does not serve the file as asked.")
    case .domainNotHeld:
      (409, "Domain not held", "Prove the domain first: only a verified claim allows a takeover.")
    case .domainFrozen:
      (409, "Domain frozen", "Rights on this name are frozen until its proof is settled.")
    case .controlSuspended:
      (409, "Control suspended", "The domain's proof has lapsed: prove it anew.")
    case .planStale:
      (409, "Plan stale", "The accounts have changed since the preview; look at the difference.")
    case .takeoverStateConflict:
      (409, "Takeover not in this state", "The takeover's state does not allow this any more.")
    case .caseStateConflict:
      (409, "Case not in this state", "The case is decided, or does not allow this step now.")
    case .receiptRefused:
      (422, "Receipt refused", "The receipt's signature or one of its digests does not fit.")
    case .codeWrong: (422, "Wrong code", "The code does not fit; five wrong ones are taken a day.")
    case .codesExhausted:
      (429, "Too many codes", "Too many were sent or were wrong: wait as long as Retry-After says.")
    case .addressNotPersonal:
      (
        422, "Not a personal address",
        "The address must lie outside the claimed domain, and be free."
      )
    case .destinationNotPersonal:
      (
        403, "Not from a place of your own",
        "Whoever reads the claimed mailbox could ask the same: use another link, or sign in."
      )
    case .malformedRequest:
      (400, "Malformed request", "The message breaks HTTP/1.1's rules; the connection is closed.")
    case .invalidJSON: (400, "Invalid JSON", "The body is not JSON; the detail names the place.")
    case .invalidUTF8: (400, "Invalid UTF-8", "Text must be UTF-8 without lone surrogates.")
    case .tooDeep: (400, "Nested too deeply", "A document may be nested 64 levels deep.")
    case .duplicateMember: (400, "Duplicate member", "Each member may appear once in its object.")
    case .idMalformed: (400, "Malformed id", "An id is a prefix, '_' and 26 base32 digits.")
    case .idWrongType: (400, "Id of another type", "The prefix names another kind of thing.")
    case .cursorMalformed: (400, "Malformed cursor", "Use next_cursor exactly as it was answered.")
    case .cursorMismatch:
      (400, "Cursor of another list", "A cursor belongs to one list with one filter and caller.")
    case .filterMalformed: (400, "Malformed filter", "Filters follow RFC 7644 section 3.4.2.2.")
    case .parameterUnknown: (400, "Unknown parameter", "This endpoint has no such parameter.")
    case .parameterInvalid: (400, "Invalid parameter", "The parameter's value is not allowed.")
    case .idempotencyKeyMissing:
      (400, "Idempotency-Key required", "Send a fresh Idempotency-Key; repeat it when retrying.")
    case .idempotencyKeyMalformed:
      (400, "Malformed Idempotency-Key", "A key is 1 to 255 visible ASCII characters.")
    case .unauthenticated: (401, "Not authenticated", "Send Authorization: Bearer with a key.")
    case .keyMalformed: (401, "Malformed key", "The key is mistyped: its checksum does not fit.")
    case .keyUnknown: (401, "Unknown key", "No such key exists.")
    case .keyExpired: (401, "Expired key", "Ask for a new key.")
    case .keyRevoked: (401, "Revoked key", "Ask for a new key.")
    case .keyOffered:
      (
        401, "Key not collected",
        "The person it was made for collects it, and gets their own token."
      )
    case .keyHolderGone:
      (
        401, "Key's holder gone",
        "The person this key belongs to has no role here, or may not sign in."
      )
    case .forbidden: (403, "Not permitted", "The key's role or scopes do not allow this.")
    case .tenantSuspended: (403, "Tenant suspended", "The operator has suspended this tenant.")
    case .notFound: (404, "Not found", "There is no such thing, or it is not yours to see.")
    case .routeNotFound: (404, "No such path", "See /openapi.yaml for the paths there are.")
    case .methodNotAllowed: (405, "Method not allowed", "The Allow header names those that are.")
    case .notAcceptable: (406, "Not acceptable", "The answer exists in other media types only.")
    case .requestTimeout: (408, "Request too slow", "The request did not arrive in time.")
    case .accountStateConflict:
      (409, "Account not in this state", "The account's status does not allow this now.")
    case .accountHeld:
      (409, "Account held", "A hold keeps the account's data: release it first, or wait for it.")
    case .accountRestricted:
      (
        409, "Processing restricted",
        "The data's processing is restricted: lift the restriction before anything destroys it."
      )
    case .accountIsolated:
      (409, "Account isolated", "Opening it takes a second person: ask with :open.")
    case .addressResting:
      (
        409, "Address at rest",
        "Its last holder has gone lately: the address is free after a while."
      )
    case .approvalExpired:
      (409, "Approval over", "It was decided, used, or not in time: make the request again.")
    case .approvalNotYours:
      (
        403, "Not yours to approve",
        "Somebody else than who asked must agree, with a key of theirs."
      )
    case .changeEnded: (409, "Change ended", "It was carried out, refused or cancelled already.")
    case .ruleLocked:
      (
        409, "Rule locked",
        "Until its lock is over the rule can be made stronger only, and what it keeps stays."
      )
    case .auditLogDamaged:
      (
        409, "The audit log is damaged",
        "What was sealed of it is missing: the detail says how much. Keep the last checkpoint, and "
          + "bring the data back from a backup."
      )
    case .retentionRunning:
      (409, "A run is under way", "One run at a time: resume it, cancel it, or wait for its end.")
    case .retentionStateConflict:
      (409, "Run not in this state", "The run's state does not allow this; the detail names it.")
    case .certificatePending:
      (409, "Certificate not ready", "The audit log or the ledger does not have it yet: ask again.")
    case .requestStateConflict:
      (409, "Request not in this state", "The request's state does not allow this now.")
    case .requestOpen:
      (409, "A request is open", "The person waits for an answer: answer their request first.")
    case .policyVersionTaken:
      (
        409, "Version taken",
        "What was published stays as it is: publish a later version, or another language."
      )
    case .suppressionExists:
      (409, "Suppressed already", "The address is not written to for this reason already.")
    case .packagePending:
      (409, "Package not ready", "It is still being made, or its time is over.")
    case .contentConflict:
      (
        409, "Another's item",
        "The product's id names an item of another author, or one named twice."
      )
    case .holdStateConflict:
      (409, "Hold not in this state", "A released hold stays released; place another one.")
    case .addressTaken:
      (409, "Address taken", "An address belongs to one account; another one holds it.")
    case .externalIDTaken: (409, "External id taken", "Another account has this external_id.")
    case .lastOwner: (409, "Last owner", "A tenant keeps at least one owner: make another first.")
    case .keyNotLive: (409, "Key not live", "The key is expired or revoked.")
    case .keyAlreadyRotated:
      (409, "Already rotated", "Two keys may live at once: revoke one of the pair first.")
    case .operationFinished: (409, "Operation finished", "What has ended cannot be cancelled.")
    case .idempotencyInFlight:
      (409, "Request in flight", "The first request with this key is not done: wait and retry.")
    case .preconditionFailed:
      (412, "Precondition failed", "The resource has changed: read it again, then decide.")
    case .preconditionRequired:
      (428, "If-Match required", "Send If-Match with the ETag of what you have read.")
    case .contentTooLarge: (413, "Content too large", "Bodies are limited to 1 MiB.")
    case .uriTooLong: (414, "URI too long", "A request line is limited to 8 KiB.")
    case .unsupportedMediaType:
      (415, "Unsupported media type", "See the contract for the media types accepted here.")
    case .expectationFailed: (417, "Expectation failed", "Only 100-continue can be expected.")
    case .validationFailed: (422, "Invalid values", "Each error points at the member it means.")
    case .idempotencyKeyReused:
      (422, "Idempotency-Key reused", "The key was used for another request: take a fresh one.")
    case .rateLimited: (429, "Too many requests", "Wait as long as Retry-After says.")
    case .headersTooLarge: (431, "Headers too large", "Headers are limited to 16 KiB, 100 fields.")
    case .internalError: (500, "Internal error", "Our mistake: quote the request id to support.")
    case .notImplemented: (501, "Not implemented", "This part of HTTP is not spoken here.")
    case .unavailable: (503, "Unavailable", "Nothing was changed: try again shortly.")
    case .outcomeUnknown:
      (503, "Outcome unknown", "The change may have happened: repeat with the same key to learn.")
    case .versionNotSupported: (505, "HTTP version", "HTTP/1.1 and HTTP/1.0 are spoken here.")
    }
  }

  /// Whether the same request may succeed later.
  package var isRetryable: Bool {
    switch self {
    case .rateLimited, .codesExhausted, .unavailable, .outcomeUnknown, .idempotencyInFlight,
      .requestTimeout, .tooManyOperations:
      true
    default: false
    }
  }

  /// The code for a message refused before it became a request.
  package static func ofTransport(status: Int) -> ProblemCode {
    switch status {
    case 408: .requestTimeout
    case 413: .contentTooLarge
    case 414: .uriTooLong
    case 417: .expectationFailed
    case 431: .headersTooLarge
    case 501: .notImplemented
    case 503: .unavailable
    case 505: .versionNotSupported
    default: .malformedRequest
    }
  }
}
