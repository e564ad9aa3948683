/// What must never be in a takeover, judged from the rows and from what a walk itself knows of each
/// address (`walk_places`, `walk_erased`), and by none of the functions that let things in.
enum TakeoverJudge {
  /// A destination is the claimant's where it lies on a name, or below one, that the claimant had any
  /// claim on between 90 days before the case's beginning and the effect.
  static let rows = """
    WITH effect AS (
      SELECT c.tenant_id, c.case_id, c.account_id, c.taken_at AS at, 'assume_control' AS outcome
      FROM tenure.controls c
      UNION ALL
      SELECT i.tenant_id, i.case_id, i.account_id, i.effect_at, i.outcome
      FROM tenure.takeover_cases i
      WHERE i.state = 'effective' AND i.outcome <> 'assume_control'
    ), found AS (
      SELECT e.*, i.answer, t.no_answer, t.claim_id,
        make_interval(days => (t.notice_days + CASE WHEN i.exported_at < e.at THEN 14 ELSE 0 END
          - CASE WHEN t.extended_at > e.at THEN 14 ELSE 0 END)::integer) AS period
      FROM effect e JOIN tenure.takeover_cases i USING (tenant_id, case_id, account_id)
      JOIN tenure.takeovers t USING (tenant_id, takeover_id)
    ), place AS (
      SELECT f.case_id, f.at, d.destination_id, p.kind, p.is_verified, EXISTS (
          SELECT FROM tenure.domain_claims k WHERE k.tenant_id = f.tenant_id
            AND (p.name = k.domain OR p.name LIKE '%.' || k.domain) AND k.created_at <= f.at
            AND (k.state IN ('pending', 'verified', 'at_risk', 'grace', 'contested')
              OR (k.state <> 'refused'
                AND k.state_since >= d.made_at - interval '90 days'))) AS is_claimants
      FROM found f JOIN tenure.notice_destinations d USING (tenant_id, case_id)
      JOIN walk_places p USING (case_id, address_hash)
    ), seen AS (
      SELECT p.*, (SELECT max(r.received_at) FROM tenure.receipts r WHERE r.case_id = p.case_id
          AND r.destination_id = p.destination_id AND r.received_at <= p.at
          AND r.level = 2 AND r.has_failed) AS failed
      FROM place p
    ), told AS (
      SELECT s.case_id, s.kind, s.is_claimants, s.failed,
        (SELECT min(r.received_at) FROM tenure.receipts r WHERE r.case_id = s.case_id
          AND r.destination_id = s.destination_id AND r.received_at <= s.at AND r.level = 2
          AND NOT r.has_failed AND (s.failed IS NULL OR r.received_at >= s.failed)) AS arrived
      FROM seen s WHERE s.is_verified
    ), acted AS (
      SELECT f.case_id, r.channel, r.received_at FROM found f
      JOIN tenure.receipts r ON r.case_id = f.case_id AND r.level = 3 AND r.received_at <= f.at
      WHERE EXISTS (SELECT FROM place p WHERE p.case_id = f.case_id AND p.is_verified
          AND NOT p.is_claimants AND p.destination_id = r.destination_id)
        OR EXISTS (SELECT FROM tenure.keys k WHERE k.key_id = r.session_id
          AND k.account_id = f.account_id AND k.assurance = 'session'
          AND (k.has_second_factor OR k.signed_in_at < (SELECT min(created_at)
            FROM tenure.domain_claims c WHERE c.tenant_id = f.tenant_id)))
    )
    SELECT 'not told ' || f.case_id FROM found f
    WHERE f.outcome = 'assume_control' AND NOT coalesce(
      CASE WHEN f.answer = 'accept'
        THEN EXISTS (SELECT FROM acted a WHERE a.case_id = f.case_id AND a.channel = 'accept')
      ELSE f.no_answer = 'assume_control' AND f.at >= f.period + least(
        (SELECT min(received_at) FROM acted a WHERE a.case_id = f.case_id),
        (SELECT min(arrived) FROM told t WHERE t.case_id = f.case_id AND NOT is_claimants),
        (SELECT min(greatest(one.arrived, two.arrived)) FROM told one JOIN told two
          ON one.case_id = two.case_id AND one.kind <> two.kind
            AND NOT (one.is_claimants AND two.is_claimants)
            AND one.arrived IS NOT NULL AND two.arrived IS NOT NULL
          WHERE one.case_id = f.case_id)) END, false)
    UNION ALL
    SELECT 'an effect without notice ' || f.case_id FROM found f
    WHERE f.outcome <> 'assume_control' AND NOT coalesce(
      CASE WHEN f.answer = 'detach' AND f.outcome = 'detach_address'
        THEN EXISTS (SELECT FROM acted a WHERE a.case_id = f.case_id AND a.channel = 'detach')
      ELSE f.no_answer = f.outcome AND (SELECT bool_and(arrived IS NOT NULL OR failed IS NOT NULL)
          AND bool_or(arrived IS NOT NULL) FROM told t WHERE t.case_id = f.case_id)
        AND f.at >= f.period
          + (SELECT min(arrived) FROM told t WHERE t.case_id = f.case_id) END, false)
    UNION ALL
    SELECT 'taken while held ' || f.case_id FROM found f JOIN tenure.holds h ON h.state <> 'ended'
      AND h.tenant_id = tenure.platform_tenant() AND h.created_at < f.at
    WHERE h.covers_all OR EXISTS (SELECT FROM tenure.hold_custodians c
      WHERE c.hold_id = h.hold_id AND c.account_id = f.account_id AND c.added_at < f.at)
    UNION ALL
    SELECT 'taken before the answer ' || f.case_id FROM found f
    JOIN tenure_global.requests r ON r.account_id = f.account_id AND r.is_open
      AND r.tenant_id = tenure.platform_tenant()
    WHERE f.outcome <> 'detach_address' AND NOT EXISTS (SELECT FROM tenure.requests q
      WHERE q.request_id = r.request_id AND q.received_at > f.at)
    UNION ALL
    SELECT 'taken without the name ' || f.case_id FROM found f
    JOIN tenure.domain_claims k USING (tenant_id, claim_id)
    WHERE k.state <> 'verified' AND k.state_since < f.at
    UNION ALL
    SELECT 'erased, and back ' || e.account_id FROM walk_erased e
    JOIN tenure.accounts a USING (account_id) WHERE a.status <> 'erased'
    UNION ALL
    SELECT 'two controllers of ' || account_id FROM tenure.controls
    GROUP BY account_id HAVING count(*) > 1
    UNION ALL
    SELECT 'control outside its custody ' || c.account_id FROM tenure.controls c
    WHERE NOT EXISTS (SELECT FROM tenure_global.accounts a
      WHERE a.account_id = c.account_id AND a.tenant_id = c.tenant_id)
    """
}

/// What is written past the database's rules, to see whether the judge notices.
enum PlantedViolation: CaseIterable {
  case nothingArrived, onlySent, claimedMailbox, tooEarly, mailboxSession, heldAccount, openRequest
  case frozenName, blockWithoutNotice, erasedComesBack, secondController

  private static let control = """
    INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at)
    SELECT tenant_id, account_id, case_id, tenure.now() + interval '40 days', tenure.now()
    FROM tenure.takeover_cases ORDER BY case_id LIMIT 1;
    """

  /// A receipt at the destinations that a condition names; days after the notice.
  private static func receipt(_ level: Int, _ channel: String, _ places: String) -> String {
    """
    INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, level, channel, destination_id,
      is_outside_domain, delivered_at, received_at, address_hash, template_hash, public_key, signature)
    SELECT d.tenant_id, gen_random_uuid(), d.case_id, \(level), '\(channel)', d.destination_id, true,
      tenure.now(), tenure.now(), d.address_hash, d.address_hash, d.address_hash,
      d.address_hash || d.address_hash
    FROM tenure.notice_destinations d JOIN walk_places p USING (case_id, address_hash)
    WHERE \(places);
    """
  }

  var sql: String {
    let own = "p.name = 'home.test'"
    let told = Self.receipt(2, "email", own)
    return switch self {
    case .nothingArrived: Self.control
    case .onlySent: Self.receipt(1, "operator_webhook", own) + Self.control
    case .claimedMailbox: Self.receipt(2, "email", "p.name = 'acme.test'") + Self.control
    case .tooEarly: told + Self.control.replacing("40 days", with: "29 days")
    case .mailboxSession:
      """
      UPDATE tenure.takeover_cases SET answer = 'accept';
      INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, level, channel, session_id,
        is_outside_domain, delivered_at, received_at)
      SELECT tenant_id, gen_random_uuid(), case_id, 3, 'accept', gen_random_uuid(), true,
        tenure.now(), tenure.now() FROM tenure.takeover_cases;
      """ + Self.control
    case .heldAccount:
      told + Self.control
        + """
        INSERT INTO tenure.holds (tenant_id, hold_id, details, is_secret, covers_all, categories,
          state, created_by, created_at, updated_at, version)
        VALUES (tenure.platform_tenant(), gen_random_uuid(), '', true, true, '{}', 'active', '',
          tenure.now(), tenure.now(), 1);
        """
    case .openRequest:
      told + Self.control
        + """
        INSERT INTO tenure_global.requests (request_id, account_id, tenant_id, is_open)
        SELECT gen_random_uuid(), account_id, tenure.platform_tenant(), true FROM tenure.controls;
        """
    case .frozenName:
      told + Self.control + "UPDATE tenure.domain_claims SET state = 'grace';"
    case .blockWithoutNotice:
      """
      UPDATE tenure.takeover_cases SET state = 'effective', outcome = 'block_sign_in',
        effect_at = tenure.now();
      """
    case .erasedComesBack:
      """
      INSERT INTO walk_erased SELECT account_id FROM tenure.accounts LIMIT 1;
      """
    case .secondController:
      Self.control
        + """
        INSERT INTO tenure.controls SELECT tenure.platform_tenant(), account_id, case_id, taken_at,
          cutoff_at FROM tenure.controls;
        """
    }
  }

  var violation: String {
    switch self {
    case .nothingArrived, .onlySent, .claimedMailbox, .tooEarly, .mailboxSession: "not told"
    case .heldAccount: "taken while held"
    case .openRequest: "taken before the answer"
    case .frozenName: "taken without the name"
    case .blockWithoutNotice: "an effect without notice"
    case .erasedComesBack: "erased, and back"
    case .secondController: "two controllers"
    }
  }
}
