/// Why something could not be opened, sealed or verified.
///
/// It never says more: an attacker learns nothing from which check failed.
package enum VaultError: Error, Sendable {
  /// The sealed value, its key or its place do not fit together, or it was altered.
  case refused
  /// OpenSSL refused to work: a broken installation.
  case unavailable
}
