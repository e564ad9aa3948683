import COpenSSL
package import Foundation

/// The place of a sealed value in the database.
///
/// It is authenticated with the value: a value that was moved to another column, row or subject
/// cannot be opened.
package struct FieldPlace: Sendable {
  package let table: StaticString
  package let column: StaticString
  /// The tenant whose secret it is.
  ///
  /// It is nil for an account's fields: only the account's key is bound to the custodian, so that a
  /// new custodian needs one key wrapped again, not every field sealed again.
  package let tenant: UUID?
  package let row: UUID
  package let subject: UUID

  package init(
    table: StaticString, column: StaticString, tenant: UUID?, row: UUID, subject: UUID
  ) {
    self.table = table
    self.column = column
    self.tenant = tenant
    self.row = row
    self.subject = subject
  }
}

/// Seals and opens values in the format of stored data.
///
///     suite 0x01 · flags · key version (4, big-endian) · nonce (12) · ciphertext · tag (16)
///
/// With bit 0 of the flags, the plaintext is padded to a multiple of 32 bytes (ISO 7816-4), so that
/// its length tells little. Confined to one loop.
package final class Sealer: @unchecked Sendable {
  package static let suiteAES256GCM: UInt8 = 0x01
  package static let overheadBytes = 34
  private static let flagPadded: UInt8 = 0x01
  private static let paddingBucket = 32
  private static let headerBytes = 6

  let cipher: Cipher
  package let digests: Digests

  package init() throws(VaultError) {
    cipher = try Cipher()
    digests = try Digests()
  }

  /// Seals a field under a person's or account's key.
  package func seal(
    _ plaintext: [UInt8], key: KeyMaterial, keyVersion: UInt32, at place: FieldPlace
  ) throws(VaultError) -> [UInt8] {
    let header = Self.header(flags: Self.flagPadded, keyVersion: keyVersion)
    return try seal(
      Self.pad(plaintext), key: key, header: header, aad: Self.aad(place) + header)
  }

  /// Opens what `seal(_:key:keyVersion:at:)` has sealed.
  ///
  /// It throws the same error for every failure.
  package func open(
    _ sealed: [UInt8], key: KeyMaterial, at place: FieldPlace
  ) throws(VaultError) -> [UInt8] {
    guard sealed.count >= Self.overheadBytes else { throw .refused }
    let header = Array(sealed[..<Self.headerBytes])
    let plaintext = try open(sealed, key: key, aad: Self.aad(place) + header)
    return header[1] & Self.flagPadded != 0 ? try Self.unpad(plaintext) : plaintext
  }

  /// Seals a secret of the tenant's own, which no erasure of a person destroys.
  package func seal(
    _ plaintext: [UInt8], under tenant: TenantKey, at place: FieldPlace
  ) throws(VaultError) -> [UInt8] {
    try seal(
      plaintext, key: try tenant.of(tenant.version).secrets, keyVersion: UInt32(tenant.version),
      at: place)
  }

  /// Opens what `seal(_:under:at:)` has sealed.
  package func open(
    _ sealed: [UInt8], under tenant: TenantKey, at place: FieldPlace
  ) throws(VaultError) -> [UInt8] {
    guard let version = Self.keyVersion(of: sealed) else { throw .refused }
    return try open(sealed, key: try tenant.of(Int(version)).secrets, at: place)
  }

  /// The version of the key that has sealed a value; nil for bytes that are no sealed value.
  package static func keyVersion(of sealed: [UInt8]) -> UInt32? {
    guard sealed.count >= overheadBytes else { return nil }
    return sealed[2..<6].reduce(0) { $0 << 8 | UInt32($1) }
  }

  // MARK: Any value under any associated data

  func seal(
    _ plaintext: [UInt8], key: KeyMaterial, header: [UInt8], aad: [UInt8]
  ) throws(VaultError) -> [UInt8] {
    let nonce = Array(try cipher.nextNonce())
    return header + nonce + (try cipher.seal(plaintext, key: key, nonce: nonce, aad: aad))
  }

  func open(_ sealed: [UInt8], key: KeyMaterial, aad: [UInt8]) throws(VaultError) -> [UInt8] {
    guard sealed.count >= Self.overheadBytes, sealed[0] == Self.suiteAES256GCM,
      sealed[1] & ~Self.flagPadded == 0
    else { throw .refused }
    let bodyStart = Self.headerBytes + Cipher.nonceBytes
    return try cipher.open(
      sealed[bodyStart...], key: key, nonce: Array(sealed[Self.headerBytes..<bodyStart]), aad: aad)
  }

  static func header(flags: UInt8, keyVersion: UInt32) -> [UInt8] {
    [suiteAES256GCM, flags] + bigEndian(keyVersion)
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  private static func aad(_ place: FieldPlace) -> [UInt8] {
    var bytes = Array("tenure/field/v1".utf8)
    bytes.reserveCapacity(160)
    for name in [place.table, place.column] {
      let count = UInt16(name.utf8CodeUnitCount)
      bytes.append(UInt8(count >> 8))
      bytes.append(UInt8(count & 0xFF))
      name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
    bytes.append(place.tenant)
    bytes.append(place.row)
    bytes.append(place.subject)
    return bytes
  }

  private static func pad(_ plaintext: [UInt8]) -> [UInt8] {
    let count = (plaintext.count / paddingBucket + 1) * paddingBucket
    return plaintext + [0x80] + [UInt8](repeating: 0, count: count - plaintext.count - 1)
  }

  private static func unpad(_ padded: [UInt8]) throws(VaultError) -> [UInt8] {
    guard let end = padded.lastIndex(where: { $0 != 0 }), padded[end] == 0x80 else {
      throw .refused
    }
    return Array(padded[..<end])
  }
}

extension [UInt8] {
  /// Appends the 16 bytes of an id, or zeros for nil.
  mutating func append(_ id: UUID?) {
    if let id {
      Swift.withUnsafeBytes(of: id.uuid) { append(contentsOf: $0) }
    } else {
      append(contentsOf: repeatElement(0, count: 16))
    }
  }
}
