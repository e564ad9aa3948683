import Foundation
import Postgres
import Tenure
import TenureTesting
import Testing

/// The rule of evidence stands twice: as a pure function, and in the database, which has the last word.
@Suite struct EvidenceTests {
  /// Situations of up to three destinations, drawn so that all meet: two kinds, verified or not, the
  /// claimant's or not, and nothing, a delivery, a failure, both in either order, or an act.
  private static func situations(_ count: Int) -> [Evidence] {
    var random = SplitMix(state: 11)
    func time() -> Timestamp {
      Timestamp(microseconds: 1_700_000_000_000_000)
        .adding(seconds: .random(in: 0..<4, using: &random))
    }
    func place() -> Evidence.Place {
      var place = Evidence.Place(
        [.email, .email, .sms, .push].randomElement(using: &random) ?? .email,
        isVerified: .random(in: 0..<4, using: &random) > 0,
        isClaimants: .random(using: &random))
      let what = Int.random(in: 0..<6, using: &random)
      if [1, 2, 3].contains(what) { place.deliveredAt = time() }
      if [3, 4].contains(what) { place.failedAt = time() }
      if what == 5 { place.actedAt = time() }
      return place
    }
    return (0..<count).map { _ in
      let places = (0..<Int.random(in: 0...3, using: &random)).map { _ in place() }
      let session = Int.random(in: 0..<6, using: &random) == 0 ? time() : nil
      let acts = places.compactMap(\.actedAt) + [session].compactMap(\.self)
      return Evidence(places: places, actedAt: acts.min())
    }
  }

  @Test func `rule and database say the same of every situation`() throws {
    let database = try TestDatabase()
    defer { try? database.drop() }
    let admin = try database.administrator()
    try admin.run("SET session_replication_role = replica; SET timezone = 'UTC'")
    let tenant = UUID()
    let situations = Self.situations(1_500)
    var cases: [UUID] = []
    for evidence in situations {
      let item = UUID()
      cases.append(item)
      try admin.run(Self.rows(evidence, tenant, item))
    }
    try admin.run("SELECT set_config('tenure.tenant', '\(tenant)', false)")
    var counts: [String: Int] = [:]
    for (evidence, item) in zip(situations, cases) {
      let found = try admin.run(
        """
        SELECT coalesce(extract(epoch FROM for_address)::bigint::text, '-') || ' '
          || coalesce(extract(epoch FROM for_control)::bigint::text, '-')
        FROM tenure.told('\(tenant)', '\(item)')
        """
      ).first
      let expected = [Takeover.Outcome.detachAddress, .assumeControl].map { outcome in
        evidence.sufficed(for: outcome).map { "\($0.microseconds / 1_000_000)" } ?? "-"
      }.joined(separator: " ")
      #expect(found == expected, "\(evidence)")
      counts[expected.split(separator: " ").map { $0 == "-" ? "-" : "+" }.joined(), default: 0] += 1
    }
    // A table without all four would prove little.
    #expect(counts.keys.sorted() == ["++", "+-", "-+", "--"], "\(counts)")
  }

  /// A case's destinations and receipts, as nobody but a test may write them.
  private static func rows(_ evidence: Evidence, _ tenant: UUID, _ item: UUID) -> String {
    var text = ""
    func receipt(
      _ level: Int, _ channel: String, _ destination: UUID?, _ at: Timestamp,
      hasFailed: Bool = false
    ) {
      let place = destination.map { "'\($0)'" } ?? "NULL"
      let session = level == 3 && destination == nil ? "gen_random_uuid()" : "NULL"
      let bytes = level == 2 ? "repeat('00', 32)" : "NULL"
      text += """
        INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, level, channel,
          destination_id, session_id, has_failed, is_outside_domain, delivered_at, received_at,
          address_hash, template_hash, public_key, signature)
        VALUES ('\(tenant)', gen_random_uuid(), '\(item)', \(level), '\(channel)', \(place),
          \(session), \(hasFailed), false, '\(at)', '\(at)',
          \(level == 2 ? "sha256(\(place)::bytea)" : "NULL"), decode(\(bytes), 'hex'),
          decode(\(bytes), 'hex'),
          decode(\(level == 2 ? "repeat('00', 64)" : "NULL"), 'hex'));
        """
    }
    for place in evidence.places {
      let id = UUID()
      text += """
        INSERT INTO tenure.notice_destinations (tenant_id, case_id, destination_id, kind,
          address_hash, names, is_verified, is_claimants, link_digest, made_at, made_in)
        VALUES ('\(tenant)', '\(item)', '\(id)', '\(place.kind.rawValue)',
          sha256('\(id)'::bytea), '{}', \(place.isVerified), \(place.isClaimants),
          sha256('\(id)'::bytea), '2020-01-01', '1');
        """
      if let at = place.deliveredAt { receipt(2, place.kind.rawValue, id, at) }
      if let at = place.failedAt { receipt(2, place.kind.rawValue, id, at, hasFailed: true) }
      if let at = place.actedAt { receipt(3, "acknowledge", id, at) }
      // That an endpoint took it, at whichever time, is nothing.
      receipt(1, "acknowledge", id, Timestamp(microseconds: 0))
    }
    let acts = evidence.places.compactMap(\.actedAt)
    if let at = evidence.actedAt, !acts.contains(at) { receipt(3, "acknowledge", nil, at) }
    receipt(1, "operator_webhook", nil, Timestamp(microseconds: 0))
    return text
  }
}

/// Reproducible randomness (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
