/// Which tenant controls an account.
package struct Control: Sendable {
  package let account: AccountID
  /// nil where no tenant does.
  package let controller: Controller?

  package init(account: AccountID, controller: Controller?) {
    self.account = account
    self.controller = controller
  }
}

/// The tenant that controls an account, with the case that gave it control.
package struct Controller: Sendable {
  package let tenant: TenantID
  package let tenantName: String
  /// The case by which the account came under control.
  package let item: CaseID
  package let takenAt: Timestamp
  /// The person's private content from before this stays private.
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
