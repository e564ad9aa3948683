"""The faults: each is one change of one place, and the tests that are to notice it.

`old` must stand in the file exactly once; where the code has moved on, the fault is moved with it.
"""
from collections import namedtuple

Fault = namedtuple("Fault", "name file old new tests")

EVIDENCE = "Sources/Tenure/Notices/Evidence.swift"
DESTINATION = "Sources/Tenure/Notices/Destination.swift"
CASE = "Sources/Tenure/Takeovers/TakeoverCase.swift"
STANDING = "Sources/Tenure/Takeovers/CaseStanding.swift"
GATE = "Sources/Tenure/Disposal/DisposalGate.swift"
M0040 = "Sources/TenureSchema/Migrations/M0040_destinations.sql"
M0041 = "Sources/TenureSchema/Migrations/M0041_sessions.sql"
M0056 = "Sources/TenureSchema/Migrations/M0056_times_of_control.sql"
M0057 = "Sources/TenureSchema/Migrations/M0057_what_is_held_stays.sql"
CODES = "Sources/TenureServer/Notices/CodeGuard.swift"

WALK = "TakeoverWalkTests|EvidenceTests|TakeoverCaseTests|CaseStandingTests"
SQL = "EvidenceBySQLTests|EvidenceTests|LastWordTests|TakeoverTests"

FAULTS = [
    # Evidence
    Fault("L1 starts the milder clock", M0040,
          "OR (r.level = 2 AND NOT r.has_failed\n", "OR (r.level <= 2 AND NOT r.has_failed\n", SQL),
    Fault("a failure after the arrival is forgotten (database)", M0040,
          "AND (r.failed_at IS NULL OR r.received_at >= r.failed_at))) AS arrived_at",
          ")) AS arrived_at", SQL),
    Fault("what was not verified counts (database)", M0040,
          "AS told WHERE told.is_verified", "AS told WHERE true", SQL),
    Fault("the claimant's mailbox counts as outside (database)", M0040,
          "(SELECT min(arrived_at) FROM place WHERE NOT is_claimants),",
          "(SELECT min(arrived_at) FROM place),", SQL),
    Fault("a claim that came later is forgotten (database)", M0040,
          "place.is_claimants OR tenure.is_claimed(tenant, place.names, place.made_at),",
          "place.is_claimants,", SQL),
    Fault("one kind twice is two (database)", M0040,
          "ON one.kind <> other.kind", "ON one.destination_id <> other.destination_id", SQL),
    Fault("one address of many is enough (database)", M0040,
          "HAVING bool_and(arrived_at IS NOT NULL OR failed_at IS NOT NULL)",
          "HAVING bool_or(arrived_at IS NOT NULL OR failed_at IS NOT NULL)", SQL),
    Fault("the notice period is not waited for (database)", M0040,
          "AND tenure.now() >= tenure.notice_period(t.notice_days, exported_at)",
          "AND tenure.now() >= interval '0'", SQL),
    Fault("a receipt by any key", M0040,
          "IF NOT EXISTS (SELECT FROM tenure_global.receipt_keys k WHERE k.public_key = signer) THEN",
          "IF false THEN", SQL),
    Fault("a receipt of any time", M0040, "    IS NOT TRUE\n", "    IS NULL\n", SQL),
    Fault("what was not verified counts", EVIDENCE,
          "private var verified: [Place] { places.filter(\\.isVerified) }",
          "private var verified: [Place] { places }", WALK),
    Fault("the claimant's mailbox counts as outside", EVIDENCE,
          "verified.filter { !$0.isClaimants }.compactMap(\\.arrivedAt)",
          "verified.compactMap(\\.arrivedAt)", WALK),
    Fault("one kind twice is two", EVIDENCE,
          "where one.kind != other.kind && !(one.isClaimants && other.isClaimants) {",
          "where !(one.isClaimants && other.isClaimants) {", WALK),
    Fault("two of the claimant's own are two", EVIDENCE,
          "where one.kind != other.kind && !(one.isClaimants && other.isClaimants) {",
          "where one.kind != other.kind {", WALK),
    Fault("one address of many is enough", EVIDENCE,
          "guard settled.count == verified.count, let last", "guard let last", WALK),
    # Who decides
    Fault("any link decides", DESTINATION,
          "self == .person || !action.isPersonsAlone", "true", WALK + "|DestinationTests"),
    Fault("a release to an address that nobody verified", DESTINATION,
          "package var isPersons: Bool { isVerified && !isClaimants }",
          "package var isPersons: Bool { !isClaimants }", "DestinationTests|EvidenceTests"),
    Fault("a mailbox session acts as the person (database)", M0041,
          "SELECT k.assurance = 'session' AND (k.has_second_factor OR k.signed_in_at < since)",
          "SELECT (true OR k.signed_in_at < since)", SQL + "|DestinationTests"),
    Fault("unlimited guesses of a code", CODES, "static let wrongMax = 5", "static let wrongMax = 5_000",
          "CodeTests"),
    Fault("unlimited mails to a stranger", CODES, "static let sentHourMax = 3",
          "static let sentHourMax = 3_000", "CodeTests"),
    # Cases
    Fault("undo after thirty days", CASE,
          "if now > effectAt.adding(seconds: Takeover.undoDays * 86_400) { throw .undoOver }",
          "", WALK),
    Fault("an effect before its deadline", CASE,
          "guard state == .running, let deadlineAt, deadlineAt <= now else { return nil }",
          "guard state == .running, deadlineAt != nil else { return nil }", WALK),
    Fault("the time of a dispute is the person's loss", CASE,
          "deadlineAt = deadlineAt.map { Timestamp(microseconds: $0.microseconds + stood) }",
          "_ = stood", "TakeoverCaseTests"),
    Fault("an account that was given back is taken again", "Sources/TenureServer/Takeovers/TakeoverStore.swift",
          "WHEN earlier.was_undone THEN 'recently_released'", "WHEN false THEN 'recently_released'",
          "TakeoverBlockerTests|AccountReleaseTests|TakeoverTests"),
    Fault("an effect while the name is frozen", STANDING,
          "if !rights.allowsTakeovers { return .waits(.later) }", "", WALK),
    Fault("an open request is not waited for", STANDING,
          "if hasOpenRequest { obstacles.insert(.asked) }", "", WALK),
    Fault("a hold is not waited for", STANDING,
          "if isHeld { obstacles.insert(.heldSecretly) }", "", WALK),
    Fault("the last owner is taken", STANDING,
          "if ownsElsewhere ||", "if", WALK),
    Fault("an address that left is taken", STANDING,
          "return hasAddress ? nil : .addressGone", "return nil", WALK),
    Fault("a detach leaves nothing", STANDING,
          "if outcome == .detachAddress && !hasOtherDestination { return .waits(.noOtherDestination) }",
          "", WALK),
    # The gate
    Fault("a locked rule does not keep", GATE,
          "return destroys(act) || (obstacle == .restricted && isTakeover(act))",
          "return obstacle == .restricted && (destroys(act) || isTakeover(act))",
          "DisposalGateTests|DisposalTests|DisposalTableTests"),
    Fault("a frozen name lets destroy", GATE, "guard isFrozen(act, by: obstacle) else { return .none }",
          "return .none", "DisposalGateTests|DisposalLapseTests|DisposalTableTests"),
    # Names
    Fault("two of four resolvers are a quorum", "Sources/Tenure/DomainClaims/DomainClaim.swift",
          "if proofs * 2 > observations.count { return .proof }",
          "if proofs * 2 >= observations.count { return .proof }", "DomainClaim"),
    Fault("two of four deny a proof", "Sources/Tenure/DomainClaims/DomainClaim.swift",
          "if denials * 2 > observations.count { return .against }",
          "if denials * 2 >= observations.count { return .against }", "DomainClaim"),
    Fault("an attestation ignores another holder", "Sources/TenureServer/DomainClaims/DomainClaimRoutes.swift",
          "holder.tenant != access.tenant {\n        throw Problem(.domainHeld)",
          "holder.tenant != access.tenant, false {\n        throw Problem(.domainHeld)", "DomainClaimTests"),
    # By SQL
    Fault("control begins when it says", M0056, "NEW.taken_at := tenure.now();", "", "LastWordTests"),
    Fault("a cut-off of any time", M0056, "NEW.cutoff_at := NEW.taken_at;", "", "LastWordTests"),
    Fault("a hold cools for no time", M0057, "make_interval(secs => 30 * 86400)",
          "make_interval(secs => 0)", "LastWordTests|HoldTests"),
    Fault("a hold on all is narrowed", M0057, "OR (old.covers_all AND NOT new.covers_all)", "",
          "LastWordTests|HoldTests"),
    # Telling
    Fault("no entry for reading requests", "Sources/TenureServer/Requests/SubjectRequestRoutes.swift",
          'let entry = call.auditEntry("request.read", id, in: access, subject: stored.request.account)',
          'let entry = call.auditEntry("nothing", id, in: access, subject: stored.request.account)',
          "ReadTests|SubjectRequestRouteTests|HouseTests"),
    Fault("one idempotency principal a tenant", "Sources/TenureServer/Service/Idempotency.swift",
          "principal = Self.principal(access.caller)", "principal = access.tenant.uuid", "PipelineTests"),
]
