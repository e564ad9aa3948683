package import JSON
package import Tenure

/// The body that asks what a takeover would reach.
package struct TakeoverPreviewBody: Body {
  package let claim: DomainClaimID

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var claim: DomainClaimID?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "domain_claim_id": claim = try reader.identifier(DomainClaimID.self)
      default: throw reader.unknownMember()
      }
    }
    guard let claim else { throw reader.missing("domain_claim_id") }
    self.claim = claim
  }
}

/// What a takeover would reach, and what stands in the way of the rest.
package struct TakeoverPreviewView: View {
  package static let sampleMax = 100
  /// Quoted by the takeover: it must still find the same accounts.
  package let plan: String
  package let claim: DomainClaimID
  package let domain: String
  package let eligible: [AccountID]
  package let blocked: [(account: AccountID, blocker: TakeoverCase.Blocker)]

  package init(
    plan: String, claim: DomainClaimID, domain: String, eligible: [AccountID],
    blocked: [(account: AccountID, blocker: TakeoverCase.Blocker)]
  ) {
    self.plan = plan
    self.claim = claim
    self.domain = domain
    self.eligible = eligible
    self.blocked = blocked
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("plan")
      writer.string(plan)
      writer.key("domain_claim_id")
      writer.identifier(claim)
      writer.key("domain")
      writer.string(domain)
      writer.key("counts")
      writer.object { writer in
        writer.key("eligible")
        writer.int(eligible.count)
        writer.key("blocked")
        writer.int(blocked.count)
        for blocker in TakeoverCase.Blocker.allCases {
          let count = blocked.count { $0.blocker == blocker }
          if count == 0 { continue }
          writer.key(blocker.rawValue)
          writer.int(count)
        }
      }
      writer.key("account_ids")
      writer.array { writer in
        for account in eligible.prefix(Self.sampleMax) { writer.identifier(account) }
      }
      writer.key("blocked")
      writer.array { writer in
        for (account, blocker) in blocked.prefix(Self.sampleMax) {
          writer.object { writer in
            writer.key("account_id")
            writer.identifier(account)
            writer.key("blocker")
            writer.string(blocker.rawValue)
          }
        }
      }
    }
  }
}

/// The body that starts a takeover.
package struct TakeoverBody: Body {
  package static let selectedMax = 10_000
  package let plan: String
  package let claim: DomainClaimID
  package let noAnswer: Takeover.Outcome
  package let noticeDays: Int?
  package let accounts: [AccountID]?
  package let excluded: [AccountID]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (plan, claim): (String?, DomainClaimID?) = (nil, nil)
    var (noAnswer, noticeDays): (Takeover.Outcome, Int?) = (.detachAddress, nil)
    var (accounts, excluded): ([AccountID]?, [AccountID]) = (nil, [])
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "plan": plan = try reader.text(max: 100)
      case "domain_claim_id": claim = try reader.identifier(DomainClaimID.self)
      case "no_answer": noAnswer = try reader.choice(Takeover.Outcome.self)
      case "notice_days":
        let days = try reader.int()
        guard (Takeover.noticeDaysFloor...Takeover.noticeDaysRange.upperBound).contains(days) else {
          throw reader.error(.value, "a number of days from 7 to 90 is expected")
        }
        noticeDays = days
      case "account_ids": accounts = try Self.list(&reader)
      case "exclude_account_ids": excluded = try Self.list(&reader)
      default: throw reader.unknownMember()
      }
    }
    guard let plan else { throw reader.missing("plan") }
    guard let claim else { throw reader.missing("domain_claim_id") }
    self.plan = plan
    self.claim = claim
    self.noAnswer = noAnswer
    self.noticeDays = noticeDays
    self.accounts = accounts
    self.excluded = excluded
  }

  private static func list(_ reader: inout JSONReader) throws(JSONError) -> [AccountID] {
    var ids: [AccountID] = []
    try reader.array { (reader) throws(JSONError) in
      if ids.count == selectedMax { throw reader.error(.value, "more than \(selectedMax) ids") }
      ids.append(try reader.identifier(AccountID.self))
    }
    return ids
  }
}

/// A takeover with how far it has come.
package struct TakeoverView: View {
  /// How many cases are in a state, with an outcome where it is not empty.
  package struct Count: Sendable {
    package let state: String
    package let outcome: String
    package let count: Int

    package init(state: String, outcome: String, count: Int) {
      self.state = state
      self.outcome = outcome
      self.count = count
    }
  }

  package let takeover: Takeover
  package let counts: [Count]

  package init(_ takeover: Takeover, counts: [Count]) {
    self.takeover = takeover
    self.counts = counts
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(takeover.id)
      writer.key("tenant_id")
      writer.identifier(takeover.tenant)
      writer.key("domain_claim_id")
      writer.identifier(takeover.claim)
      writer.key("domain")
      writer.string(takeover.domain.text)
      writer.key("no_answer")
      writer.string(takeover.noAnswer.rawValue)
      writer.key("notice_days")
      writer.int(takeover.noticeDays)
      writer.key("state")
      writer.string(takeover.state.rawValue)
      writer.key("extended_at")
      writer.timestamp(takeover.extendedAt)
      writer.key("cases")
      writer.object { writer in
        writer.key("total")
        writer.int(counts.reduce(0) { $0 + $1.count })
        for state in TakeoverCase.State.allCases {
          writer.key(state.rawValue)
          writer.int(counts.filter { $0.state == state.rawValue }.reduce(0) { $0 + $1.count })
        }
      }
      writer.key("outcomes")
      writer.object { writer in
        for outcome in Takeover.Outcome.allCases {
          writer.key(outcome.rawValue)
          writer.int(
            counts.filter { $0.outcome == outcome.rawValue && $0.state == "effective" }
              .reduce(0) { $0 + $1.count })
        }
      }
      writer.key("created_by")
      writer.string(takeover.createdBy)
      writer.key("created_at")
      writer.timestamp(takeover.createdAt)
      writer.key("updated_at")
      writer.timestamp(takeover.updatedAt)
    }
  }
}

/// One case as the tenant sees it.
package struct TakeoverCaseView: View {
  package let item: TakeoverCase
  package init(_ item: TakeoverCase) { self.item = item }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(item.id)
      writer.key("takeover_id")
      writer.identifier(item.takeover)
      writer.key("account_id")
      writer.identifier(item.account)
      writer.key("state")
      writer.string(item.state.rawValue)
      writer.key("outcome")
      writer.string(item.outcome?.rawValue)
      writer.key("blocker")
      writer.string(item.blocker?.rawValue)
      writer.key("answer")
      writer.string(item.answer?.rawValue)
      writer.key("answered_at")
      writer.timestamp(item.answeredAt)
      writer.key("notice_at")
      writer.timestamp(item.noticeAt)
      writer.key("clock_started_at")
      writer.timestamp(item.clockStartedAt)
      writer.key("deadline_at")
      writer.timestamp(item.deadlineAt)
      writer.key("effect_at")
      writer.timestamp(item.effectAt)
      writer.key("created_at")
      writer.timestamp(item.createdAt)
      writer.key("updated_at")
      writer.timestamp(item.updatedAt)
    }
  }
}

/// What a person is told of one case, and what they can do about it now.
package struct NoticeView: View {
  package let item: TakeoverCase
  package let takeover: Takeover
  package let tenantName: String
  package let verifyCode: String
  /// What this caller may do about it now.
  package let actions: [NoticeAction]

  package init(
    _ item: TakeoverCase, _ takeover: Takeover, tenantName: String, verifyCode: String,
    actions: [NoticeAction]
  ) {
    self.item = item
    self.takeover = takeover
    self.tenantName = tenantName
    self.verifyCode = verifyCode
    self.actions = actions
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(item.id)
      writer.key("account_id")
      writer.identifier(item.account)
      writer.key("tenant_id")
      writer.identifier(item.tenant)
      writer.key("tenant_name")
      writer.string(tenantName)
      writer.key("domain")
      writer.string(takeover.domain.text)
      writer.key("state")
      writer.string(item.state.rawValue)
      writer.key("no_answer")
      writer.string(takeover.noAnswer.rawValue)
      writer.key("answer")
      writer.string(item.answer?.rawValue)
      writer.key("notice_at")
      writer.timestamp(item.noticeAt)
      writer.key("deadline_at")
      writer.timestamp(item.deadlineAt)
      writer.key("outcome")
      writer.string(item.outcome?.rawValue)
      writer.key("effect_at")
      writer.timestamp(item.effectAt)
      writer.key("verify_code")
      writer.string(verifyCode)
      writer.key("actions")
      writer.array { writer in for action in actions { writer.string(action.rawValue) } }
    }
  }
}

/// Who controls a person's account, since when, on what proof.
package struct ControlView: View {
  package struct Control: Sendable {
    package let tenant: TenantID
    package let tenantName: String
    package let item: CaseID
    package let takenAt: Timestamp
    package let cutoffAt: Timestamp
    package let suspendedAt: Timestamp?

    package init(
      tenant: TenantID, tenantName: String, case item: CaseID, takenAt: Timestamp,
      cutoffAt: Timestamp, suspendedAt: Timestamp?
    ) {
      self.tenant = tenant
      self.tenantName = tenantName
      self.item = item
      self.takenAt = takenAt
      self.cutoffAt = cutoffAt
      self.suspendedAt = suspendedAt
    }
  }

  package let account: AccountID
  package let control: Control?

  package init(account: AccountID, control: Control?) {
    self.account = account
    self.control = control
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("controller")
      guard let control else { return writer.null() }
      writer.object { writer in
        writer.key("tenant_id")
        writer.identifier(control.tenant)
        writer.key("tenant_name")
        writer.string(control.tenantName)
        writer.key("notice_id")
        writer.identifier(control.item)
        writer.key("since")
        writer.timestamp(control.takenAt)
        writer.key("private_before")
        writer.timestamp(control.cutoffAt)
        writer.key("suspended_at")
        writer.timestamp(control.suspendedAt)
      }
    }
  }
}

/// The body of a person who would rather keep the account under an address of their own.
package struct DetachBody: Body {
  package let address: EmailAddress?
  package let code: String?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (address, code): (EmailAddress?, String?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "address":
        let text = try reader.text(max: 1_000)
        do throws(EmailAddress.Refusal) { address = try EmailAddress(parsing: text) } catch {
          throw reader.error(.value, error.rawValue)
        }
      case "code": code = try reader.text(max: 20)
      default: throw reader.unknownMember()
      }
    }
    if code != nil && address == nil { throw reader.missing("address") }
    (self.address, self.code) = (address, code)
  }
}

/// The body with which the operator decides a dispute.
package struct DecisionBody: Body {
  package let decision: TakeoverCase.Decision

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var decision: TakeoverCase.Decision?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "decision": decision = try reader.choice(TakeoverCase.Decision.self)
      default: throw reader.unknownMember()
      }
    }
    guard let decision else { throw reader.missing("decision") }
    self.decision = decision
  }
}
