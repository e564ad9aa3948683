/// A version of a rule, and who wrote it when.
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
