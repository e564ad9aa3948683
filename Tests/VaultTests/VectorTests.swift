import Foundation
import JSON
import Testing
import Vault

private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

func bytes(hexadecimal text: String) -> [UInt8] {
  let digits = text.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map {
    UInt8(digits[$0] << 4 | digits[$0 + 1])
  }
}

@Suite(.enabled(if: vectors != nil, "TENURE_VECTORS is not set")) struct VectorTests {
  /// Wycheproof's tests of one file, with the group each belongs to.
  private func wycheproof(_ name: String) throws -> [(group: JSONValue, test: JSONValue)] {
    let path = (vectors ?? "") + "/wycheproof/" + name
    let file = try JSONValue(parsing: Array(FileManager.default.contents(atPath: path) ?? Data()))
    return (file["testGroups"]?.array ?? []).flatMap { group in
      (group["tests"]?.array ?? []).map { (group, $0) }
    }
  }

  private func field(_ value: JSONValue, _ name: String) -> [UInt8] {
    bytes(hexadecimal: value[name]?.string ?? "")
  }

  @Test func `AES-256-GCM agrees with Wycheproof`() throws {
    let cipher = try Cipher()
    var count = 0
    for (group, test) in try wycheproof("aes_gcm_test.json") where group["keySize"]?.int == 256 {
      let key = try KeyMaterial(field(test, "key"))
      let (nonce, aad) = (field(test, "iv"), field(test, "aad"))
      // OpenSSL takes nonces of up to 128 bytes; ours have 12.
      if nonce.count > 128 { continue }
      let sealed = field(test, "ct") + field(test, "tag")
      let isValid = test["result"]?.string == "valid"
      let opened = try? cipher.open(sealed[...], key: key, nonce: nonce, aad: aad)
      #expect((opened != nil) == isValid, "open \(test["tcId"]?.int ?? 0)")
      if isValid {
        #expect(opened == field(test, "msg"))
        #expect(try cipher.seal(field(test, "msg"), key: key, nonce: nonce, aad: aad) == sealed)
      }
      count += 1
    }
    #expect(count > 60)
  }

  @Test func `AES-256-GCM agrees with CAVP`() throws {
    let cipher = try Cipher()
    for (name, opens) in [("gcmEncryptExtIV256.rsp", false), ("gcmDecrypt256.rsp", true)] {
      let path = (vectors ?? "") + "/cavp/" + name
      let text = try String(contentsOfFile: path, encoding: .utf8)
      var fields: [String: String] = [:]
      var tagBits = 0
      var count = 0
      func judge() throws {
        guard let key = fields["Key"], tagBits == 128 else { return }
        let material = try KeyMaterial(bytes(hexadecimal: key))
        let sealed =
          bytes(hexadecimal: fields["CT"] ?? "") + bytes(hexadecimal: fields["Tag"] ?? "")
        let nonce = bytes(hexadecimal: fields["IV"] ?? "")
        let aad = bytes(hexadecimal: fields["AAD"] ?? "")
        let plain = bytes(hexadecimal: fields["PT"] ?? "")
        if opens {
          let opened = try? cipher.open(sealed[...], key: material, nonce: nonce, aad: aad)
          #expect(opened == (fields["FAIL"] == nil ? plain : nil))
        } else {
          #expect(try cipher.seal(plain, key: material, nonce: nonce, aad: aad) == sealed)
        }
        count += 1
      }
      for line in text.split(whereSeparator: \.isNewline) {
        if line.hasPrefix("[Taglen = ") {
          try judge()
          fields = [:]
          tagBits = Int(line.dropFirst(10).dropLast()) ?? 0
        } else if line.hasPrefix("Count = ") {
          try judge()
          fields = [:]
        } else if line == "FAIL" {
          fields["FAIL"] = ""
        } else if let equals = line.firstIndex(of: "="), !line.hasPrefix("[") {
          let name = line[..<equals].trimmingCharacters(in: .whitespaces)
          fields[name] = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        }
      }
      try judge()
      #expect(count == 1_125)
    }
  }

  @Test func `HMAC-SHA-256 agrees with Wycheproof`() throws {
    let digests = try Digests()
    var count = 0
    for (group, test) in try wycheproof("hmac_sha256_test.json") {
      let tag = try digests.hmac(field(test, "msg"), keyBytes: field(test, "key"))
      let expected = field(test, "tag")
      let isEqual = constantTimeEqual(
        Array(tag.prefix((group["tagSize"]?.int ?? 256) / 8)), expected)
      #expect(isEqual == (test["result"]?.string == "valid"), "\(test["tcId"]?.int ?? 0)")
      count += 1
    }
    #expect(count == 174)
  }

  @Test func `HKDF-SHA-256 agrees with Wycheproof`() throws {
    let digests = try Digests()
    var count = 0
    for (_, test) in try wycheproof("hkdf_sha256_test.json") {
      let output = try? digests.hkdf(
        field(test, "ikm"), salt: field(test, "salt"), info: field(test, "info"),
        count: test["size"]?.int ?? 0)
      let isValid = test["result"]?.string == "valid"
      #expect((output == field(test, "okm")) == isValid, "\(test["tcId"]?.int ?? 0)")
      count += 1
    }
    #expect(count == 86)
  }

  @Test func `Ed25519 agrees with Wycheproof`() throws {
    var count = 0
    for (group, test) in try wycheproof("ed25519_test.json") {
      let key = bytes(hexadecimal: group["publicKey"]?["pk"]?.string ?? "")
      let isValid = Signature.isValid(field(test, "sig"), of: field(test, "msg"), publicKey: key)
      #expect(isValid == (test["result"]?.string == "valid"), "\(test["tcId"]?.int ?? 0)")
      count += 1
    }
    #expect(count == 151)
  }
}
