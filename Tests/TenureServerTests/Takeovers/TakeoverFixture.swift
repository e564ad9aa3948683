import Foundation
import JSON
import Tenure
import TenureTesting
import Testing
import Vault

/// A service with a tenant that has proven `acme.test`, an operator that can sign receipts, and a
/// receiver of the operator's webhooks.
struct TakeoverFixture: Sendable {
  static let seed = [UInt8](repeating: 5, count: 32)
  let zone: TestZone
  let sink: TestSink
  let server: TestServer
  let acme: (id: String, key: String)
  let claim: String

  /// `alsoTrusting` is another receiver's certificate.
  init(settings: [String: String] = [:], alsoTrusting other: String? = nil) async throws {
    zone = try await TestZone()
    sink = try await TestSink(trusting: other)
    try await zone.add("hook.test", "A", "127.0.0.1")
    var all = [
      "resolvers": zone.address, "outbound_roots": sink.roots, "outbound_private": "true",
      "receipt_keys": Data(try Signature.publicKey(seed: Self.seed)).base64EncodedString(),
    ]
    all.merge(settings) { $1 }
    server = try await TestServer(settings: all)
    acme = try await server.makeTenant("Acme")
    let claim = try await server.send(
      "POST", "/v1/domain_claims", key: acme.key, body: #"{"domain":"acme.test"}"#)
    let record = claim.json["record"]
    try await zone.add(record?["name"]?.string ?? "", "TXT", record?["value"]?.string ?? "")
    let proven = try await server.send(
      "POST", "/v1/domain_claims/\(claim.id):check", key: acme.key)
    #expect(proven.json["state"]?.string == "verified")
    self.claim = claim.id
  }

  func stop() async throws {
    try await server.stop()
    await sink.stop()
    zone.stop()
  }

  func account(_ addresses: String...) async throws -> String {
    let list = addresses.map { #"{"address":"\#($0)","verified":true}"# }.joined(separator: ",")
    return try await server.send(
      "POST", "/v1/accounts", body: #"{"display_name":"Ada","addresses":[\#(list)]}"#
    ).id
  }

  func preview() async throws -> TestAnswer {
    try await server.send(
      "POST", "/v1/takeovers:preview", key: acme.key, body: #"{"domain_claim_id":"\#(claim)"}"#)
  }

  func start(_ noAnswer: String = "assume_control", plan: String? = nil) async throws -> TestAnswer
  {
    var plan = plan
    if plan == nil { plan = try await preview().json["plan"]?.string }
    return try await server.send(
      "POST", "/v1/takeovers", key: acme.key,
      body: #"{"plan":"\#(plan ?? "")","domain_claim_id":"\#(claim)","no_answer":"\#(noAnswer)"}"#)
  }

  /// The cases of a takeover, once their notices are out.
  func cases(_ takeover: String) async throws -> [JSONValue] {
    _ = try await eventually {
      try await list(takeover).allSatisfy { $0["notice_at"]?.string != nil }
    }
    return try await list(takeover)
  }

  func list(_ takeover: String) async throws -> [JSONValue] {
    let answer = try await server.get("/v1/takeovers/\(takeover)/cases", key: acme.key)
    return answer.json["data"]?.array ?? []
  }

  func state(_ takeover: String) async throws -> String? {
    try await list(takeover).first?["state"]?.string
  }

  /// An account that the operator can also reach otherwise: `contacts` are kind and value.
  func account(
    _ addresses: [(String, isVerified: Bool)],
    contacts: [(kind: String, value: String, isVerified: Bool)] = []
  ) async throws -> String {
    let list = addresses.map { #"{"address":"\#($0.0)","verified":\#($0.isVerified)}"# }
    let others = contacts.map {
      #"{"kind":"\#($0.kind)","value":"\#($0.value)","verified":\#($0.isVerified)}"#
    }
    return try await server.send(
      "POST", "/v1/accounts",
      body: """
        {"display_name":"Ada","addresses":[\(list.joined(separator: ","))],
         "contacts":[\(others.joined(separator: ","))]}
        """
    ).id
  }

  /// Posts a receipt as the operator would; parts of it can be forged.
  ///
  /// `place` is an address, or of another channel the value it was registered with.
  func receipt(
    _ id: String, _ place: String, channel: String = "email", hasFailed: Bool = false,
    seed: [UInt8] = seed, signedFor: String? = nil, at: Timestamp? = nil
  ) async throws -> TestAnswer {
    let signed = signedFor ?? id
    let notice: Notice =
      signed.hasPrefix("ntc_")
      ? .account(try NoticeID(parsing: signed)) : .takeover(try CaseID(parsing: signed))
    let digests = try Digests()
    func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
    let identity = place.contains("@") ? place : "\(channel):\(place)"
    let hash = hex(try digests.sha256(Array("\(id)\n\(identity)".utf8)))
    let template = hex(try digests.sha256(Array("template".utf8)))
    let at = at ?? server.clock.now
    let statement = ReceiptStatement(
      notice: notice, kind: Destination.Kind(rawValue: channel) ?? .email, addressHash: hash,
      templateHash: template, outcome: hasFailed ? .failed : .delivered, deliveredAt: at)
    let signature = try Signature.sign(statement.message, seed: seed)
    return try await server.send(
      "POST", "/v1/receipts",
      body: """
        {"\(id.hasPrefix("ntc_") ? "notice_id" : "case_id")":"\(id)","channel":"\(channel)","address_hash":"\(hash)",
         "template_hash":"\(template)","delivered_at":"\(at)",
         "outcome":"\(hasFailed ? "failed" : "delivered")",
         "signature":"\(Data(signature).base64EncodedString())"}
        """)
  }

  /// The link that the notice of a case had for one destination, as the operator delivers it.
  func link(_ id: String, _ place: String, channel: String = "email") async throws -> String {
    let digests = try Digests()
    let identity = place.contains("@") ? place : "\(channel):\(place)"
    let hash = try digests.sha256(Array("\(id)\n\(identity)".utf8))
      .map { String(format: "%02x", $0) }.joined()
    let feed = try await server.get("/v1/events?type=takeover.notice_required")
    let event = feed.json["data"]?.array?.first { $0["subject"]?.string == id }
    let destinations = event?["data"]?["destinations"]?.array ?? []
    return destinations.first { $0["address_hash"]?.string == hash }?["link_token"]?.string ?? ""
  }

  /// The platform's events of a type, once there are any.
  func events(_ type: String) async throws -> [JSONValue] {
    var events: [JSONValue] = []
    _ = try await eventually {
      events = try await server.get("/v1/events?type=\(type)").json["data"]?.array ?? []
      return !events.isEmpty
    }
    return events
  }

  /// A token of a session in the person's own hand: with a second factor.
  func person(_ account: String) async throws -> String {
    try await token(account, #""assurance":"session","second_factor":true"#)
  }

  /// A token as whoever reads the person's mailbox could have it.
  func mailbox(_ account: String) async throws -> String {
    try await token(account, #""assurance":"mailbox""#)
  }

  /// A token of a session that was signed in at a time.
  func session(_ account: String, since: Timestamp) async throws -> String {
    try await token(account, #""assurance":"session","signed_in_at":"\#(since)""#)
  }

  private func token(_ account: String, _ members: String) async throws -> String {
    let body = #"{"account_id":"\#(account)","expires_in_seconds":86400,\#(members)}"#
    let minted = try await server.send("POST", "/v1/person_tokens", body: body)
    return minted.json["token"]?.string ?? ""
  }

  func days(_ days: Int64) { server.clock.advance(seconds: days * 86_400) }
}
