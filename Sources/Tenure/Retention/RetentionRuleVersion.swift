/// One version of a retention rule, with its author and date.
package struct RetentionRuleVersion: Sendable {
  package let rule: RetentionRule
  package let createdBy: String
  package let createdAt: Timestamp

  package init(rule: RetentionRule, createdBy: String, createdAt: Timestamp) {
    self.rule = rule
    self.createdBy = createdBy
    self.createdAt = createdAt
  }
}
