import COpenSSL

/// AES-256-GCM (SP 800-38D), with OpenSSL contexts that are made once.
///
/// Confined to one loop.
package final class Cipher: @unchecked Sendable {
  package static let nonceBytes = 12
  package static let tagBytes = 16
  /// Bytes of nonces that are drawn at once: one call for 256 nonces instead of 256.
  private static let nonceBlock = 256 * nonceBytes

  private let sealing: OpaquePointer
  private let opening: OpaquePointer
  private var nonces: [UInt8] = []
  private var noncesUsed = 0

  package init() throws(VaultError) {
    guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { throw .unavailable }
    defer { EVP_CIPHER_free(cipher) }
    guard let sealing = EVP_CIPHER_CTX_new(), let opening = EVP_CIPHER_CTX_new(),
      EVP_EncryptInit_ex(sealing, cipher, nil, nil, nil) == 1,
      EVP_DecryptInit_ex(opening, cipher, nil, nil, nil) == 1
    else { throw .unavailable }
    self.sealing = sealing
    self.opening = opening
  }

  deinit {
    EVP_CIPHER_CTX_free(sealing)
    EVP_CIPHER_CTX_free(opening)
  }

  /// A new nonce of 96 random bits.
  func nextNonce() throws(VaultError) -> ArraySlice<UInt8> {
    if noncesUsed == nonces.count {
      nonces = try Random.bytes(Self.nonceBlock)
      noncesUsed = 0
    }
    defer { noncesUsed += Self.nonceBytes }
    return nonces[noncesUsed..<noncesUsed + Self.nonceBytes]
  }

  /// The ciphertext followed by the tag.
  ///
  /// A nonce of another length than 12 is allowed for test vectors only.
  package func seal(
    _ plaintext: [UInt8], key: KeyMaterial, nonce: [UInt8], aad: [UInt8]
  ) throws(VaultError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: plaintext.count + Self.tagBytes)
    var written: Int32 = 0
    var tag = [UInt8](repeating: 0, count: Self.tagBytes)
    guard !nonce.isEmpty, cssl_gcm_set_nonce_length(sealing, Int32(nonce.count)) == 1,
      EVP_EncryptInit_ex(sealing, nil, nil, key.pointer, nonce) == 1,
      EVP_EncryptUpdate(sealing, nil, &written, aad, Int32(aad.count)) == 1,
      EVP_EncryptUpdate(sealing, &output, &written, plaintext, Int32(plaintext.count)) == 1,
      EVP_EncryptFinal_ex(sealing, &tag, &written) == 1,
      cssl_gcm_get_tag(sealing, &tag) == 1
    else { throw .unavailable }
    output.replaceSubrange(plaintext.count..., with: tag)
    return output
  }

  /// The plaintext of a ciphertext that is followed by its tag; throws where key, nonce, `aad` or
  /// bytes are not those of `seal`.
  package func open(
    _ sealed: ArraySlice<UInt8>, key: KeyMaterial, nonce: [UInt8], aad: [UInt8]
  ) throws(VaultError) -> [UInt8] {
    guard sealed.count >= Self.tagBytes, !nonce.isEmpty else { throw .refused }
    let length = sealed.count - Self.tagBytes
    var tag = Array(sealed.suffix(Self.tagBytes))
    // One byte more than needed: OpenSSL wants an address even for an empty plaintext.
    var output = [UInt8](repeating: 0, count: length + 1)
    var written: Int32 = 0
    let isGenuine = sealed.withUnsafeBufferPointer { bytes in
      cssl_gcm_set_nonce_length(opening, Int32(nonce.count)) == 1
        && EVP_DecryptInit_ex(opening, nil, nil, key.pointer, nonce) == 1
        && EVP_DecryptUpdate(opening, nil, &written, aad, Int32(aad.count)) == 1
        && EVP_DecryptUpdate(opening, &output, &written, bytes.baseAddress, Int32(length)) == 1
        && cssl_gcm_set_tag(opening, &tag) == 1
        && EVP_DecryptFinal_ex(opening, nil, &written) == 1
    }
    guard isGenuine else {
      OPENSSL_cleanse(&output, output.count)
      throw .refused
    }
    output.removeLast()
    return output
  }
}
