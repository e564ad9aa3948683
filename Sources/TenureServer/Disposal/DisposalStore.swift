import Postgres
import Tenure
import TenureKernel

/// SQL of what the disposal gate must know, where no other store has it.
enum DisposalStore {
  /// Locks the owners of the tenant, and of every other tenant that one of the accounts owns, in
  /// the order of tenants: so two owners who leave at once cannot each rely on the other.
  ///
  /// Returns tenant, account, and whether that owner can sign in, whoever has custody of it.
  static func lockOwners(beside accounts: [AccountID], _ access: Access) -> SQL {
    """
    SELECT tenant_id, account_id, signs_in
    FROM tenure_global.owners_beside(\(access.tenant), \(accounts))
    """
  }

  /// Locks the tenant's retention rules against changes until the transaction ends.
  static func keepRules(_ access: Access) -> SQL {
    "SELECT tenant_id FROM tenure.tenants WHERE tenant_id = \(access.tenant) FOR SHARE"
  }

  /// Locks the tenant's retention rules for a change: waits for all who rely on them, and makes
  /// others wait.
  static func changeRules(_ access: Access) -> SQL {
    "SELECT tenant_id FROM tenure.tenants WHERE tenant_id = \(access.tenant) FOR NO KEY UPDATE"
  }

  /// The weakest rights among the claims that the tenant's controls rest on; no row where all allow
  /// destruction, or the tenant controls no account.
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
  /// it; that stays true until their request is lifted, whatever the account's status.
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

  /// The categories of content that the accounts have made, with the date of the newest item, which
  /// a rule for the category keeps longest.
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
