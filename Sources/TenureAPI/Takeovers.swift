package import JSON
package import Tenure

/// The body that asks what a takeover would reach.
package struct TakeoverPreviewBody: Body {
  package static let limitDefault = 100
  package static let limitMax = 500
  package let claim: DomainClaimID
  /// Shows the accounts after this one.
  package let after: AccountID?
  /// How many accounts it shows.
  package let limit: Int

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (claim, after, limit): (DomainClaimID?, AccountID?, Int) = (nil, nil, Self.limitDefault)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "domain_claim_id": claim = try reader.identifier(DomainClaimID.self)
      case "after_account_id": after = reader.null() ? nil : try reader.identifier(AccountID.self)
      case "limit":
        limit = try reader.int()
        guard (1...Self.limitMax).contains(limit) else {
          throw reader.error(.value, "a whole number from 1 to \(Self.limitMax) is expected")
        }
      default: throw reader.unknownMember()
      }
    }
    guard let claim else { throw reader.missing("domain_claim_id") }
    (self.claim, self.after, self.limit) = (claim, after, limit)
  }
}

/// What is shown of an account before it is taken over: where it lies on the claimed name, and since
/// when it is there.
package struct PlannedAccount: Sendable {
  package let account: AccountID
  /// Its addresses on the claimed name, and no others; none where it is gone.
  package let addresses: [EmailAddress]
  /// When the account came; nil where it is gone.
  package let createdAt: Timestamp?

  package init(account: AccountID, addresses: [EmailAddress] = [], createdAt: Timestamp? = nil) {
    self.account = account
    self.addresses = addresses
    self.createdAt = createdAt
  }

  fileprivate func write(to writer: inout JSONWriter, blocker: TakeoverCase.Blocker?) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("addresses")
      writer.array { writer in for address in addresses { writer.string(address.text) } }
      writer.key("created_at")
      writer.timestamp(createdAt)
      if let blocker {
        writer.key("blocker")
        writer.string(blocker.rawValue)
      }
    }
  }
}

/// What a takeover would reach, and what stands in the way of the rest.
package struct TakeoverPreviewView: View {
  /// Quoted by the takeover: it must still find the same accounts.
  package let plan: String
  package let claim: DomainClaimID
  package let domain: String
  /// What stands in the way of each account there is; nil where nothing does.
  package let blockers: [TakeoverCase.Blocker?]
  /// Those that are shown, in the order of their ids.
  package let accounts: [(blocker: TakeoverCase.Blocker?, account: PlannedAccount)]
  /// The last one shown, where more follow.
  package let next: AccountID?

  package init(
    plan: String, claim: DomainClaimID, domain: String, blockers: [TakeoverCase.Blocker?],
    accounts: [(blocker: TakeoverCase.Blocker?, account: PlannedAccount)], next: AccountID?
  ) {
    self.plan = plan
    self.claim = claim
    self.domain = domain
    self.blockers = blockers
    self.accounts = accounts
    self.next = next
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
        writer.int(blockers.count { $0 == nil })
        writer.key("blocked")
        writer.int(blockers.count { $0 != nil })
        for blocker in TakeoverCase.Blocker.allCases {
          let count = blockers.count { $0 == blocker }
          if count == 0 { continue }
          writer.key(blocker.rawValue)
          writer.int(count)
        }
      }
      writer.key("account_ids")
      writer.array { writer in
        for (blocker, item) in accounts where blocker == nil { writer.identifier(item.account) }
      }
      writer.key("accounts")
      writer.array { writer in
        for (blocker, item) in accounts where blocker == nil {
          item.write(to: &writer, blocker: nil)
        }
      }
      writer.key("blocked")
      writer.array { writer in
        for (blocker, item) in accounts where blocker != nil {
          item.write(to: &writer, blocker: blocker)
        }
      }
      writer.key("next_after_account_id")
      writer.string(next?.description)
    }
  }
}

/// The body that starts a takeover.
package struct TakeoverBody: Body {
  package static let selectedMax = 10_000
  package static let selectorsMax = 1_000
  package let plan: String
  package let claim: DomainClaimID
  package let noAnswer: Takeover.Outcome
  package let noticeDays: Int?
  package let accounts: [AccountID]?
  package let excluded: [AccountID]
  /// Addresses and patterns of addresses on the claimed name, whose accounts are meant.
  package let addresses: [String]
  package let excludedAddresses: [String]

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (plan, claim): (String?, DomainClaimID?) = (nil, nil)
    var (noAnswer, noticeDays): (Takeover.Outcome, Int?) = (.detachAddress, nil)
    var (accounts, excluded): ([AccountID]?, [AccountID]) = (nil, [])
    var (addresses, excludedAddresses): ([String], [String]) = ([], [])
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
      case "addresses": addresses = try Self.selectors(&reader)
      case "exclude_addresses": excludedAddresses = try Self.selectors(&reader)
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
    self.addresses = addresses
    self.excludedAddresses = excludedAddresses
  }

  private static func selectors(_ reader: inout JSONReader) throws(JSONError) -> [String] {
    var selectors: [String] = []
    try reader.array { (reader) throws(JSONError) in
      if selectors.count == selectorsMax {
        throw reader.error(.value, "more than \(selectorsMax) addresses")
      }
      selectors.append(try reader.text(max: 254))
    }
    return selectors
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
      writer.key("disputes")
      writer.array { writer in for dispute in disputes { dispute.write(to: &writer) } }
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

/// The body that decides a dispute, with words that both sides get.
package struct DecisionBody: Body {
  package let decision: TakeoverCase.Decision
  package let reason: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var (decision, reason): (TakeoverCase.Decision?, String?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "decision": decision = try reader.choice(TakeoverCase.Decision.self)
      case "reason": reason = try reader.text(max: DisputeBody.wordsMax)
      default: throw reader.unknownMember()
      }
    }
    guard let decision else { throw reader.missing("decision") }
    guard let reason else { throw reader.missing("reason") }
    self.decision = decision
    self.reason = reason
  }
}
