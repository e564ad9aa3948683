import Foundation
import Tenure
import TenureAPI
import Vault

/// What is private opens with its author's key and goes with it; what is shared opens with the key
/// of the tenant it is shared with, and stays.
extension Worker {
  func seal(
    _ details: ContentDetails, of item: ContentItem, author: AccountStore.Stored?,
    _ key: TenantKey
  ) throws -> [UInt8] {
    let (material, version) = try contentKey(item, author, key)
    return try sealer.seal(
      details.json, key: material, keyVersion: version, at: Self.place(item, key))
  }

  func open(
    _ stored: ContentStore.Stored, author: AccountStore.Stored?, _ key: TenantKey
  ) throws -> ContentDetails {
    let (material, _) = try contentKey(stored.item, author, key)
    return try ContentDetails(
      stored: try sealer.open(stored.details, key: material, at: Self.place(stored.item, key)))
  }

  private func contentKey(
    _ item: ContentItem, _ author: AccountStore.Stored?, _ key: TenantKey
  ) throws -> (KeyMaterial, version: UInt32) {
    guard item.visibility == .private else { return (key.secrets, UInt32(key.version)) }
    guard let author else { throw VaultError.refused }
    let material = try keyring.unwrapAccountKey(
      author.key, account: author.id.uuid, under: key, sealer: sealer)
    return (material, UInt32(author.key.version))
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
