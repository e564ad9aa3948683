import Foundation
import JSON
import Testing
import Vault

private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

@Suite struct MerkleTreeTests {
  private let digests: Digests
  private let tree: MerkleTree

  init() throws {
    digests = try Digests()
    tree = MerkleTree(digests: digests)
  }

  private func leaves(_ count: Int) throws -> [[UInt8]] {
    try (0..<count).map { try tree.leaf(Array("\($0)".utf8)) }
  }

  /// The definition of RFC 9162 section 2.1.1, word for word.
  private func definition(_ leaves: ArraySlice<[UInt8]>) throws -> [UInt8] {
    if leaves.isEmpty { return try digests.sha256([]) }
    if leaves.count == 1 { return leaves[leaves.startIndex] }
    var half = 1
    while half * 2 < leaves.count { half *= 2 }
    let middle = leaves.startIndex + half
    return try tree.node(definition(leaves[..<middle]), definition(leaves[middle...]))
  }

  @Test func `trees of every size, and all their proofs, are what the definition says`() throws {
    let all = try leaves(70)
    for size in 0...70 {
      var peaks: [[UInt8]] = []
      let made = try tree.append(Array(all[..<size]), size: 0, peaks: &peaks)
      let root = try tree.root(peaks: peaks)
      #expect(root == (try definition(all[..<size])))
      let nodes = Dictionary(uniqueKeysWithValues: made.map { ($0.node, $0.hash) })
      func hash(_ range: Range<Int>) throws -> [UInt8] {
        try tree.root(
          peaks: MerkleTree.cover(range.lowerBound, range.upperBound).map {
            try #require(nodes[$0])
          })
      }
      for index in 0..<size {
        let proof = try MerkleTree.inclusionPath(index, size: size).map(hash)
        #expect(
          try tree.isIncluded(all[index], at: index, size: size, proof: proof, root: root))
        #expect(
          try !tree.isIncluded(
            all[(index + 1) % 70], at: index, size: size, proof: proof, root: root))
      }
      for first in 1..<max(size, 1) {
        let proof = try MerkleTree.consistencyPath(first, size).map(hash)
        #expect(
          try tree.isConsistent(
            first, try definition(all[..<first]), with: size, root, proof: proof))
        #expect(
          try !tree.isConsistent(
            first, try definition(all[1..<(first + 1)]), with: size, root, proof: proof))
      }
    }
  }

  @Test func `growing piece by piece leads to the same tree`() throws {
    let all = try leaves(1_000)
    var (peaks, size): ([[UInt8]], Int) = ([], 0)
    for piece in [1, 6, 93, 200, 700] {
      _ = try tree.append(Array(all[size..<(size + piece)]), size: size, peaks: &peaks)
      size += piece
    }
    #expect(try tree.root(peaks: peaks) == definition(all[...]))
  }

  @Test(.enabled(if: vectors != nil, "TENURE_VECTORS is not set"))
  func `the published probes are judged as they say`() throws {
    var count = 0
    let root = URL(fileURLWithPath: (vectors ?? "") + "/merkle/testdata")
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      // Proofs of subtrees are another thing.
      guard file.pathExtension == "json", !file.path.contains("/subtree") else { continue }
      let probe = try JSONValue(parsing: Array(Data(contentsOf: file)))
      func bytes(_ value: JSONValue?) -> [UInt8] {
        Data(base64Encoded: value?.string ?? "").map { Array($0) } ?? []
      }
      let proof = (probe["proof"]?.array ?? []).map { bytes($0) }
      let wantsError = probe["wantErr"]?.bool == true
      // Empty trees and empty hashes prove nothing: those cases are refused, whatever they expect.
      let isValid: Bool
      var isEmptyTree = false
      if let size = probe["treeSize"]?.int {
        isEmptyTree = size == 0
        isValid = try tree.isIncluded(
          bytes(probe["leafHash"]), at: probe["leafIdx"]?.int ?? -1, size: size, proof: proof,
          root: bytes(probe["root"]))
      } else {
        let (first, second) = (probe["size1"]?.int ?? -1, probe["size2"]?.int ?? -1)
        isEmptyTree = first == 0 || bytes(probe["root1"]).isEmpty
        isValid = try tree.isConsistent(
          first, bytes(probe["root1"]), with: second, bytes(probe["root2"]), proof: proof)
      }
      count += 1
      #expect(isValid == (!wantsError && !isEmptyTree), "\(file.path)")
    }
    #expect(count >= 180)
  }

  @Test func `a note is opened by its verifier alone, and not when changed`() throws {
    let key = try SigningKey(seed: [UInt8](repeating: 7, count: 32))
    let note = try SignedNote.sign(
      "origin\n5\nroot\n", name: "log.test", key: key, digests: digests)
    let verifier = SignedNote.Verifier(name: "log.test", publicKey: try key.publicKey())
    let text = try verifier.text(digests)
    let read = try #require(SignedNote.Verifier(parsing: text, digests: digests))
    #expect(try SignedNote.open(note, by: read, digests: digests) == "origin\n5\nroot\n")
    let stranger = SignedNote.Verifier(
      name: "log.test", publicKey: try Signature.publicKey(seed: [UInt8](repeating: 8, count: 32)))
    #expect(try SignedNote.open(note, by: stranger, digests: digests) == nil)
    let changed = note.replacing("\n5\n", with: "\n6\n")
    #expect(try SignedNote.open(changed, by: read, digests: digests) == nil)
    #expect(
      SignedNote.Verifier(parsing: text.replacing("log", with: "gol"), digests: digests) == nil)
  }
}
