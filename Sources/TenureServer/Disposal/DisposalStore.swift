import Postgres
import Tenure
import TenureKernel

/// SQL of what the gate for disposal asks that no other store answers for all of its accounts.
enum DisposalStore {
  /// Locks the tenant's owners, and those of every other tenant that one of the accounts owns, in
  /// the order of tenants: two who leave at once cannot each believe that the other stays.
  ///
  /// Answers tenant, account, and whether that owner can sign in, wherever the account lies.
  static func lockOwners(beside accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT tenant_id, account_id, signs_in
    FROM tenure_global.owners_beside(\(access.tenant), \(accounts))
    """
  }

  /// Keeps the tenant's retention rules as they are until the transaction ends.
  static func keepRules(_ access: Access) -> SQL {
    "SELECT tenant_id FROM tenure.tenants WHERE tenant_id = \(access.tenant) FOR SHARE"
  }

  /// Waits for whoever relies on the tenant's retention rules, and has others wait.
  static func changeRules(_ access: Access) -> SQL {
    "SELECT tenant_id FROM tenure.tenants WHERE tenant_id = \(access.tenant) FOR NO KEY UPDATE"
  }

  /// What the least certain of the claims allows that the tenant's controls rest on; no row where
  /// all allow destruction, or it controls nobody.
  static func leastRights(_ access: Access) -> SQL {
    """
    SELECT max(CASE WHEN control.suspended_at IS NULL THEN coalesce(name.rights, 'suspended')
      ELSE 'suspended' END) AS rights
    FROM tenure.controls AS control
    LEFT JOIN tenure_global.domains AS name
      ON name.tenant_id = \(access.tenant) AND name.claim_id = control.claim_id
    WHERE control.tenant_id = \(access.tenant) AND (control.suspended_at IS NOT NULL
      OR coalesce(name.rights, 'suspended') NOT IN ('full', 'kept'))
    HAVING count(*) > 0
    """
  }

  /// Those of the accounts whose processing is restricted, each with whether the person asked for
  /// it: that stays until somebody lifts their request, whatever the account has become.
  static func restricted(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT found.id, found.is_asked FROM (
      SELECT wanted.id, account.status, EXISTS (
          SELECT FROM tenure.requests AS request
          WHERE request.tenant_id = \(access.tenant) AND request.account_id = wanted.id
            AND request.type = 'restriction' AND request.state = 'fulfilled'
            AND request.lifted_at IS NULL) AS is_asked
      FROM unnest(\(accounts)) AS wanted (id)
      LEFT JOIN tenure.accounts AS account
        ON account.tenant_id = \(access.tenant) AND account.account_id = wanted.id) AS found
    WHERE found.is_asked OR found.status = 'restricted'
    """
  }

  /// What the accounts have made, by category, and when the last of it was: what a rule for the
  /// category keeps longest.
  static func categories(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT item.account_id, item.category, max(item.created_at)
    FROM unnest(\(accounts)) AS wanted (id)
    JOIN tenure.content_items AS item
      ON item.tenant_id = \(access.tenant) AND item.account_id = wanted.id
    GROUP BY 1, 2
    """
  }
}
