import Foundation
import Testing
import Vault

private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

@Suite struct WebhookVectorTests {
  private struct File: Decodable {
    struct Vector: Decodable {
      let name: String
      let secret: String?
      let id: String
      let timestamp: String
      let payload: String
      let signature: String
      let now: Int64
      let valid: Bool
    }
    let vectors: [Vector]
  }

  @Test(.enabled(if: vectors != nil, "TENURE_VECTORS is not set"))
  func `every case of Standard Webhooks is judged as it says`() throws {
    let path = (vectors ?? "") + "/webhooks/standard-webhooks-vectors.json"
    let data = try #require(FileManager.default.contents(atPath: path))
    let file = try JSONDecoder().decode(File.self, from: data)
    let digests = try Digests()
    for vector in file.vectors {
      var isValid = true
      do {
        try WebhookVerifier.verify(
          id: vector.id, timestamp: vector.timestamp, signatures: vector.signature,
          body: Array(vector.payload.utf8),
          secret: vector.secret.flatMap(WebhookVerifier.keyBytes),
          now: vector.now, digests: digests)
      } catch { isValid = false }
      #expect(isValid == vector.valid, "\(vector.name)")
    }
    #expect(file.vectors.count >= 17)
  }

  @Test func `what we sign is what the published vector says`() throws {
    let secret = try #require(WebhookVerifier.keyBytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    let keys = WebhookKeys(secret: secret, seed: [UInt8](repeating: 1, count: 32))
    let message = WebhookSigner.message(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
      body: Array(#"{"test": 2432232314}"#.utf8))
    let text = try WebhookSigner(keys).v1(message, try Digests())
    #expect(text == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }
}
