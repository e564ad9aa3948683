import Foundation
import JSON
import Tenure
import TenureAPI
import Vault

/// Checks a certificate of erasure with nothing but the verifier key of the tenant's audit log: no
/// network, no database.
package enum ErasureVerifier {
  /// What is wrong with a certificate.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case keyMalformed
    case malformed(String)
    case signatureInvalid
    case checkpointInvalid
    case entryDiffers
    case notInLog

    package var description: String {
      switch self {
      case .keyMalformed: "the verifier key is not one"
      case .malformed(let why): "the file is not a certificate: \(why)"
      case .signatureInvalid: "the certificate is not signed by this tenant"
      case .checkpointInvalid: "the checkpoint is not signed by this key"
      case .entryDiffers: "the log's entry is not about this erasure"
      case .notInLog: "the entry is not in the log that was signed"
      }
    }
  }

  /// Answers what is certified, as JSON; `key` is the verifier key of the audit log that was kept.
  package static func verify(_ bytes: [UInt8], key: String) throws -> [UInt8] {
    let digests = try Digests()
    guard let log = SignedNote.Verifier(parsing: key, digests: digests) else {
      throw Refusal.keyMalformed
    }
    let certificate: ErasureCertificateView
    let line: AuditExportEntry
    do {
      certificate = try ErasureCertificateView(parsing: bytes)
      line = try certificate.leaf()
    } catch { throw Refusal.malformed("\(error)") }
    let tenant = line.entry.tenant
    // One key signs both, under two names.
    guard log.name == AuditCheckpoint.origin(of: tenant) else { throw Refusal.checkpointInvalid }
    let name = ErasureCertificateView.origin(of: tenant)
    let signer = SignedNote.Verifier(name: name, publicKey: log.publicKey)
    guard let text = try SignedNote.open(certificate.note, by: signer, digests: digests),
      text.hasPrefix(name + "\n")
    else { throw Refusal.signatureInvalid }
    guard let root = try SignedNote.open(certificate.checkpoint, by: log, digests: digests),
      let checkpoint = AuditCheckpoint(parsing: root), checkpoint.tenant == tenant,
      checkpoint.size == certificate.proof.size
    else { throw Refusal.checkpointInvalid }
    let statement = Array(text.dropFirst(name.utf8.count + 1).utf8).dropLast()
    let claims = try JSONValue(parsing: Array(statement))
    let entry = line.entry
    guard claims["account_id"]?.string == entry.subject?.description,
      claims["tenant_id"]?.string == tenant.description,
      claims["erased_at"]?.string == entry.at.description,
      entry.action
        == (claims["method"]?.string == "erase" ? "account.erased" : "account.anonymised")
    else { throw Refusal.entryDiffers }
    let merkle = MerkleTree(digests: digests)
    let leaf = try merkle.leaf(entry.canonical(detailsDigest: line.detailsDigest))
    guard let index = certificate.proof.index, index == line.index,
      let signed = Data(base64Encoded: checkpoint.root),
      try merkle.isIncluded(
        leaf, at: index, size: checkpoint.size,
        proof: certificate.proof.hashes.map { Array(Data(base64Encoded: $0) ?? Data()) },
        root: Array(signed))
    else { throw Refusal.notInLog }
    return Array(statement)
  }
}
