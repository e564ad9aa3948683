import JSON
package import Tenure

/// The body that asks what a takeover would reach.
package struct TakeoverPreviewBody: Body, Shaped {
  package static let limitDefault = 100
  package static let limitMax = 500

  package let claim: DomainClaimID
  /// Shows the accounts after this one.
  package let after: AccountID?
  /// How many accounts it shows.
  package let limit: Int

  package static let shape = Shape("TakeoverPreviewBody", nil, TakeoverPreviewBody.init) {
    Member("domain_claim_id", \.claim, .id())
    Member(
      "after_account_id", \.after, .nullable(.id()),
      "Shows the accounts after this one; `next_after_account_id` of the page before.",
      default: nil)
    Member(
      "limit", \.limit, .int(1...limitMax),
      "How many accounts are shown; \(limitDefault) where absent.", default: limitDefault,
      example: limitDefault)
  }
}

extension PlannedAccount: Shaped {
  package static let shape = Shape<PlannedAccount>(
    "EligibleAccount", "An account that would be taken over."
  ) {
    Member("account_id", \.account, .id())
    Member(
      "addresses", \.addresses, .list(.address),
      "Its addresses on the claimed name, and no others; none where it is gone.")
    Member(
      "created_at", \.createdAt, .nullable(.timestamp),
      "When the account came; null where it is gone.")
  }
}

/// An account on the claimed name that cannot be taken over, with what stands in the way.
package struct BlockedAccount: Shaped {
  /// What can stand in the way before there is a case.
  private static let blockers: [TakeoverCase.Blocker] = [
    .otherTenantControls, .alreadyControlled, .addressSecondaryOnly, .openCase, .openRequest,
    .recentlyReleased, .domainNotHeld, .restricted, .accountGone, .lastOwner,
  ]

  fileprivate let planned: PlannedAccount
  fileprivate let blocker: TakeoverCase.Blocker

  package static let shape = Shape<BlockedAccount>(
    "BlockedAccounts", "An account that would not be taken over, and why.",
    after: PlannedAccount.shape, of: \.planned
  ) {
    Member("blocker", \.blocker, .choice(blockers))
  }
}

/// What a takeover would reach, and what stands in the way of the rest.
package struct TakeoverPreviewView: View, Shaped {
  /// Quoted by the takeover: it must still find the same accounts.
  package let plan: String
  package let claim: DomainClaimID
  package let domain: String
  /// How many accounts there are with each of what can stand in the way, and with nothing (nil).
  package let countsByBlocker: [TakeoverCase.Blocker?: Int]
  /// Those that are shown, in the order of their ids.
  package let accounts: [(blocker: TakeoverCase.Blocker?, account: PlannedAccount)]
  /// The last one shown, where more follow.
  package let next: AccountID?

  package init(
    plan: String, claim: DomainClaimID, domain: String,
    counts: [TakeoverCase.Blocker?: Int],
    accounts: [(blocker: TakeoverCase.Blocker?, account: PlannedAccount)], next: AccountID?
  ) {
    self.plan = plan
    self.claim = claim
    self.domain = domain
    countsByBlocker = counts
    self.accounts = accounts
    self.next = next
  }

  package static let shape = Shape<TakeoverPreviewView>(
    "TakeoverPreview", "What a takeover would reach, and what stands in the way of the rest."
  ) {
    Member("plan", \.plan, .string, example: TakeoverBody.planExample)
    Member("domain_claim_id", \.claim, .id())
    Member("domain", \.domain, .string, example: "acme.test")
    Member(
      "counts", \.counts, .counts,
      example: [("eligible", 1), ("blocked", 1), ("other_tenant_controls", 1)])
    Member(
      "account_ids", { $0.eligible.map(\.account) }, .list(.id()),
      "Those that are shown and would be reached.")
    Member(
      "accounts", \.eligible, .list(.object(PlannedAccount.shape)),
      "The same, with what a claimant may see of them.")
    Member("blocked", \.blocked, .list(.object(BlockedAccount.shape)))
    Member(
      "next_after_account_id", \.next, .nullable(.id()),
      "Pass it as `after_account_id` for what follows; null at the end.", example: .some(nil))
  }

  /// How many accounts there are, shown or not: with nothing in the way, with something, and with
  /// what.
  private var counts: [(name: String, value: Int)] {
    let eligible = countsByBlocker[nil] ?? 0
    let blockers = TakeoverCase.Blocker.allCases.compactMap { blocker in
      countsByBlocker[blocker].map { (name: blocker.rawValue, value: $0) }
    }
    let blocked = countsByBlocker.values.reduce(0, +) - eligible
    return [("eligible", eligible), ("blocked", blocked)] + blockers
  }

  private var eligible: [PlannedAccount] {
    accounts.filter { $0.blocker == nil }.map(\.account)
  }

  private var blocked: [BlockedAccount] {
    accounts.compactMap { blocker, account in
      blocker.map { BlockedAccount(planned: account, blocker: $0) }
    }
  }
}

extension Codec where Value == [(name: String, value: Int)] {
  /// How many there are of each, by its name.
  package static var counts: Codec { map(of: .int) }
}

/// The body that starts a takeover.
package struct TakeoverBody: Body, Shaped {
  package static let selectedMax = 10_000
  package static let selectorsMax = 1_000
  fileprivate static let planExample = "plan_01932c07-209c-7cb8-9e2a-1f6c5d3b4a21"
  private static let noticeDaysRange =
    Takeover.noticeDaysFloor...Takeover.noticeDaysRange.upperBound

  package let plan: String
  package let claim: DomainClaimID
  package let noAnswer: Takeover.Outcome
  package let noticeDays: Int?
  package let accounts: [AccountID]?
  package let excluded: [AccountID]
  /// Addresses and patterns of addresses on the claimed name, whose accounts are meant.
  package let addresses: [String]
  package let excludedAddresses: [String]

  package static let shape = Shape("TakeoverBody", nil, TakeoverBody.init) {
    Member(
      "plan", \.plan,
      .text(
        max: 100,
        uncheckedPattern: "^plan_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        example: planExample))
    Member("domain_claim_id", \.claim, .id())
    Member(
      "no_answer", \.noAnswer, .choice(), "What follows where a person does not answer.",
      default: .detachAddress)
    Member(
      optional: "notice_days", \.noticeDays,
      .int(
        noticeDaysRange,
        "a number of days from \(noticeDaysRange.lowerBound) to \(noticeDaysRange.upperBound) is"
          + " expected"))
    Member(optional: "account_ids", \.accounts, .list(.id(), max: selectedMax, "ids"))
    Member(
      optional: "exclude_account_ids", \.excluded, .list(.id(), max: selectedMax, "ids"),
      example: [])
    Member(
      optional: "addresses", \.addresses,
      .list(.text(max: 254), max: selectorsMax, "addresses"),
      "Whom it reaches, besides `account_ids`: addresses on the claimed name, or patterns such as"
        + " `a*@acme.test`. Each must find somebody whom the plan has.",
      example: ["a*@acme.test"])
    Member(
      optional: "exclude_addresses", \.excludedAddresses,
      .list(.text(max: 254), max: selectorsMax, "addresses"),
      "Whom it leaves out, in the same way; what finds nobody changes nothing.",
      example: ["ada@acme.test"])
  }
}

/// A takeover with how far it has come.
package struct TakeoverView: View, Shaped {
  package let takeover: Takeover
  package let counts: [CaseCount]

  package init(_ takeover: Takeover, counts: [CaseCount]) {
    self.takeover = takeover
    self.counts = counts
  }

  package static let shape = Shape<TakeoverView>(
    "Takeover", "A campaign that brings accounts of a claimed domain under control."
  ) {
    Member("id", \.takeover.id, .id())
    Member("tenant_id", \.takeover.tenant, .id())
    Member("domain_claim_id", \.takeover.claim, .id())
    Member("domain", \.takeover.domain.text, .string, example: "acme.test")
    Member("no_answer", \.takeover.noAnswer, .choice())
    Member(
      "notice_days", \.takeover.noticeDays, .int, example: Takeover.noticeDaysRange.lowerBound)
    Member("state", \.takeover.state, .choice())
    Member("extended_at", \.takeover.extendedAt, .nullable(.timestamp))
    Member(
      "cases", \.cases, .counts, "How many cases are in which state.",
      example: cases(of: countsExample))
    Member(
      "outcomes", \.outcomes, .counts, "How many came to what.",
      example: outcomes(of: countsExample))
    Member("created_by", \.takeover.createdBy, .actor)
    Member("created_at", \.takeover.createdAt, .timestamp)
    Member("updated_at", \.takeover.updatedAt, .timestamp)
  }

  private static let countsExample = [
    CaseCount(state: .running, outcome: nil, count: 2),
    CaseCount(state: .effective, outcome: .detachAddress, count: 1),
  ]

  private var cases: [(name: String, value: Int)] { Self.cases(of: counts) }
  private var outcomes: [(name: String, value: Int)] { Self.outcomes(of: counts) }

  private static func cases(of counts: [CaseCount]) -> [(name: String, value: Int)] {
    let states = TakeoverCase.State.allCases.map { state in
      (name: state.rawValue, value: sum(counts) { $0.state == state })
    }
    return [("total", sum(counts) { _ in true })] + states
  }

  private static func outcomes(of counts: [CaseCount]) -> [(name: String, value: Int)] {
    Takeover.Outcome.allCases.map { outcome in
      (outcome.rawValue, sum(counts) { $0.outcome == outcome && $0.state == .effective })
    }
  }

  private static func sum(_ counts: [CaseCount], _ isMeant: (CaseCount) -> Bool) -> Int {
    counts.filter(isMeant).reduce(0) { $0 + $1.count }
  }
}

extension TakeoverCase: View, Shaped {
  package static let shape = Shape<TakeoverCase>("TakeoverCase", "One account in a takeover.") {
    Member("id", \.id, .id())
    Member("takeover_id", \.takeover, .id())
    Member("account_id", \.account, .id())
    Member("state", \.state, .choice())
    Member("outcome", \.outcome, .nullable(.choice()))
    Member(
      "blocker", \.blocker, .nullable(.choice()),
      "What keeps it from going on: for now, where it is tried again, or for good, where the state"
        + " is `blocked`. Of `later` no more is said.")
    Member("answer", \.answer, .nullable(.choice()))
    Member("answered_at", \.answeredAt, .nullable(.timestamp))
    Member("notice_at", \.noticeAt, .nullable(.timestamp))
    Member("clock_started_at", \.clockStartedAt, .nullable(.timestamp))
    Member("deadline_at", \.deadlineAt, .nullable(.timestamp))
    Member("effect_at", \.effectAt, .nullable(.timestamp))
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }
}

/// What a person is told of one case, and what they can do about it now.
package struct NoticeView: View, Shaped {
  package let item: TakeoverCase
  package let takeover: Takeover
  package let tenantName: String
  package let verifyCode: String
  /// What this caller may do about it now.
  package let actions: [NoticeAction]
  /// What the person said against it, and what the operator decided; for the person alone.
  package let disputes: [DisputeView]

  package init(
    _ item: TakeoverCase, _ takeover: Takeover, tenantName: String, verifyCode: String,
    actions: [NoticeAction], disputes: [DisputeView]
  ) {
    self.item = item
    self.takeover = takeover
    self.tenantName = tenantName
    self.verifyCode = verifyCode
    self.actions = actions
    self.disputes = disputes
  }

  package static let shape = Shape<NoticeView>(
    "Notice", "What a person is told, and what they can do now."
  ) {
    Member("id", \.item.id, .id())
    Member("account_id", \.item.account, .id())
    Member("tenant_id", \.item.tenant, .id())
    Member("tenant_name", \.tenantName, .string, example: "Acme")
    Member("domain", \.takeover.domain.text, .string, example: "acme.test")
    Member("state", \.item.state, .choice())
    Member("no_answer", \.takeover.noAnswer, .choice())
    Member("answer", \.item.answer, .nullable(.choice()))
    Member("notice_at", \.item.noticeAt, .nullable(.timestamp))
    Member("deadline_at", \.item.deadlineAt, .nullable(.timestamp))
    Member("outcome", \.item.outcome, .nullable(.choice()))
    Member("effect_at", \.item.effectAt, .nullable(.timestamp))
    Member(
      "verify_code", \.verifyCode, .string, "The same code as in the notice: it was us.",
      example: "40718265")
    Member(
      "actions", \.actions, .list(.choice()),
      "What may be done about it from where the caller comes.")
    Member(
      "disputes", \.disputes, .list(.object(DisputeView.shape)),
      "What the person said against it, and what the operator decided; empty for whoever is not the"
        + " person.")
  }
}

extension Control: View, Shaped {
  package static let shape = Shape<Control>(
    "Control", "Who controls an account, since when, on what."
  ) {
    Member("account_id", \.account, .id())
    Member(
      "controller", \.controller, .nullable(.object(Controller.shape)),
      "null while nobody does.")
  }
}

extension Controller: Shaped {
  package static let shape = Shape<Controller>(
    "Controller", "An organisation that controls an account."
  ) {
    Member("tenant_id", \.tenant, .id())
    Member("tenant_name", \.tenantName, .string, example: "Acme")
    Member("notice_id", \.item, .id())
    Member("since", \.takenAt, .timestamp)
    Member(
      "private_before", \.cutoffAt, .timestamp, "Private content older than this stays private.")
    Member("suspended_at", \.suspendedAt, .nullable(.timestamp))
  }
}

/// The body of a person who would rather keep the account under an address of their own.
package struct DetachBody: Body, Shaped {
  package let address: EmailAddress?
  package let code: String?

  package static let shape = Shape("DetachBody", nil, DetachBody.init, .needs("code", "address")) {
    Member(
      optional: "address", \.address, .address,
      "A personal address; not needed where the account has a verified one.",
      example: try? EmailAddress(parsing: "ada@home.test"))
    Member(optional: "code", \.code, .code)
  }
}

/// The body that decides a dispute, with words that both sides get.
package struct DecisionBody: Body, Shaped {
  package let decision: TakeoverCase.Decision
  package let reason: String

  package static let shape = Shape("DecisionBody", nil, DecisionBody.init) {
    Member("decision", \.decision, .choice())
    Member(
      "reason", \.reason, .text(max: DisputeBody.wordsMax),
      "The operator's words, which both sides get.",
      example: "the account was never used for Acme")
  }
}

extension Shapes {
  static let takeovers: [Component] = [
    TakeoverPreviewBody.shape.component, PlannedAccount.shape.component,
    BlockedAccount.shape.component, TakeoverPreviewView.shape.component,
    TakeoverBody.shape.component, TakeoverView.shape.component, TakeoverCase.shape.component,
    NoticeView.shape.component, Control.shape.component, Controller.shape.component,
    DetachBody.shape.component, DecisionBody.shape.component,
  ]
}
