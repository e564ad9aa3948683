/// Who controls an account.
package struct Control: Sendable {
  package let account: AccountID
  /// nil while nobody does.
  package let controller: Controller?

  package init(account: AccountID, controller: Controller?) {
    self.account = account
    self.controller = controller
  }
}

/// Who controls somebody's account, since when, on what proof.
package struct Controller: Sendable {
  package let tenant: TenantID
  package let tenantName: String
  /// The case that it came of.
  package let item: CaseID
  package let takenAt: Timestamp
  /// Private content older than this stays private.
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
