import JSON
import Tenure
import TenureAPI
import Vault

/// Checks a package of somebody's data with nothing but the verifier key of whoever made it: no
/// network, no database.
package enum PackageVerifier {
  /// What is wrong with a package.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case keyMalformed
    case malformed
    case signatureInvalid
    case fileDiffers(String)
    case filesMissing

    package var description: String {
      switch self {
      case .keyMalformed: "the verifier key is not one"
      case .malformed: "the file is not a package"
      case .signatureInvalid: "the manifest is not signed by this key"
      case .fileDiffers(let name): "the file \(name) is not the one that was signed"
      case .filesMissing: "files are missing, or more than were signed"
      }
    }
  }

  /// Answers the files of a package, each as its digest was signed; `key` is the verifier key.
  package static func verify(
    _ bytes: [UInt8], key: String
  ) throws -> [(name: String, content: String)] {
    let digests = try Digests()
    guard let verifier = SignedNote.Verifier(parsing: key, digests: digests) else {
      throw Refusal.keyMalformed
    }
    guard let package = try? JSONValue(parsing: bytes), let note = package["manifest"]?.string,
      let files = package["files"]?.array
    else { throw Refusal.malformed }
    guard let text = try SignedNote.open(note, by: verifier, digests: digests),
      text.hasPrefix(verifier.name + "\n"),
      let manifest = PackageManifest(
        parsing: String(text.dropFirst(verifier.name.count + 1).dropLast()))
    else { throw Refusal.signatureInvalid }
    guard files.count == manifest.files.count else { throw Refusal.filesMissing }
    return try zip(files, manifest.files).map { file, signed in
      let content = file["content"]?.string ?? ""
      let digest = Hexadecimal.encode(try digests.sha256(Array(content.utf8)))
      guard file["name"]?.string == signed.name, digest == signed.digest else {
        throw Refusal.fileDiffers(signed.name)
      }
      return (signed.name, content)
    }
  }
}
