import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of suspension in `tenure.controls`: since when the claim that a control rests on does not
/// hold its domain, and which message the person was sent last.
enum ControlSuspensionStore {
  /// Suspends the controls that rest on a claim; returns how many.
  static func suspend(_ claim: DomainClaimID, _ access: Access) -> SQL {
    """
    WITH suspended AS (
      UPDATE tenure.controls SET suspended_at = tenure.now(), suspension_told = 0
      WHERE tenant_id = \(access.tenant) AND claim_id = \(claim) AND suspended_at IS NULL
      RETURNING account_id)
    SELECT count(*) FROM suspended
    """
  }

  /// Resumes suspended controls that rest on this claim, or on another of the tenant's claims on
  /// the same domain.
  ///
  /// A control is resumed if its account still has a verified address that this claim covers and no
  /// other tenant holds. `name` is the hash of the claim's domain. Returns how many were resumed.
  /// The trigger `controls_hold_clocks` lets their clocks go on.
  static func resume(_ claim: DomainClaim, name: [UInt8], _ access: Access) -> SQL {
    """
    WITH resumed AS (
      UPDATE tenure.controls AS control SET suspended_at = NULL, claim_id = \(claim.id)
      FROM tenure.domain_claims AS former
      WHERE control.tenant_id = \(access.tenant) AND control.suspended_at IS NOT NULL
        AND former.tenant_id = \(access.tenant) AND former.claim_id = control.claim_id
        AND former.domain = \(claim.domain.text)
        AND EXISTS (
          SELECT FROM tenure_global.addresses AS address,
            tenure_global.holder_of(address.name_hmacs) AS holder
          WHERE address.tenant_id = \(access.tenant) AND address.account_id = control.account_id
            AND address.is_verified AND holder.tenant_id = \(access.tenant)
            AND (address.name_hmacs[1] = \(Bytes(name)) OR (\(claim.scope == .subtree)
              AND \(Bytes(name)) = ANY (address.name_hmacs))))
      RETURNING control.account_id)
    SELECT count(*) FROM resumed
    """
  }

  /// A control whose person must be sent a message.
  struct Word: Sendable {
    let account: AccountID
    /// Since when control is suspended; nil where it was resumed.
    let suspendedAt: Timestamp?
    let told: ControlSuspension.Told
  }

  /// Returns the messages that are due for controls that rest on a claim, oldest first, and marks
  /// them as sent.
  static func takeWords(
    _ claim: DomainClaimID, limit: Int, _ access: Access
  ) -> SQL {
    let days = ControlSuspension.wordDays
    return """
      WITH due AS (
        SELECT control.account_id, coalesce(step.told, 0) AS told
        FROM tenure.controls AS control
        LEFT JOIN LATERAL (
          SELECT max(word.told) AS told
          FROM unnest(\(days.map(\.told.rawValue)), \(days.map { Int($0.days) }))
            AS word (told, days)
          WHERE control.suspended_at + make_interval(days => word.days::integer) <= tenure.now()
        ) AS step ON true
        WHERE control.tenant_id = \(access.tenant) AND control.claim_id = \(claim)
          AND (control.suspended_at IS NULL) = (control.suspension_told > coalesce(step.told, 0))
          AND control.suspension_told <> coalesce(step.told, 0)
        ORDER BY control.account_id
        LIMIT \(limit)
        FOR UPDATE OF control SKIP LOCKED)
      UPDATE tenure.controls AS control SET suspension_told = due.told
      FROM due
      WHERE control.tenant_id = \(access.tenant) AND control.account_id = due.account_id
      RETURNING control.account_id, control.suspended_at, due.told
      """
  }

  static func word(_ row: Row) throws -> Word {
    guard let told = ControlSuspension.Told(rawValue: try row.int(2)) else {
      throw PostgresError(kind: .decoding, message: "what was told of a suspension is unknown")
    }
    return Word(
      account: try row.identifier(0, AccountID.self), suspendedAt: try row.optionalTime(1),
      told: told)
  }

  /// Some controls, after one, whose suspension has lasted 90 days.
  static func over(_ claim: DomainClaimID, after: UUID?, limit: Int, _ access: Access) -> SQL {
    """
    SELECT account_id FROM tenure.controls
    WHERE tenant_id = \(access.tenant) AND claim_id = \(claim) AND account_id > \(after ?? .zero)
      AND suspended_at
        <= tenure.now() - make_interval(days => \(Int(DomainClaim.suspensionDays))::integer)
    ORDER BY account_id
    LIMIT \(limit)
    """
  }

  /// When the next message or end is due for controls that rest on a claim; NULL where none is.
  static func nextDue(_ claim: DomainClaimID, _ access: Access) -> SQL {
    let days = ControlSuspension.wordDays
    return """
      SELECT min(CASE WHEN suspended_at IS NULL THEN tenure.now()
        ELSE suspended_at + make_interval(days => coalesce((
          SELECT min(word.days) FROM unnest(\(days.map(\.told.rawValue)),
            \(days.map { Int($0.days) })) AS word (told, days)
          WHERE word.told > suspension_told), \(Int(DomainClaim.suspensionDays)))::integer) END)
      FROM tenure.controls
      WHERE tenant_id = \(access.tenant) AND claim_id = \(claim)
        AND (suspended_at IS NOT NULL OR suspension_told > 0)
      """
  }
}
