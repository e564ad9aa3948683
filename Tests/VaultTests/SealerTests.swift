import Foundation
import Testing
import Vault

@Suite struct SealerTests {
  private let sealer: Sealer
  private let key: KeyMaterial
  private let place: FieldPlace

  init() throws {
    sealer = try Sealer()
    key = try .random()
    place = FieldPlace(
      table: "accounts", column: "profile", tenant: nil, row: UUID(), subject: UUID())
  }

  @Test(arguments: [0, 1, 31, 32, 33, 1_000])
  func `what is sealed opens where it belongs`(count: Int) throws {
    let plain = [UInt8](repeating: 0x80, count: count)
    let sealed = try sealer.seal(plain, key: key, keyVersion: 7, at: place)
    #expect(try sealer.open(sealed, key: key, at: place) == plain)
    #expect(sealed.count == (count / 32 + 1) * 32 + Sealer.overheadBytes)
    #expect(Sealer.keyVersion(of: sealed) == 7)
    #expect(sealed[0] == Sealer.suiteAES256GCM)
  }

  @Test func `the same value sealed twice differs`() throws {
    let first = try sealer.seal([1, 2, 3], key: key, keyVersion: 1, at: place)
    #expect(try sealer.seal([1, 2, 3], key: key, keyVersion: 1, at: place) != first)
  }

  @Test func `a changed bit anywhere is refused`() throws {
    let sealed = try sealer.seal(Array("secret".utf8), key: key, keyVersion: 1, at: place)
    for index in sealed.indices {
      for bit in 0..<8 {
        var altered = sealed
        altered[index] ^= 1 << UInt8(bit)
        #expect(throws: VaultError.refused) { try sealer.open(altered, key: key, at: place) }
      }
    }
  }

  @Test func `a value moved elsewhere is refused, with one error for every place`() throws {
    let sealed = try sealer.seal(Array("secret".utf8), key: key, keyVersion: 1, at: place)
    let elsewhere = [
      FieldPlace(
        table: "other", column: "profile", tenant: nil, row: place.row, subject: place.subject),
      FieldPlace(
        table: "accounts", column: "other", tenant: nil, row: place.row, subject: place.subject),
      FieldPlace(
        table: "accounts", column: "profile", tenant: UUID(), row: place.row, subject: place.subject
      ),
      FieldPlace(
        table: "accounts", column: "profile", tenant: nil, row: UUID(), subject: place.subject),
      FieldPlace(
        table: "accounts", column: "profile", tenant: nil, row: place.row, subject: UUID()),
    ]
    for other in elsewhere {
      #expect(throws: VaultError.refused) { try sealer.open(sealed, key: key, at: other) }
    }
    let otherKey = try KeyMaterial.random()
    #expect(throws: VaultError.refused) { try sealer.open(sealed, key: otherKey, at: place) }
    #expect(throws: VaultError.refused) { try sealer.open([], key: key, at: place) }
  }
}

@Suite struct KeyringTests {
  private let sealer: Sealer
  private let keyring: Keyring

  init() throws {
    sealer = try Sealer()
    keyring = Keyring(root: try Self.root("07", sealer))
  }

  private static func root(_ pair: String, _ sealer: Sealer) throws -> RootKey {
    try #require(RootKey(text: String(repeating: pair, count: 32), digests: sealer.digests))
  }

  @Test func `an account's key opens under its custodian alone`() throws {
    let (a, b, account) = (UUID(), UUID(), UUID())
    let wrappedA = try keyring.makeTenantKey(a, version: 1, sealer: sealer)
    let wrappedB = try keyring.makeTenantKey(b, version: 1, sealer: sealer)
    let tenantA = try keyring.unwrapTenantKey(wrappedA, tenant: a, sealer: sealer)
    let tenantB = try keyring.unwrapTenantKey(wrappedB, tenant: b, sealer: sealer)
    let (_, wrapped) = try keyring.makeAccountKey(
      account, version: 1, under: tenantA, sealer: sealer)
    let key = try keyring.unwrapAccountKey(
      wrapped, account: account, under: tenantA, sealer: sealer)
    #expect(throws: VaultError.refused) {
      try keyring.unwrapAccountKey(wrapped, account: account, under: tenantB, sealer: sealer)
    }
    #expect(throws: VaultError.refused) {
      try keyring.unwrapAccountKey(wrapped, account: UUID(), under: tenantA, sealer: sealer)
    }
    #expect(throws: VaultError.refused) {
      try keyring.unwrapTenantKey(wrappedA, tenant: b, sealer: sealer)
    }
    // Custody moves by wrapping the same key anew: what it sealed opens as before.
    let place = FieldPlace(table: "t", column: "c", tenant: nil, row: account, subject: account)
    let sealed = try sealer.seal([1], key: key, keyVersion: 1, at: place)
    let moved = try keyring.wrapAccountKey(key, account, version: 1, under: tenantB, sealer: sealer)
    let again = try keyring.unwrapAccountKey(
      moved, account: account, under: tenantB, sealer: sealer)
    #expect(try sealer.open(sealed, key: again, at: place) == [1])
  }

  @Test func `what an older version of a tenant's key sealed opens, and new is under the newest`()
    throws
  {
    let (tenant, account) = (UUID(), UUID())
    let wrapped = try (1...3).map {
      (key: try keyring.makeTenantKey(tenant, version: $0, sealer: sealer), rootID: String?.none)
    }
    func key(_ known: [Int], writing version: Int) throws -> TenantKey {
      try keyring.unwrapTenantKey(
        known.map { wrapped[$0 - 1] }, writing: version, tenant: tenant, sealer: sealer)
    }
    let place = FieldPlace(table: "t", column: "c", tenant: tenant, row: account, subject: tenant)
    let first = try key([1], writing: 1)
    let sealed = try sealer.seal([1], under: first, at: place)
    let (_, old) = try keyring.makeAccountKey(account, version: 1, under: first, sealer: sealer)
    let second = try key([1, 2], writing: 2)
    #expect(try sealer.open(sealed, under: second, at: place) == [1])
    #expect(throws: Never.self) {
      try keyring.unwrapAccountKey(old, account: account, under: second, sealer: sealer)
    }
    let fresh = try sealer.seal([2], under: second, at: place)
    #expect(Sealer.keyVersion(of: fresh) == 2)
    let (_, new) = try keyring.makeAccountKey(account, version: 1, under: second, sealer: sealer)
    #expect(new.parent == 2 && old.parent == 1)
    // Whoever does not know a version opens nothing of it; what was indexed is found for ever.
    #expect(throws: VaultError.refused) { try sealer.open(fresh, under: first, at: place) }
    #expect(throws: VaultError.refused) {
      try keyring.unwrapAccountKey(new, account: account, under: first, sealer: sealer)
    }
    let third = try key([1, 2, 3], writing: 3)
    let digests = sealer.digests
    #expect(
      try digests.hmac([1], key: first.index) == digests.hmac([1], key: third.index))
    #expect(throws: VaultError.refused) { try key([1, 2], writing: 3) }
  }

  @Test func `another root key opens nothing`() throws {
    let tenant = UUID()
    let wrapped = try keyring.makeTenantKey(tenant, version: 1, sealer: sealer)
    let other = Keyring(root: try Self.root("08", sealer))
    #expect(throws: VaultError.refused) {
      try other.unwrapTenantKey(wrapped, tenant: tenant, sealer: sealer)
    }
  }

  @Test func `a wrapped key with another's commitment is refused`() throws {
    let tenant = UUID()
    let wrapped = try keyring.makeTenantKey(tenant, version: 1, sealer: sealer)
    let other = try keyring.makeTenantKey(tenant, version: 1, sealer: sealer)
    let mixed = WrappedKey(version: 1, wrapped: wrapped.wrapped, commitment: other.commitment)
    #expect(throws: VaultError.refused) {
      try keyring.unwrapTenantKey(mixed, tenant: tenant, sealer: sealer)
    }
  }

  @Test(arguments: [
    "", "07", String(repeating: "0g", count: 32), String(repeating: "07", count: 33),
  ])
  func `a root key of another form is refused`(text: String) {
    #expect(RootKey(text: text, digests: sealer.digests) == nil)
  }

  @Test func `a root key is read as hexadecimal digits or base64`() throws {
    let hexadecimal = try Self.root("07", sealer)
    let base64 = Data(repeating: 7, count: 32).base64EncodedString() + "\n"
    #expect(RootKey(text: base64, digests: sealer.digests)?.id == hexadecimal.id)
  }
}
