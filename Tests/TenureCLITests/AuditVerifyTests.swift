import Foundation
import JSON
import Postgres
import Tenure
import TenureCLI
import TenureTesting
import Testing
import Vault

/// An export of the audit log of a real service, verified with nothing but the key, and forged in
/// every way we can think of.
@Suite(.serialized, .onOwnThreads) struct AuditVerifyTests {
  private static let trials =
    Int(ProcessInfo.processInfo.environment["TENURE_TAMPERS"] ?? "") ?? 1_000

  /// A service with something in its log, and an export of it.
  private func export(
    _ daemon: Daemon
  ) async throws -> (text: String, key: String, earlier: String) {
    try await daemon.start(environment: ["TENURE_AUDIT_SEAL_SECONDS": "0"])
    #expect(
      try daemon.tenure("tenant", "create", "--name", "Acme", "--reason", "Ada asked").status == 0)
    let checkpoint = try await daemon.checkpoint()
    for number in 0..<12 {
      #expect(
        try daemon.tenure(
          "account", "create", "--address", "a\(number)@x.test", "--reason", "r\(number)"
        ).status == 0)
    }
    var text = ""
    try await eventually {
      text = try daemon.tenure("audit", "export").output
      return text.split(separator: "\n").count > 12
    }
    return (
      text, checkpoint["verifier_key"]?.string ?? "", checkpoint["note"]?.string ?? ""
    )
  }

  private func verify(
    _ text: [UInt8], _ key: String, earlier: String? = nil
  ) throws -> AuditCheckpoint {
    var verifier = try AuditVerifier(key: key, earlier: earlier)
    try verifier.take(text)
    return try verifier.finish()
  }

  @Test func `an export is verified, and every tampering is caught`() async throws {
    let daemon = try Daemon()
    let (text, key, earlier) = try await export(daemon)
    let bytes = Array(text.utf8)
    let proven = try verify(bytes, key)
    #expect(proven.size == text.split(separator: "\n").count - 1)
    #expect(try verify(bytes, key, earlier: earlier) == proven)

    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      Array($0.utf8) + [0x0A]
    }
    let stranger = try SigningKey(seed: try Random.bytes(32))
    let digests = try Digests()
    for trial in 0..<Self.trials {
      var forged = bytes
      let kind = trial % 6
      switch kind {
      case 0:
        let at = Int.random(in: 0..<forged.count)
        forged[at] ^= UInt8.random(in: 1...255)
      case 1:
        let gone = Int.random(in: 0..<lines.count)
        forged = lines.enumerated().filter { $0.offset != gone }.flatMap(\.element)
      case 2:
        let (one, other) = (Int.random(in: 0..<lines.count), Int.random(in: 0..<lines.count))
        if one == other { continue }
        var moved = lines
        moved.swapAt(one, other)
        forged = moved.flatMap { $0 }
      case 3: forged.removeLast(Int.random(in: 1..<forged.count))
      case 4:
        var doubled = lines
        let at = Int.random(in: 0..<lines.count)
        doubled.insert(lines[at], at: Int.random(in: 0...lines.count))
        forged = doubled.flatMap { $0 }
      default:
        // Another key signs what somebody would like the log to be.
        let kept = Int.random(in: 1..<lines.count)
        let note = try SignedNote.sign(
          AuditCheckpoint(tenant: proven.tenant, size: kept - 1, root: proven.root).text,
          name: AuditCheckpoint.origin(of: proven.tenant), key: stranger, digests: digests)
        var writer = JSONWriter()
        writer.object { writer in
          writer.key("checkpoint")
          writer.string(note)
        }
        forged = writer.bytes + [0x0A] + lines[1..<kept].flatMap { $0 }
      }
      if forged == bytes { continue }
      #expect(throws: AuditVerifier.Refusal.self, "trial \(trial) of kind \(kind)") {
        _ = try verify(forged, key)
      }
    }
    try daemon.cleanUp()
  }

  /// The service itself may sign: what it signed before is held against it.
  @Test func `a log rewritten by whoever holds the key differs from a kept checkpoint`()
    async throws
  {
    let daemon = try Daemon()
    let (text, key, earlier) = try await export(daemon)
    let forger = try SigningKey(seed: try Random.bytes(32))
    let digests = try Digests()
    let proven = try verify(Array(text.utf8), key)
    // The earlier checkpoint of a longer log, and one of another history, by the same key's holder.
    let name = AuditCheckpoint.origin(of: proven.tenant)
    let verifier = SignedNote.Verifier(name: name, publicKey: try forger.publicKey())
    func note(_ size: Int, _ root: String) throws -> String {
      try SignedNote.sign(
        AuditCheckpoint(tenant: proven.tenant, size: size, root: root).text, name: name,
        key: forger, digests: digests)
    }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("checkpoint")
      writer.string((try? note(proven.size, proven.root)) ?? "")
    }
    let lines = text.split(separator: "\n", maxSplits: 1)
    let signed = writer.bytes + [0x0A] + Array(lines[1].utf8)
    let forgerKey = try verifier.text(digests)
    #expect(try verify(signed, forgerKey) == proven)
    let other = Data(repeating: 1, count: 32).base64EncodedString()
    #expect(throws: AuditVerifier.Refusal.earlierDiffers) {
      _ = try verify(signed, forgerKey, earlier: try note(2, other))
    }
    #expect(throws: AuditVerifier.Refusal.earlierLonger) {
      _ = try verify(signed, forgerKey, earlier: try note(proven.size + 1, other))
    }
    #expect(throws: AuditVerifier.Refusal.earlierSignatureInvalid) {
      _ = try verify(signed, forgerKey, earlier: earlier)
    }
    try daemon.cleanUp()
  }

  @Test func `the command says yes, or what is wrong`() async throws {
    let daemon = try Daemon()
    let (text, key, earlier) = try await export(daemon)
    let (log, since, keyFile) = (
      daemon.folder + "/log", daemon.folder + "/since", daemon.folder + "/key"
    )
    try text.write(toFile: log, atomically: true, encoding: .utf8)
    try earlier.write(toFile: since, atomically: true, encoding: .utf8)
    try key.write(toFile: keyFile, atomically: true, encoding: .utf8)
    // Neither network nor service: it is stopped.
    #expect(daemon.stop() == 0)
    let good = try daemon.tenure("audit", "verify", log, "--key", "@" + keyFile, "--since", since)
    #expect(good.status == 0 && good.output.hasPrefix("verified: "), "\(good.errors)")
    let cut = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
    let bad = try daemon.tenure("audit", "verify", "-", "--key", key, input: cut)
    #expect(bad.status == 1 && bad.errors.contains("the log ends after"), "\(bad.errors)")
    #expect(try daemon.tenure("audit", "verify", log, "--key", "nonsense").status == 1)
    #expect(try daemon.tenure("audit", "verify", "/nowhere", "--key", key).status == 2)
    try daemon.cleanUp()
  }

  /// The person's key goes, and with it what the entries say of them; the proof stays.
  @Test func `erasing what entries confide leaves the tree valid`() async throws {
    let daemon = try Daemon()
    let (text, key, _) = try await export(daemon)
    let admin = try daemon.database.administrator()
    #expect(text.contains(#""details_sealed":""#))
    try admin.run("DELETE FROM tenure.audit_keys")
    #expect(try !daemon.tenure("audit", "search", "-o", "json").output.contains("\"r3\""))
    try admin.run("UPDATE tenure.audit_entries SET details = NULL")
    let after = try daemon.tenure("audit", "export").output
    #expect(!after.contains(#""details_sealed":""#))
    let proven = try verify(Array(after.utf8), key)
    #expect(proven.size >= text.split(separator: "\n").count - 1)
    try daemon.cleanUp()
  }
}
