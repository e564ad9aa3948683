import JSON
package import Tenure

extension RetentionRun: View, Shaped {
  package static let shape = Shape<RetentionRun>(
    "RetentionRun", "A run over everything that rules are about."
  ) {
    Member("id", \.id, .id())
    Member(
      "state", \.state, .choice(),
      "`paused`: it would go beyond its budget, or asks before rules run for the first time; "
        + "`failed`: it failed in the same way five times in a row.")
    Member(
      "waits_for", \.waitsFor, .nullable(.choice()),
      "What a paused run waits for. `first_run`: rules have not run yet, and nothing goes before "
        + "somebody has resumed the run.")
    Member(
      "expected", \.expected, .nullable(.count),
      "How much it would dispose of, as counted when it asked.")
    Member("as_of", \.asOf, .timestamp)
    Member("budget", \.budget, .number, example: RetentionRunBody.budgetFallback)
    Member("examined", \.examined, .count)
    Member("disposed", \.disposed, .count)
    Member("created_by", \.createdBy, .actor)
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
    Member(
      "certificate", \.certificate, .nullable(.string),
      "A signed note (c2sp.org/signed-note) once it is completed.")
  }
}

/// How much a run may dispose of.
package struct RetentionRunBody: Body, Shaped {
  package static let budgetFallback = 1_000
  package static let budgetMax = 10_000_000
  package let budget: Int

  package static let shape = Shape("RetentionRunBody", nil, RetentionRunBody.init) {
    Member(
      "budget", \.budget, .int(1...budgetMax, "1 to \(budgetMax) is expected"),
      "How much it may dispose of before it stops and asks.", default: budgetFallback,
      example: budgetFallback)
  }
}

extension RetentionResult: View, Shaped {
  package static let shape = Shape<RetentionResult>(
    "RetentionResult", "What a run did to one thing."
  ) {
    Member("subject_id", \.subjectID, .string, example: Schema.idExample(of: AccountNoun.self))
    Member("class", \.className, .string, example: RetentionRule.accountClass)
    Member("action", \.action, .choice(), example: .delete)
    Member("rule_id", \.rule, .id())
    Member("rule_version", \.ruleVersion, .number)
    Member("due_at", \.dueAt, .timestamp)
    Member("at", \.at, .timestamp)
  }
}

extension Shapes {
  static let retentionRuns: [Component] = [
    RetentionRunBody.shape.component, RetentionRun.shape.component, RetentionResult.shape.component,
  ]
}
