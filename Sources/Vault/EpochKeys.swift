import Foundation

/// The keys of epochs: each person's key is wrapped under its custodian's key and an epoch's.
///
/// They lie outside the database. Once an epoch's key is destroyed, no copy of a person's key that
/// was wrapped in that epoch opens any more, in whatever backup it lies; living keys have moved to
/// the next epoch before. Shared by all loops.
package final class EpochKeys: @unchecked Sendable {
  private let lock = NSLock()
  private var keys: [Int: KeyMaterial] = [:]
  private var newest = 0
  private var changes = 0
  /// Asked once for an epoch that is not known: another process may have begun it.
  private let reload: (@Sendable () -> [Int: KeyMaterial])?

  /// Without epochs, keys are wrapped under their custodian's alone: epoch 0.
  package init(reload: (@Sendable () -> [Int: KeyMaterial])? = nil) {
    self.reload = reload
    refresh()
  }

  /// The epoch in which keys are wrapped now.
  package var current: Int { lock.withLock { newest } }

  /// Counts how often the keys have changed: what was derived from older ones is to be forgotten.
  var generation: Int { lock.withLock { changes } }

  /// Reads the keys again: an epoch has begun or ended.
  package func refresh() {
    guard let reload else { return }
    let fresh = reload()
    lock.withLock {
      keys = fresh
      newest = fresh.keys.max() ?? 0
      changes += 1
    }
  }

  /// nil where the epoch has ended, or has never been.
  func key(_ epoch: Int) -> KeyMaterial? {
    if let key = lock.withLock({ keys[epoch] }) { return key }
    if epoch <= current { return nil }
    refresh()
    return lock.withLock { keys[epoch] }
  }
}
