/// What tables and CSV files show of each noun.
enum Columns {
  static let tenant = ["id", "name", "state", "created_at"]
  static let key = ["id", "name", "role", "expires_at", "revoked_at"]
  static let newKey = ["id", "name", "role", "expires_at", "token"]
  static let account = ["id", "status", "addresses.0.address", "display_name", "created_at"]
  static let membership = ["account_id", "role", "created_at"]
  static let domainClaim = ["id", "domain", "scope", "state", "record.name", "record.value"]
  static let takeover = ["id", "domain", "no_answer", "state", "cases.total", "cases.effective"]
  static let takeoverCase = ["id", "account_id", "state", "outcome", "deadline_at", "effect_at"]
  static let dispute = ["id", "case_id", "number", "state", "opened_at", "ended_at"]
  static let endpoint = ["id", "url", "state", "failures"]
  static let operation = [
    "id", "kind", "state", "progress.done", "progress.total", "progress.failed",
  ]
  static let change = ["id", "account_id", "verb", "state", "effective_at", "refusal"]
  static let outcome = ["account_id", "outcome", "status", "code", "detail"]
  static let approval = ["id", "action", "object", "state", "requested_by", "expires_at"]
  static let hold = ["id", "matter", "state", "secret", "custodian_count", "cools_until"]
  static let rule = ["id", "name", "applies_to", "trigger", "period", "action", "effective_at"]
  static let content = ["id", "category", "visibility", "author.name", "title", "created_at"]
  static let audit = ["at", "actor", "on_behalf_of", "action", "object", "request_id"]
}
