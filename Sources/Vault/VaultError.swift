/// Why something could not be opened, sealed or verified.
///
/// It does not say which check has failed, so that an attacker learns nothing.
package enum VaultError: Error, Sendable {
  /// The sealed value, its key and its place do not belong together, or the value was altered.
  case refused
  /// OpenSSL does not work, because its installation is broken.
  case unavailable
}
