/// Received bytes that are not used yet, in one block of memory that grows and is freed while idle.
struct InputBuffer: ~Copyable {
  /// Enough for a request line and headers of the largest size.
  static let capacityMax = 32 * 1_024
  private static let capacityFirst = 4 * 1_024

  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var start = 0
  private var end = 0

  deinit { memory.deallocate() }

  var isEmpty: Bool { start == end }
  var isFull: Bool { end - start >= Self.capacityMax }

  /// The bytes that are not used yet.
  ///
  /// Valid until the next change.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[start..<end])
  }

  mutating func consume(_ count: Int) {
    start += count
    if start == end { (start, end) = (0, 0) }
  }

  /// Memory to receive into; call `received` with the number of bytes that were.
  mutating func space() -> UnsafeMutableRawBufferPointer {
    if end == memory.count {
      if start > 0 {
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
        (start, end) = (0, end - start)
      }
      if end == memory.count { grow() }
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[end...])
  }

  mutating func received(_ count: Int) { end += count }

  /// Frees the memory if no bytes are in it.
  mutating func releaseIfEmpty() {
    guard isEmpty, memory.count > 0 else { return }
    memory.deallocate()
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    (start, end) = (0, 0)
  }

  private mutating func grow() {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: memory.count == 0 ? Self.capacityFirst : memory.count * 2, alignment: 1)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
    memory.deallocate()
    memory = larger
  }
}
