import Foundation
import JSON
package import Tenure
package import TenureAPI
package import TenureKernel
package import Vault

/// An account as it is stored: its profile sealed under its own key, and that key wrapped under the
/// custodian's.
package struct SealedAccount: Sendable {
  let id: AccountID
  let key: WrappedKey
  let profile: [UInt8]
  let externalIDHMAC: [UInt8]?
  let addresses: [IndexedAddress]
  /// Resting hashes of the addresses that it had before and gives up.
  var left: [[UInt8]] = []
}

/// An address in the directory, which can be found by its hash but not read.
struct IndexedAddress: Sendable {
  let hmac: [UInt8]
  /// The address's hash under another key, by which it is known while nobody has it.
  let restingHMAC: [UInt8]
  /// Hashes of its domain and of the parent domains, one after the other.
  let names: [UInt8]
  let isVerified: Bool
  let isPrimary: Bool
}

extension Worker {
  /// Seals a new account under a new key of its own.
  package func seal(_ profile: AccountProfile, as id: AccountID, under tenant: TenantKey) throws
    -> SealedAccount
  {
    let (key, wrapped) = try keyring.makeAccountKey(
      id.uuid, version: 1, under: tenant, sealer: sealer)
    return try seal(profile, as: id, key: key, wrapped: wrapped)
  }

  /// Seals an unchanged profile under a new key of the account.
  func seal(
    profileJSON: [UInt8], as id: AccountID, version: Int, under tenant: TenantKey
  ) throws -> (key: WrappedKey, profile: [UInt8]) {
    let (key, wrapped) = try keyring.makeAccountKey(
      id.uuid, version: version, under: tenant, sealer: sealer)
    let profile = try sealer.seal(
      profileJSON, key: key, keyVersion: UInt32(version), at: Self.place(id))
    return (wrapped, profile)
  }

  /// Seals a changed profile under the account's present key.
  func reseal(
    _ profile: AccountProfile, from before: AccountProfile, as id: AccountID, wrapped: WrappedKey,
    under tenant: TenantKey
  ) throws -> SealedAccount {
    let key = try keyring.unwrapAccountKey(
      wrapped, account: id.uuid, under: tenant, sealer: sealer)
    var sealed = try seal(profile, as: id, key: key, wrapped: wrapped)
    let kept = Set(profile.addresses.map(\.email.identity))
    sealed.left = try before.addresses.map(\.email.identity).filter { !kept.contains($0) }
      .map { try blindIndex("resting_address", $0) }
    return sealed
  }

  private func seal(
    _ profile: AccountProfile, as id: AccountID, key: KeyMaterial, wrapped: WrappedKey
  ) throws -> SealedAccount {
    return SealedAccount(
      id: id, key: wrapped,
      profile: try sealer.seal(
        profile.json, key: key, keyVersion: UInt32(wrapped.version), at: Self.place(id)),
      externalIDHMAC: try profile.externalID.map { try blindIndex("external_id", $0) },
      addresses: try profile.addresses.map { address in
        IndexedAddress(
          hmac: try blindIndex("address", address.email.identity),
          restingHMAC: try blindIndex("resting_address", address.email.identity),
          names: try nameHashes(address.email.domain),
          isVerified: address.isVerified, isPrimary: address.isPrimary)
      })
  }

  /// Decrypts a profile; returns its JSON.
  func openProfile(
    _ sealed: [UInt8], of id: AccountID, wrapped: WrappedKey, under tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      wrapped, account: id.uuid, under: tenant, sealer: sealer)
    return try sealer.open(sealed, key: key, at: Self.place(id))
  }

  /// Decrypts a profile with the account's unwrapped key; returns its JSON.
  func openProfile(_ sealed: [UInt8], of id: AccountID, key: KeyMaterial) throws -> [UInt8] {
    try sealer.open(sealed, key: key, at: Self.place(id))
  }

  /// Seals a profile under the account's unwrapped key; `version` is that of the key.
  func seal(
    profileJSON: [UInt8], as id: AccountID, key: KeyMaterial, version: Int
  ) throws -> [UInt8] {
    try sealer.seal(profileJSON, key: key, keyVersion: UInt32(version), at: Self.place(id))
  }

  private static func place(_ id: AccountID) -> FieldPlace {
    FieldPlace(table: "accounts", column: "profile", tenant: nil, row: id.uuid, subject: id.uuid)
  }
}
