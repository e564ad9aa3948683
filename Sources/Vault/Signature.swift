import COpenSSL

/// A private Ed25519 key, ready to sign.
///
/// Keep it: making it from its seed takes as long as a signature.
///
/// Several threads may use an OpenSSL key at once as long as nobody changes it.
package final class SigningKey: Sendable {
  private nonisolated(unsafe) let key: OpaquePointer

  package init(seed: [UInt8]) throws(VaultError) {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      throw .refused
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  package func sign(_ message: [UInt8]) throws(VaultError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .unavailable }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    else { throw .unavailable }
    return signature
  }

  package func publicKey() throws(VaultError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 else { throw .unavailable }
    return bytes
  }
}

/// Ed25519 (RFC 8032).
///
/// Signing takes about 70 µs and verifying 140 µs, which is too long for the loop.
package enum Signature {
  /// The public key of a 32-byte private seed.
  package static func publicKey(seed: [UInt8]) throws(VaultError) -> [UInt8] {
    try SigningKey(seed: seed).publicKey()
  }

  package static func sign(_ message: [UInt8], seed: [UInt8]) throws(VaultError) -> [UInt8] {
    try SigningKey(seed: seed).sign(message)
  }

  package static func isValid(
    _ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]
  ) -> Bool {
    guard signature.count == 64,
      let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count),
      let context = EVP_MD_CTX_new()
    else { return false }
    defer {
      EVP_PKEY_free(key)
      EVP_MD_CTX_free(context)
    }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
