import COpenSSL
package import Foundation

/// A key as it is stored: wrapped under its parent key, with a commitment.
///
/// AES-GCM does not commit to its key; the commitment makes sure that the wrapped bytes are
/// accepted as one key only.
package struct WrappedKey: Sendable {
  package let version: Int
  /// The epoch whose key wraps it as well as the parent; 0 for none.
  package let epoch: Int
  /// For an account's key, the version of the tenant's key that wraps it.
  package let parent: Int
  package let wrapped: [UInt8]
  package let commitment: [UInt8]

  package init(
    version: Int, epoch: Int = 0, parent: Int = 1, wrapped: [UInt8], commitment: [UInt8]
  ) {
    self.version = version
    self.epoch = epoch
    self.parent = parent
    self.wrapped = wrapped
    self.commitment = commitment
  }
}

/// The root key, which comes from outside and is never stored.
package struct RootKey: Sendable {
  /// 16 hexadecimal digits that name the key without revealing it.
  package let id: String
  let material: KeyMaterial

  /// Reads 32 bytes in 64 hexadecimal digits or in base64; nil for other text.
  package init?(text: String, digests: Digests) {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    var bytes = Self.hexadecimal(text) ?? Data(base64Encoded: text).map { Array($0) } ?? []
    defer { OPENSSL_cleanse(&bytes, bytes.count) }
    guard let material = try? KeyMaterial(bytes, locked: true),
      let name = try? digests.hkdf(bytes, info: Array("tenure/root-id/v1".utf8), count: 8)
    else { return nil }
    self.material = material
    id = name.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private static func hexadecimal(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}

/// A tenant's key in all its versions, unwrapped; each version has a key that wraps accounts' keys,
/// and keys derived from it.
///
/// New data is sealed with the present version; older data is opened with the version that has
/// sealed it.
package final class TenantKey: @unchecked Sendable {
  /// One version of the key, with the keys that are derived from it.
  final class Version: @unchecked Sendable {
    let wrapping: KeyMaterial
    let secrets: KeyMaterial
    private let lock = NSLock()
    private var derived: (generation: Int, keys: [Int: KeyMaterial]) = (0, [:])

    init(_ wrapping: KeyMaterial, _ digests: Digests) throws(VaultError) {
      self.wrapping = wrapping
      secrets = try digests.derive(from: wrapping, purpose: "tenure/secrets/v1")
    }

    /// The key that wraps account keys in one epoch; throws where the epoch has ended.
    func wrapping(
      in epoch: Int, _ epochs: EpochKeys, _ digests: Digests
    ) throws(VaultError) -> KeyMaterial {
      if epoch == 0 { return wrapping }
      let generation = epochs.generation
      let known = lock.withLock { () -> KeyMaterial? in
        // Keys that were derived from the key of an ended epoch must not stay.
        if derived.generation != generation { derived = (generation, [:]) }
        return derived.keys[epoch]
      }
      if let known { return known }
      guard let key = epochs.key(epoch) else { throw .refused }
      let fresh = try digests.derive(
        from: wrapping, and: key, purpose: "tenure/epoch-wrap/v1/\(epoch)")
      lock.withLock { derived.keys[epoch] = fresh }
      return fresh
    }
  }

  package let tenant: UUID
  /// The version that new data is sealed with.
  package let version: Int
  private let versions: [Int: Version]
  /// The key for HMACs of addresses and cursors.
  ///
  /// It is always the first version's, because otherwise what was indexed before would not be
  /// found.
  package let index: KeyMaterial

  init(
    tenant: UUID, version: Int, versions: [Int: KeyMaterial], digests: Digests
  ) throws(VaultError) {
    guard let first = versions.keys.min(), let oldest = versions[first], versions[version] != nil
    else { throw .refused }
    self.tenant = tenant
    self.version = version
    var made: [Int: Version] = [:]
    for (version, key) in versions { made[version] = try Version(key, digests) }
    self.versions = made
    index = try digests.derive(from: oldest, purpose: "tenure/index/v1")
  }

  /// The numbers of all versions.
  package var known: Set<Int> { Set(versions.keys) }

  /// One version; throws where there is none of this number.
  func of(_ version: Int) throws(VaultError) -> Version {
    guard let found = versions[version] else { throw .refused }
    return found
  }
}

/// What a person's key with one tenant is for.
///
/// A key for one purpose cannot be unwrapped as one for another.
package enum AccountKeyPurpose: String, Sendable {
  /// For the account's own fields.
  case account
  /// For what the tenant's audit log says of the person.
  case audit
}

/// Wraps and unwraps keys: the root key wraps tenants' keys, and those wrap accounts' keys.
///
/// Each wrapped key is bound to its owner, so that a copy in another tenant's row cannot be
/// unwrapped.
package struct Keyring: Sendable {
  package let root: RootKey
  /// The root key before this one, as long as keys that it wraps are moved; nil otherwise.
  package let previousRoot: RootKey?
  package let epochs: EpochKeys

  package init(root: RootKey, previous: RootKey? = nil, epochs: EpochKeys = EpochKeys()) {
    self.root = root
    previousRoot = previous
    self.epochs = epochs
  }

  private func root(_ id: String) throws(VaultError) -> RootKey {
    if id == root.id { return root }
    guard let previousRoot, id == previousRoot.id else { throw .refused }
    return previousRoot
  }

  package func makeTenantKey(
    _ tenant: UUID, version: Int, sealer: Sealer
  ) throws(VaultError) -> WrappedKey {
    let key = try KeyMaterial.random()
    return try wrap(
      key, version: version, parent: root.material, sealer: sealer,
      aad: Self.aad("tenant", tenant, nil, version, parent: Array(root.id.utf8)))
  }

  /// Unwraps all versions of a tenant's key; new data is sealed with `version`.
  ///
  /// Each comes with the id of the root key that wraps it, nil for the present one.
  package func unwrapTenantKey(
    _ wrapped: [(key: WrappedKey, rootID: String?)], writing version: Int, tenant: UUID,
    sealer: Sealer
  ) throws(VaultError) -> TenantKey {
    var versions: [Int: KeyMaterial] = [:]
    for (key, rootID) in wrapped {
      versions[key.version] = try unwrapTenant(key, rootID: rootID, tenant, sealer)
    }
    return try TenantKey(
      tenant: tenant, version: version, versions: versions, digests: sealer.digests)
  }

  /// Unwraps the key of a tenant, as the only version.
  package func unwrapTenantKey(
    _ wrapped: WrappedKey, rootID: String? = nil, tenant: UUID, sealer: Sealer
  ) throws(VaultError) -> TenantKey {
    try unwrapTenantKey(
      [(wrapped, rootID)], writing: wrapped.version, tenant: tenant, sealer: sealer)
  }

  /// Wraps a tenant's key again, under the present root key.
  package func rewrapTenantKey(
    _ wrapped: WrappedKey, rootID: String, tenant: UUID, sealer: Sealer
  ) throws(VaultError) -> WrappedKey {
    try wrap(
      try unwrapTenant(wrapped, rootID: rootID, tenant, sealer), version: wrapped.version,
      parent: root.material, sealer: sealer,
      aad: Self.aad("tenant", tenant, nil, wrapped.version, parent: Array(root.id.utf8)))
  }

  private func unwrapTenant(
    _ wrapped: WrappedKey, rootID: String?, _ tenant: UUID, _ sealer: Sealer
  ) throws(VaultError) -> KeyMaterial {
    let root = try self.root(rootID ?? self.root.id)
    let aad = Self.aad("tenant", tenant, nil, wrapped.version, parent: Array(root.id.utf8))
    return try unwrap(wrapped, parent: root.material, locked: true, sealer: sealer, aad: aad)
  }

  // MARK: Epochs

  /// Makes the key of a new epoch, wrapped under the root key for the epoch file.
  package func makeEpochKey(_ epoch: Int, sealer: Sealer) throws(VaultError) -> WrappedKey {
    try wrap(
      try KeyMaterial.random(), version: epoch, parent: root.material, sealer: sealer,
      aad: Self.aad("epoch", Self.noTenant, nil, epoch, parent: Array(root.id.utf8)))
  }

  package func unwrapEpochKey(
    _ wrapped: WrappedKey, rootID: String, sealer: Sealer
  ) throws(VaultError) -> KeyMaterial {
    let root = try self.root(rootID)
    let aad = Self.aad("epoch", Self.noTenant, nil, wrapped.version, parent: Array(root.id.utf8))
    return try unwrap(wrapped, parent: root.material, locked: true, sealer: sealer, aad: aad)
  }

  package func rewrapEpochKey(
    _ wrapped: WrappedKey, rootID: String, sealer: Sealer
  ) throws(VaultError) -> WrappedKey {
    try wrap(
      try unwrapEpochKey(wrapped, rootID: rootID, sealer: sealer), version: wrapped.version,
      parent: root.material, sealer: sealer,
      aad: Self.aad("epoch", Self.noTenant, nil, wrapped.version, parent: Array(root.id.utf8)))
  }

  /// Stands for the tenant of epoch keys, which belong to none.
  private static let noTenant = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

  /// Makes a new account's key, both unwrapped for sealing its first fields and wrapped for
  /// storing.
  package func makeAccountKey(
    _ account: UUID, for purpose: AccountKeyPurpose = .account, version: Int,
    under tenant: TenantKey, sealer: Sealer
  ) throws(VaultError) -> (key: KeyMaterial, wrapped: WrappedKey) {
    let key = try KeyMaterial.random()
    let wrapped = try wrapAccountKey(
      key, account, for: purpose, version: version, under: tenant, sealer: sealer)
    return (key, wrapped)
  }

  /// Wraps an account's key under its custodian's key and the present epoch's: when the account
  /// gets another custodian, or the key moves to the next epoch.
  package func wrapAccountKey(
    _ key: KeyMaterial, _ account: UUID, for purpose: AccountKeyPurpose = .account, version: Int,
    under tenant: TenantKey, sealer: Sealer
  ) throws(VaultError) -> WrappedKey {
    let epoch = epochs.current
    return try wrap(
      key, version: version, epoch: epoch, parentVersion: tenant.version,
      parent: try tenant.of(tenant.version).wrapping(in: epoch, epochs, sealer.digests),
      sealer: sealer,
      aad: Self.aad(
        purpose.rawValue, tenant.tenant, account, version,
        parent: Sealer.bigEndian(UInt32(tenant.version))))
  }

  package func unwrapAccountKey(
    _ wrapped: WrappedKey, account: UUID, for purpose: AccountKeyPurpose = .account,
    under tenant: TenantKey, sealer: Sealer
  ) throws(VaultError) -> KeyMaterial {
    let aad = Self.aad(
      purpose.rawValue, tenant.tenant, account, wrapped.version,
      parent: Sealer.bigEndian(UInt32(wrapped.parent)))
    let parent = try tenant.of(wrapped.parent)
    return try unwrap(
      wrapped, parent: try parent.wrapping(in: wrapped.epoch, epochs, sealer.digests),
      locked: false, sealer: sealer, aad: aad)
  }

  // MARK: Wrapping

  private func wrap(
    _ key: KeyMaterial, version: Int, epoch: Int = 0, parentVersion: Int = 0,
    parent: KeyMaterial, sealer: Sealer, aad: [UInt8]
  ) throws(VaultError) -> WrappedKey {
    var plain = key.copy()
    defer { OPENSSL_cleanse(&plain, plain.count) }
    let header = Sealer.header(flags: 0, keyVersion: UInt32(version))
    return WrappedKey(
      version: version, epoch: epoch, parent: parentVersion,
      wrapped: try sealer.seal(plain, key: parent, header: header, aad: aad + header),
      commitment: try Self.commitment(plain, sealer))
  }

  private func unwrap(
    _ wrapped: WrappedKey, parent: KeyMaterial, locked: Bool, sealer: Sealer, aad: [UInt8]
  ) throws(VaultError) -> KeyMaterial {
    let header = Sealer.header(flags: 0, keyVersion: UInt32(wrapped.version))
    var plain = try sealer.open(wrapped.wrapped, key: parent, aad: aad + header)
    defer { OPENSSL_cleanse(&plain, plain.count) }
    guard constantTimeEqual(try Self.commitment(plain, sealer), wrapped.commitment) else {
      throw .refused
    }
    return try KeyMaterial(plain, locked: locked)
  }

  private static func commitment(_ key: [UInt8], _ sealer: Sealer) throws(VaultError) -> [UInt8] {
    try sealer.digests.hkdf(key, info: Array("tenure/commit/v1".utf8), count: 16)
  }

  private static func aad(
    _ kind: String, _ tenant: UUID, _ subject: UUID?, _ version: Int, parent: [UInt8]
  ) -> [UInt8] {
    var bytes = Array("tenure/wrap/v1".utf8) + Array(kind.utf8)
    bytes.append(tenant)
    bytes.append(subject)
    bytes += Sealer.bigEndian(UInt32(version))
    return bytes + parent
  }
}
