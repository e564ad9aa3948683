/// The hashes, paths and proofs of an append-only Merkle tree (RFC 9162 section 2.1, the tree of
/// RFC 6962).
///
/// A tree of any size is made of perfect subtrees: the node `(level, position)` covers the leaves
/// from `position << level` on, `1 << level` of them, and never changes once it is complete.
package struct MerkleTree: Sendable {
  /// A complete subtree.
  package struct Node: Hashable, Sendable {
    package let level: Int
    package let position: Int
    package init(level: Int, position: Int) {
      self.level = level
      self.position = position
    }
  }

  package let digests: Digests

  package init(digests: Digests) { self.digests = digests }

  // MARK: Hashes

  /// The hash of a leaf's content.
  package func leaf(_ content: [UInt8]) throws(VaultError) -> [UInt8] {
    try digests.sha256(0x00, content)
  }

  package func node(_ left: [UInt8], _ right: [UInt8]) throws(VaultError) -> [UInt8] {
    try digests.sha256(0x01, left, right)
  }

  // MARK: Growing

  /// Appends leaves to a tree, of which only the peaks are needed.
  ///
  /// Returns the nodes that became complete, including the leaves, and changes `peaks` to those of
  /// the larger tree.
  ///
  /// The peaks are the perfect subtrees that a tree consists of, from left to right.
  package func append(
    _ leaves: [[UInt8]], size: Int, peaks: inout [[UInt8]]
  ) throws(VaultError) -> [(node: Node, hash: [UInt8])] {
    var made: [(node: Node, hash: [UInt8])] = []
    var size = size
    for leaf in leaves {
      var (hash, level, position) = (leaf, 0, size)
      made.append((Node(level: 0, position: position), hash))
      // For each 1 at the end of the size in binary, one peak merges.
      while position & 1 == 1, let left = peaks.popLast() {
        hash = try node(left, hash)
        (level, position) = (level + 1, position >> 1)
        made.append((Node(level: level, position: position), hash))
      }
      peaks.append(hash)
      size += 1
    }
    return made
  }

  /// The root of a tree, from its peaks; for an empty tree, the hash of no bytes.
  package func root(peaks: [[UInt8]]) throws(VaultError) -> [UInt8] {
    guard var hash = peaks.last else { return try digests.sha256([]) }
    for left in peaks.dropLast().reversed() { hash = try node(left, hash) }
    return hash
  }

  /// The perfect subtrees of the leaves from `start` up to `end`, left to right.
  ///
  /// `start` is a multiple of the largest power of two below the count, as in every path.
  package static func cover(_ start: Int, _ end: Int) -> [Node] {
    var nodes: [Node] = []
    var from = start
    while from < end {
      var level = (end - from).bitWidth - (end - from).leadingZeroBitCount - 1
      if from > 0 { level = min(level, from.trailingZeroBitCount) }
      nodes.append(Node(level: level, position: from >> level))
      from += 1 << level
    }
    return nodes
  }

  // MARK: Proofs

  /// The ranges of leaves whose roots prove that a leaf is in a tree (RFC 9162 section 2.1.3.1).
  package static func inclusionPath(_ index: Int, size: Int) -> [Range<Int>] {
    func path(_ index: Int, _ range: Range<Int>) -> [Range<Int>] {
      if range.count <= 1 { return [] }
      let middle = range.lowerBound + split(range.count)
      return index < middle
        ? path(index, range.lowerBound..<middle) + [middle..<range.upperBound]
        : path(index, middle..<range.upperBound) + [range.lowerBound..<middle]
    }
    return path(index, 0..<size)
  }

  /// The ranges of leaves whose roots prove that a tree is the beginning of a larger one (RFC 9162
  /// section 2.1.4.1).
  package static func consistencyPath(_ first: Int, _ second: Int) -> [Range<Int>] {
    func path(_ count: Int, _ range: Range<Int>, _ isWhole: Bool) -> [Range<Int>] {
      if count == range.count { return isWhole ? [] : [range] }
      let half = split(range.count)
      let middle = range.lowerBound + half
      return count <= half
        ? path(count, range.lowerBound..<middle, isWhole) + [middle..<range.upperBound]
        : path(count - half, middle..<range.upperBound, false) + [range.lowerBound..<middle]
    }
    return first == 0 ? [] : path(first, 0..<second, true)
  }

  /// The largest power of two below a count.
  private static func split(_ count: Int) -> Int {
    1 << ((count - 1).bitWidth - (count - 1).leadingZeroBitCount - 1)
  }

  /// Whether a proof shows that a leaf is in a tree (RFC 9162 section 2.1.3.2).
  package func isIncluded(
    _ leafHash: [UInt8], at index: Int, size: Int, proof: [[UInt8]], root: [UInt8]
  ) throws(VaultError) -> Bool {
    guard index >= 0, index < size, isHash(leafHash), isHash(root), proof.allSatisfy(isHash) else {
      return false
    }
    var (fn, sn, hash) = (index, size - 1, leafHash)
    for step in proof {
      if sn == 0 { return false }
      if fn & 1 == 1 || fn == sn {
        hash = try node(step, hash)
        while fn & 1 == 0 && fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
      } else {
        hash = try node(hash, step)
      }
      (fn, sn) = (fn >> 1, sn >> 1)
    }
    return sn == 0 && constantTimeEqual(hash, root)
  }

  /// Whether a proof shows that one tree is the beginning of another (RFC 9162 section 2.1.4.2).
  ///
  /// For an empty first tree nothing can be shown, and the answer is false.
  package func isConsistent(
    _ first: Int, _ firstRoot: [UInt8], with second: Int, _ secondRoot: [UInt8],
    proof: [[UInt8]]
  ) throws(VaultError) -> Bool {
    guard first > 0, first <= second, !firstRoot.isEmpty else { return false }
    if first == second { return proof.isEmpty && constantTimeEqual(firstRoot, secondRoot) }
    guard isHash(firstRoot), isHash(secondRoot), proof.allSatisfy(isHash) else { return false }
    let path = first & (first - 1) == 0 ? [firstRoot] + proof : proof
    guard let start = path.first else { return false }
    var (fn, sn) = (first - 1, second - 1)
    while fn & 1 == 1 { (fn, sn) = (fn >> 1, sn >> 1) }
    var (one, other) = (start, start)
    for step in path.dropFirst() {
      if sn == 0 { return false }
      if fn & 1 == 1 || fn == sn {
        (one, other) = (try node(step, one), try node(step, other))
        while fn & 1 == 0 && fn != 0 { (fn, sn) = (fn >> 1, sn >> 1) }
      } else {
        other = try node(other, step)
      }
      (fn, sn) = (fn >> 1, sn >> 1)
    }
    return sn == 0 && constantTimeEqual(one, firstRoot) && constantTimeEqual(other, secondRoot)
  }

  private func isHash(_ bytes: [UInt8]) -> Bool { bytes.count == 32 }
}
