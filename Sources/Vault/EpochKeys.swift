import Foundation

/// The keys of epochs.
///
/// Each person's key is wrapped under its custodian's key and the key of an epoch.
///
/// Epoch keys are kept outside the database. Once one is destroyed, no copy of a person's key that
/// was wrapped in that epoch can be unwrapped, in any backup; keys that are still in use have moved
/// to the next epoch before. All loops share one instance.
package final class EpochKeys: @unchecked Sendable {
  private let lock = NSLock()
  private var keys: [Int: KeyMaterial] = [:]
  private var newest = 0
  private var changes = 0
  /// Reads all keys again; called for an epoch that is not known, which another process may have
  /// begun.
  private let reload: (@Sendable () -> [Int: KeyMaterial])?

  /// Without `reload` there are no epochs: keys are wrapped under their custodian's key alone, as
  /// epoch 0.
  package init(reload: (@Sendable () -> [Int: KeyMaterial])? = nil) {
    self.reload = reload
    refresh()
  }

  /// The epoch in which keys are wrapped now; 0 without epochs.
  package var current: Int { lock.withLock { newest } }

  /// How often the keys have changed.
  ///
  /// What was derived from keys of an earlier generation must be dropped.
  var generation: Int { lock.withLock { changes } }

  /// Reads the keys again, because an epoch has begun or ended.
  package func refresh() {
    guard let reload else { return }
    let fresh = reload()
    lock.withLock {
      keys = fresh
      newest = fresh.keys.max() ?? 0
      changes += 1
    }
  }

  /// The key of an epoch; nil where the epoch has ended, or never existed.
  func key(_ epoch: Int) -> KeyMaterial? {
    if let key = lock.withLock({ keys[epoch] }) { return key }
    if epoch <= current { return nil }
    refresh()
    return lock.withLock { keys[epoch] }
  }
}
