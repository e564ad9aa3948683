import Tenure
import Testing

@Suite struct AccessTests {
  private let home = TenantID(at: Timestamp(microseconds: 1_700_000_000_000_000))
  private let other = TenantID(at: Timestamp(microseconds: 1_700_000_000_001_000))

  private func caller(_ role: Role, plane: Caller.Plane = .tenant) -> Caller {
    Caller(
      plane: plane, key: nil, home: plane == .tenant ? home : .platform, role: role,
      permissions: role.permissions)
  }

  @Test func `a tenant's caller reaches its own tenant and is not told of others`() throws {
    let access = try caller(.owner).authorize(.accountsRead, in: home)
    #expect(access.tenant == home)
    #expect(throws: Denial.notFound) { try caller(.owner).authorize(.accountsRead, in: other) }
    #expect(throws: Denial.notFound) { try caller(.owner).authorize(.accountsRead, in: .platform) }
  }

  @Test func `what the role lacks is forbidden inside the own tenant`() {
    #expect(throws: Denial.forbidden(.keysWrite)) {
      try caller(.auditor).authorize(.keysWrite, in: home)
    }
    #expect(throws: Denial.forbidden(.tenantsCreate)) {
      try caller(.owner).authorize(.tenantsCreate, in: home)
    }
  }

  @Test func `the operator looks after tenants without reading their accounts`() throws {
    let caller = caller(.platformOperator, plane: .platform)
    _ = try caller.authorize(.keysWrite, in: home)
    #expect(throws: Denial.forbidden(.accountsRead)) {
      try caller.authorize(.accountsRead, in: home)
    }
    _ = try caller.authorize(.accountsRead, in: .platform)
  }

  @Test func `a person has no permission in any tenant`() {
    let person = caller(.auditor, plane: .person(AccountID(at: Timestamp(microseconds: 1))))
    for permission in Permission.allCases {
      #expect(throws: Denial.forbidden(permission)) {
        try person.authorize(permission, in: .platform)
      }
    }
  }
}

@Suite struct KeyTokenTests {
  @Test func `a token is read as it was written`() throws {
    let token = KeyToken(kind: .key)
    #expect(token.text.utf8.count == KeyToken.byteCount)
    #expect(KeyToken(parsing: Array(token.text.utf8)) == token)
  }

  @Test func `every single wrong character is caught by the checksum`() {
    let token = Array(KeyToken(kind: .key).text.utf8)
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_".utf8)
    for index in token.indices {
      for letter in alphabet where letter != token[index] {
        var altered = token
        altered[index] = letter
        #expect(KeyToken(parsing: altered) == nil)
      }
    }
    #expect(KeyToken(parsing: Array(token.dropLast())) == nil)
    #expect(KeyToken(parsing: []) == nil)
  }
}

@Suite struct AuditEntryTests {
  @Test func `the canonical form tells fields apart`() {
    let time = Timestamp(microseconds: 1_700_000_000_000_000)
    let id = AuditEntryID(at: time)
    func entry(_ actor: String, _ action: String) -> [UInt8] {
      AuditEntry(
        id: id, tenant: .platform, at: time, actor: actor, action: action, object: "o",
        subject: nil, requestID: "r"
      ).canonical(detailsDigest: [])
    }
    #expect(entry("ab", "c") != entry("a", "bc"))
    #expect(entry("ab", "c") == entry("ab", "c"))
    #expect(entry("a", "b").starts(with: Array("tenure/audit/v1".utf8) + [0, 0, 0, 30]))
  }
}
