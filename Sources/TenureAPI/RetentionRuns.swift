package import JSON
package import Tenure

/// A run over everything that rules are about.
package struct RetentionRunView: View {
  package enum State: String, CaseIterable, Sendable {
    case running
    /// It would dispose of more than its budget, or asks before rules run for the first time: somebody
    /// must look.
    case paused
    case completed, cancelled
    /// It failed in the same way again and again; a new run begins where nothing was done yet.
    case failed
  }

  /// What a paused run waits for.
  package enum Cause: String, CaseIterable, Sendable {
    case budget
    /// Rules that have not run yet: nothing goes before somebody has answered.
    case firstRun = "first_run"
  }

  package let id: RetentionRunID
  package let state: State
  package let waitsFor: Cause?
  /// How much it would dispose of, as counted when it asked; nil where it did not ask.
  package let expected: Int?
  package let asOf: Timestamp
  package let budget: Int
  package let examined: Int
  package let disposed: Int
  package let createdBy: String
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let certificate: String?
  package let version: Int

  package init(
    id: RetentionRunID, state: State, waitsFor: Cause? = nil, expected: Int? = nil, asOf: Timestamp,
    budget: Int, examined: Int, disposed: Int,
    createdBy: String, createdAt: Timestamp, updatedAt: Timestamp, certificate: String?,
    version: Int
  ) {
    self.id = id
    self.state = state
    self.waitsFor = waitsFor
    self.expected = expected
    self.asOf = asOf
    self.budget = budget
    self.examined = examined
    self.disposed = disposed
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.certificate = certificate
    self.version = version
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("waits_for")
      writer.string(waitsFor?.rawValue)
      writer.key("expected")
      if let expected { writer.int(expected) } else { writer.null() }
      writer.key("as_of")
      writer.timestamp(asOf)
      writer.key("budget")
      writer.int(budget)
      writer.key("examined")
      writer.int(examined)
      writer.key("disposed")
      writer.int(disposed)
      writer.key("created_by")
      writer.string(createdBy)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
      writer.key("certificate")
      writer.string(certificate)
    }
  }
}

/// How much a run may dispose of.
package struct RetentionRunBody: Body {
  package static let budgetFallback = 1_000
  package static let budgetMax = 10_000_000
  package let budget: Int

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var budget = Self.budgetFallback
    try reader.object { (member, reader) throws(JSONError) in
      guard member == "budget" else { throw reader.unknownMember() }
      budget = try reader.int()
      guard (1...Self.budgetMax).contains(budget) else {
        throw reader.error(.value, "1 to \(Self.budgetMax) is expected")
      }
    }
    self.budget = budget
  }
}

/// What a run did to one thing.
package struct RetentionResultView: View {
  package let subjectUUID: Identifier<ContentItemNoun>
  private let subject: String
  package let className: String
  private let action: String
  private let rule: RetentionRuleID
  private let ruleVersion: Int
  private let dueAt: Timestamp
  private let at: Timestamp

  package init(
    subject: Identifier<ContentItemNoun>, className: String, action: String,
    rule: RetentionRuleID, ruleVersion: Int, dueAt: Timestamp, at: Timestamp
  ) {
    subjectUUID = subject
    self.subject =
      className == RetentionRule.accountClass
      ? AccountID(uuid: subject.uuid).description : subject.description
    self.className = className
    self.action = action
    self.rule = rule
    self.ruleVersion = ruleVersion
    self.dueAt = dueAt
    self.at = at
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("subject_id")
      writer.string(subject)
      writer.key("class")
      writer.string(className)
      writer.key("action")
      writer.string(action)
      writer.key("rule_id")
      writer.identifier(rule)
      writer.key("rule_version")
      writer.int(ruleVersion)
      writer.key("due_at")
      writer.timestamp(dueAt)
      writer.key("at")
      writer.timestamp(at)
    }
  }
}
