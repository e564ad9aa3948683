import Foundation
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Sealing of content details: a private item is sealed under its author's key and is lost with it;
/// a shared item is sealed under the tenant's key and stays.
extension Worker {
  /// Seals the details of an item; a private one needs its author, whose key must still exist.
  func seal(
    _ details: ContentDetails, of item: ContentItem, author: AccountStore.Stored?,
    _ key: TenantKey
  ) throws -> [UInt8] {
    let place = Self.place(item, key)
    guard item.visibility == .private else {
      return try sealer.seal(details.json, under: key, at: place)
    }
    guard let author else { throw VaultError.refused }
    return try sealer.seal(
      details.json, key: try material(of: author, key), keyVersion: UInt32(author.key.version),
      at: place)
  }

  /// Decrypts the details of an item; a private one needs its author.
  func open(
    _ stored: ContentStore.Stored, author: AccountStore.Stored?, _ key: TenantKey
  ) throws -> ContentDetails {
    let place = Self.place(stored.item, key)
    guard stored.item.visibility == .private else {
      return try ContentDetails(parsing: try sealer.open(stored.details, under: key, at: place))
    }
    guard let author else { throw VaultError.refused }
    return try ContentDetails(
      parsing: try sealer.open(stored.details, key: try material(of: author, key), at: place))
  }

  private func material(of author: AccountStore.Stored, _ key: TenantKey) throws -> KeyMaterial {
    try keyring.unwrapAccountKey(author.key, account: author.id.uuid, under: key, sealer: sealer)
  }

  private static func place(_ item: ContentItem, _ key: TenantKey) -> FieldPlace {
    item.visibility == .private
      ? FieldPlace(
        table: "content_items", column: "details", tenant: nil, row: item.id.uuid,
        subject: item.account?.uuid ?? .zero)
      : FieldPlace(
        table: "content_items", column: "details", tenant: key.tenant, row: item.id.uuid,
        subject: key.tenant)
  }
}
