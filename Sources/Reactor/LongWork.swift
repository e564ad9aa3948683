import CSystem

/// Work on many items, which must not keep others on its loop waiting: between one item and the next
/// it gives way.
package struct LongWork {
  /// How long it may go on at a time: a turn should last 20 ms at the most with all that is done in
  /// it.
  private static let nanosecondsMax: UInt64 = 4_000_000

  private let loop: EventLoop
  /// When it last began or went on.
  ///
  /// What others do in the same turn does not count: where they are slow it would get no further than
  /// one item a turn.
  private var since = csys_monotonic_ns()

  package init(on loop: EventLoop) { self.loop = loop }

  /// Lets others have their turn where this has gone on long enough.
  package mutating func giveWay() async {
    loop.assertCurrent()
    if csys_monotonic_ns() - since < Self.nanosecondsMax { return }
    await loop.sleep(for: .zero)
    since = csys_monotonic_ns()
  }
}
