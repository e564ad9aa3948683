import COpenSSL

/// SHA-256 of bytes that come in pieces, such as of large files.
package struct StreamDigest: ~Copyable {
  private let context: OpaquePointer

  package init() throws(VaultError) {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      throw .unavailable
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ piece: [UInt8]) throws(VaultError) {
    guard EVP_DigestUpdate(context, piece, piece.count) == 1 else { throw .unavailable }
  }

  package mutating func finish() throws(VaultError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw .unavailable }
    return digest
  }
}
