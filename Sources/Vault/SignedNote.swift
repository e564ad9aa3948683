import Foundation

/// Text signed with Ed25519 in the format of c2sp.org/signed-note, which anybody with the verifier
/// key can check.
package enum SignedNote {
  private static let algorithm: UInt8 = 0x01
  private static let dash = "\u{2014}"

  /// The signer, by name and public key.
  package struct Verifier: Sendable, Equatable {
    package let name: String
    package let publicKey: [UInt8]

    package init(name: String, publicKey: [UInt8]) {
      self.name = name
      self.publicKey = publicKey
    }

    /// Reads `name+hash+base64`; nil for other text, or if the hash is not that of the key.
    package init?(parsing text: String, digests: Digests) {
      let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[0].isEmpty, let key = Data(base64Encoded: String(parts[2])),
        key.count == 33, key.first == SignedNote.algorithm
      else { return nil }
      self.init(name: String(parts[0]), publicKey: Array(key.dropFirst()))
      guard let hash = try? keyHash(digests), parts[1] == SignedNote.hexadecimal(hash) else {
        return nil
      }
    }

    /// The text `name+hash+base64`, for those who verify.
    package func text(_ digests: Digests) throws(VaultError) -> String {
      let key = Data([SignedNote.algorithm] + publicKey).base64EncodedString()
      return "\(name)+\(SignedNote.hexadecimal(try keyHash(digests)))+\(key)"
    }

    /// The first four bytes of SHA-256 of name, line feed, algorithm and key.
    fileprivate func keyHash(_ digests: Digests) throws(VaultError) -> [UInt8] {
      Array(
        try digests.sha256(
          Array(name.utf8) + [0x0A, SignedNote.algorithm] + publicKey
        ).prefix(4))
    }
  }

  /// The text, which must end in a line feed, with its signature below.
  package static func sign(
    _ text: String, name: String, key: SigningKey, digests: Digests
  ) throws(VaultError) -> String {
    let verifier = Verifier(name: name, publicKey: try key.publicKey())
    let signature = try verifier.keyHash(digests) + key.sign(Array(text.utf8))
    return "\(text)\n\(dash) \(name) \(Data(signature).base64EncodedString())\n"
  }

  /// The text of a note that has a valid signature by the verifier; nil otherwise.
  package static func open(
    _ note: String, by verifier: Verifier, digests: Digests
  ) throws(VaultError) -> String? {
    guard let end = note.range(of: "\n\n", options: .backwards) else { return nil }
    let text = note[..<end.lowerBound] + "\n"
    for line in note[end.upperBound...].split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[0] == dash, words[1] == verifier.name,
        let bytes = Data(base64Encoded: String(words[2])).map({ Array($0) }), bytes.count == 68,
        // The last character of base64 has unused bits: only one form of a signature is accepted.
        Data(bytes).base64EncodedString() == words[2],
        try Array(bytes[..<4]) == verifier.keyHash(digests)
      else { continue }
      let isValid = Signature.isValid(
        Array(bytes[4...]), of: Array(text.utf8), publicKey: verifier.publicKey)
      if isValid { return String(text) }
    }
    return nil
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
