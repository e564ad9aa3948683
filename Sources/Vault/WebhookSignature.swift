import Foundation

/// Signatures of Standard Webhooks 1.0: `v1` HMAC-SHA-256 and `v1a` Ed25519 over
/// `id.timestamp.body`.
package struct WebhookKeys: Sendable, Equatable {
  private static let secretBytes = 32

  /// The secret that is shared with the receiver, for `v1`.
  package let secret: [UInt8]
  /// The seed of the key that signs `v1a`.
  package let seed: [UInt8]

  package init(secret: [UInt8], seed: [UInt8]) {
    self.secret = secret
    self.seed = seed
  }

  package static func random() throws(VaultError) -> WebhookKeys {
    WebhookKeys(
      secret: try Random.bytes(secretBytes), seed: try Random.bytes(secretBytes))
  }

  /// `whsec_…`, with which the receiver checks `v1`.
  package var secretText: String { "whsec_" + Data(secret).base64EncodedString() }

  /// `whpk_…`, with which the receiver checks `v1a`.
  package func publicKeyText() throws(VaultError) -> String {
    "whpk_" + Data(try Signature.publicKey(seed: seed)).base64EncodedString()
  }

}

/// Signs many messages with the keys of one endpoint.
package struct WebhookSigner: Sendable {
  private let secret: [UInt8]
  private let key: SigningKey

  package init(_ keys: WebhookKeys) throws(VaultError) {
    secret = keys.secret
    key = try SigningKey(seed: keys.seed)
  }

  /// The bytes that are signed.
  package static func message(id: String, timestamp: Int64, body: [UInt8]) -> [UInt8] {
    Array("\(id).\(timestamp).".utf8) + body
  }

  package func v1(_ message: [UInt8], _ digests: Digests) throws(VaultError) -> String {
    "v1,\(Data(try digests.hmac(message, keyBytes: secret)).base64EncodedString())"
  }

  /// Takes about 70 µs; call it on worker threads.
  package func v1a(_ message: [UInt8]) throws(VaultError) -> String {
    "v1a,\(Data(try key.sign(message)).base64EncodedString())"
  }
}

/// Verifies a delivery as Standard Webhooks 1.0 asks receivers to.
package enum WebhookVerifier {
  package enum Refusal: String, Error, Sendable {
    case headersMissing = "a header of Standard Webhooks is missing"
    case timestampMalformed = "the timestamp is not a number of seconds"
    case tooOld = "the timestamp is more than five minutes old"
    case tooNew = "the timestamp is more than five minutes ahead"
    case noMatch = "no signature fits"
  }

  private static let toleranceSeconds: Int64 = 300

  /// The bytes of a secret or key, given with or without its prefix; nil where they are not base64.
  package static func keyBytes(_ text: String) -> [UInt8]? {
    let bare = text.split(separator: "_", maxSplits: 1).last.map(String.init) ?? text
    return Data(base64Encoded: ["whsec_", "whpk_"].contains(where: text.hasPrefix) ? bare : text)
      .map { Array($0) }
  }

  /// Throws unless one of the signatures is valid.
  ///
  /// `now` is in seconds since 1970.
  package static func verify(
    id: String, timestamp: String, signatures: String, body: [UInt8], secret: [UInt8]?,
    publicKey: [UInt8]? = nil, now: Int64, digests: Digests
  ) throws {
    if id.isEmpty || timestamp.isEmpty || signatures.isEmpty { throw Refusal.headersMissing }
    guard let sentAt = Int64(timestamp) else { throw Refusal.timestampMalformed }
    if now - sentAt > toleranceSeconds { throw Refusal.tooOld }
    if sentAt - now > toleranceSeconds { throw Refusal.tooNew }
    let message = Array("\(id).\(timestamp).".utf8) + body
    for signature in signatures.split(separator: " ") {
      let halves = signature.split(separator: ",", maxSplits: 1)
      guard halves.count == 2, let bytes = Data(base64Encoded: String(halves[1])) else { continue }
      switch halves[0] {
      case "v1":
        guard let secret else { continue }
        if constantTimeEqual(try digests.hmac(message, keyBytes: secret), Array(bytes)) { return }
      case "v1a":
        guard let publicKey else { continue }
        if Signature.isValid(Array(bytes), of: message, publicKey: publicKey) { return }
      default: continue
      }
    }
    throw Refusal.noMatch
  }
}
