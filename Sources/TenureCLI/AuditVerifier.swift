import Dispatch
import Foundation
import JSON
package import Tenure
import TenureAPI
import Vault

/// Checks an export of the audit log with nothing but the verifier key: no network, no database.
///
/// The lines are hashed as they come; only the tree's peaks are kept.
package struct AuditVerifier {
  /// What is wrong with an export.
  package enum Refusal: Error, Equatable, CustomStringConvertible {
    case keyMalformed
    case noHead
    case signatureInvalid
    case checkpointMalformed
    case lineMalformed(Int, String)
    /// The leaf that should stand there has another number.
    case outOfPlace(Int)
    case detailsChanged(Int)
    case lineTooMany(Int)
    case truncated(have: Int, want: Int)
    case rootDiffers
    case earlierSignatureInvalid
    case earlierLonger
    case earlierDiffers

    package var description: String {
      switch self {
      case .keyMalformed: "the verifier key is not one"
      case .noHead: "the first line is not a checkpoint"
      case .signatureInvalid: "the checkpoint is not signed by this key"
      case .checkpointMalformed: "the signed text is not a checkpoint"
      case .lineMalformed(let line, let why): "line \(line) is not an entry: \(why)"
      case .outOfPlace(let line): "line \(line) is out of place: an entry is missing or moved"
      case .detailsChanged(let line): "line \(line): the details are not the ones that were sealed"
      case .lineTooMany(let line): "line \(line): the log is longer than its checkpoint says"
      case .truncated(let have, let want): "the log ends after \(have) of \(want) entries"
      case .rootDiffers: "the entries do not lead to the signed root: something was changed"
      case .earlierSignatureInvalid: "the earlier checkpoint is not signed by this key"
      case .earlierLonger: "the earlier checkpoint is of a longer log: entries are gone"
      case .earlierDiffers:
        "the log does not begin as the earlier checkpoint says: it was rewritten"
      }
    }
  }

  private let digests: Digests
  private let merkle: MerkleTree
  private let verifier: SignedNote.Verifier
  private let earlier: AuditCheckpoint?
  private var checkpoint: AuditCheckpoint?
  private var peaks: [[UInt8]] = []
  private var count = 0
  /// The beginning of a line whose end has not come yet.
  private var rest: [UInt8] = []

  /// `earlier` is a checkpoint that was kept: the log must begin with it.
  package init(key: String, earlier note: String? = nil) throws {
    digests = try Digests()
    merkle = MerkleTree(digests: digests)
    guard let verifier = SignedNote.Verifier(parsing: key, digests: digests) else {
      throw Refusal.keyMalformed
    }
    self.verifier = verifier
    earlier = try note.map { note in
      guard let text = try SignedNote.open(note, by: verifier, digests: try Digests()),
        let checkpoint = AuditCheckpoint(parsing: text)
      else { throw Refusal.earlierSignatureInvalid }
      return checkpoint
    }
  }

  /// Takes the next piece of the export, cut wherever it was.
  package mutating func take(_ piece: [UInt8]) throws {
    var lines: [[UInt8]] = []
    var start = 0
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(rest + piece[start..<end])
      rest = []
      start = end + 1
    }
    rest.append(contentsOf: piece[start...])
    if checkpoint == nil, !lines.isEmpty { try takeHead(lines.removeFirst()) }
    try takeEntries(lines)
  }

  /// Lines are read and hashed on all cores, and then joined to the tree in their order.
  private mutating func takeEntries(_ lines: [[UInt8]]) throws {
    guard let checkpoint, !lines.isEmpty else { return }
    let first = count
    let workers = max(1, min(ProcessInfo.processInfo.activeProcessorCount, lines.count / 64))
    let results = Results(count: lines.count)
    // A digest's context is one thread's.
    let trees = try (0..<workers).map { _ in MerkleTree(digests: try Digests()) }
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for index in stride(from: worker, to: lines.count, by: workers) {
        results.leaves[index] = Result {
          try Self.leaf(
            lines[index], at: first + index, of: checkpoint.tenant, trees[worker])
        }
      }
    }
    var leaves: [[UInt8]] = []
    for (index, leaf) in results.leaves.enumerated() {
      guard first + index < checkpoint.size else { throw Refusal.lineTooMany(first + index + 2) }
      guard let leaf else { throw Refusal.noHead }
      leaves.append(try leaf.get())
      count += 1
      if count == earlier?.size {
        _ = try merkle.append(leaves, size: count - leaves.count, peaks: &peaks)
        leaves = []
        try compareEarlier()
      }
    }
    if !leaves.isEmpty {
      _ = try merkle.append(leaves, size: count - leaves.count, peaks: &peaks)
    }
  }

  /// What the workers have found, each in places of its own.
  private final class Results: @unchecked Sendable {
    let leaves: UnsafeMutableBufferPointer<Result<[UInt8], any Error>?>

    init(count: Int) {
      leaves = .allocate(capacity: count)
      leaves.initialize(repeating: nil)
    }

    deinit {
      leaves.deinitialize()
      leaves.deallocate()
    }
  }

  /// The leaf that a line is, where it is what it should be at its place.
  private static func leaf(
    _ bytes: [UInt8], at index: Int, of tenant: TenantID, _ merkle: MerkleTree
  ) throws -> [UInt8] {
    let number = index + 2
    let entry: AuditExportEntry
    do {
      var reader = JSONReader(bytes)
      entry = try AuditExportEntry(reading: &reader, tenant: tenant)
      try reader.end()
    } catch { throw Refusal.lineMalformed(number, "\(error)") }
    // What says the same in other bytes is not what was exported.
    guard entry.json == bytes else { throw Refusal.lineMalformed(number, "other bytes") }
    guard entry.index == index else { throw Refusal.outOfPlace(number) }
    if let details = entry.entry.details {
      guard try merkle.digests.sha256(details) == entry.detailsDigest else {
        throw Refusal.detailsChanged(number)
      }
    }
    return try merkle.leaf(entry.entry.canonical(detailsDigest: entry.detailsDigest))
  }

  /// Ends the export; answers what it was proven to be.
  package func finish() throws -> AuditCheckpoint {
    guard let checkpoint else { throw Refusal.noHead }
    // Every line ends in a line feed, the last one too.
    guard count == checkpoint.size, rest.isEmpty else {
      throw Refusal.truncated(have: count, want: checkpoint.size)
    }
    guard try root() == checkpoint.root else { throw Refusal.rootDiffers }
    return checkpoint
  }

  private func root() throws -> String {
    Data(try merkle.root(peaks: peaks)).base64EncodedString()
  }

  private func compareEarlier() throws {
    guard try root() == earlier?.root else { throw Refusal.earlierDiffers }
  }

  private mutating func takeHead(_ line: [UInt8]) throws {
    var reader = JSONReader(line)
    guard let head = try? AuditExportHead(reading: &reader), (try? reader.end()) != nil else {
      throw Refusal.noHead
    }
    guard head.json == line else { throw Refusal.noHead }
    guard let text = try SignedNote.open(head.note, by: verifier, digests: digests) else {
      throw Refusal.signatureInvalid
    }
    guard let checkpoint = AuditCheckpoint(parsing: text),
      AuditCheckpoint.origin(of: checkpoint.tenant) == verifier.name
    else { throw Refusal.checkpointMalformed }
    if let earlier {
      guard earlier.tenant == checkpoint.tenant else { throw Refusal.earlierSignatureInvalid }
      guard earlier.size <= checkpoint.size else { throw Refusal.earlierLonger }
    }
    self.checkpoint = checkpoint
  }
}
