import COpenSSL

/// SHA-256, HMAC and HKDF, with OpenSSL contexts that are made once.
///
/// Confined to one loop.
package final class Digests: @unchecked Sendable {
  private let sha: OpaquePointer
  private let shaType: OpaquePointer
  private let mac: OpaquePointer

  package init() throws(VaultError) {
    var none: UInt8 = 0
    guard let sha = EVP_MD_CTX_new(), let type = EVP_MD_fetch(nil, "SHA256", nil),
      let mac = cssl_hmac_sha256_new(&none, 1)
    else { throw .unavailable }
    self.sha = sha
    shaType = type
    self.mac = mac
  }

  deinit {
    EVP_MD_CTX_free(sha)
    EVP_MD_free(shaType)
    EVP_MAC_CTX_free(mac)
  }

  /// SHA-256 (FIPS 180-4).
  package func sha256(_ message: some Collection<UInt8>) throws(VaultError) -> [UInt8] {
    try sha256 { update(message, { EVP_DigestUpdate(sha, $0, $1) }) }
  }

  /// SHA-256 of a byte and the parts after it, without joining them.
  func sha256(_ first: UInt8, _ parts: [UInt8]...) throws(VaultError) -> [UInt8] {
    var first = first
    return try sha256 {
      EVP_DigestUpdate(sha, &first, 1) == 1
        && parts.allSatisfy { EVP_DigestUpdate(sha, $0, $0.count) == 1 }
    }
  }

  private func sha256(_ take: () -> Bool) throws(VaultError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestInit_ex2(sha, shaType, nil) == 1, take(),
      EVP_DigestFinal_ex(sha, &digest, nil) == 1
    else { throw .unavailable }
    return digest
  }

  /// HMAC-SHA-256 (RFC 2104).
  package func hmac(
    _ message: some Collection<UInt8>, key: KeyMaterial
  ) throws(VaultError) -> [UInt8] {
    try hmac(message, key: UnsafeRawBufferPointer(rebasing: key.bytes[..<KeyMaterial.byteCount]))
  }

  /// HMAC-SHA-256 under a key of any length.
  package func hmac(
    _ message: some Collection<UInt8>, keyBytes: [UInt8]
  ) throws(VaultError) -> [UInt8] {
    do {
      return try keyBytes.withUnsafeBytes { try hmac(message, key: $0) }
    } catch { throw .unavailable }
  }

  private func hmac(
    _ message: some Collection<UInt8>, key: UnsafeRawBufferPointer
  ) throws(VaultError) -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: 32)
    var written = 0
    let isKeyed: Bool
    if let base = key.baseAddress, key.count > 0 {
      isKeyed =
        EVP_MAC_init(mac, base.assumingMemoryBound(to: UInt8.self), key.count, nil) == 1
    } else {
      // HMAC pads a short key with zeros (RFC 2104 section 2), so an empty key is the same as one
      // zero byte, and OpenSSL needs a byte.
      var zero: UInt8 = 0
      isKeyed = EVP_MAC_init(mac, &zero, 1, nil) == 1
    }
    guard isKeyed, update(message, { EVP_MAC_update(mac, $0, $1) }),
      EVP_MAC_final(mac, &tag, &written, tag.count) == 1
    else { throw .unavailable }
    return tag
  }

  /// HKDF-SHA-256 (RFC 5869).
  ///
  /// `count` is at most 255 × 32 bytes.
  package func hkdf(
    _ secret: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int
  ) throws(VaultError) -> [UInt8] {
    guard count <= 255 * 32 else { throw .refused }
    var pseudorandom = try hmac(secret, keyBytes: salt)
    defer { OPENSSL_cleanse(&pseudorandom, pseudorandom.count) }
    var output: [UInt8] = []
    var block: [UInt8] = []
    var counter: UInt8 = 1
    while output.count < count {
      block = try hmac(block + info + [counter], keyBytes: pseudorandom)
      output += block
      counter &+= 1
    }
    return Array(output.prefix(count))
  }

  /// A key for one purpose, derived from another one.
  ///
  /// With two keys given, both are needed to derive it.
  package func derive(
    from key: KeyMaterial, and other: KeyMaterial? = nil, purpose: String
  ) throws(VaultError) -> KeyMaterial {
    var secret = key.copy() + (other?.copy() ?? [])
    defer { OPENSSL_cleanse(&secret, secret.count) }
    var derived = try hkdf(secret, info: Array(purpose.utf8), count: KeyMaterial.byteCount)
    defer { OPENSSL_cleanse(&derived, derived.count) }
    return try KeyMaterial(derived, locked: true)
  }

  private func update(
    _ message: some Collection<UInt8>, _ body: (UnsafeRawPointer?, Int) -> Int32
  ) -> Bool {
    let direct = message.withContiguousStorageIfAvailable { body($0.baseAddress, $0.count) == 1 }
    if let direct { return direct }
    let copy = Array(message)
    return copy.withUnsafeBytes { body($0.baseAddress, $0.count) == 1 }
  }
}

/// Whether two secrets are equal, in a time that depends on their length alone.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
