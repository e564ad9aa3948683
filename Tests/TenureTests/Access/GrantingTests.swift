import Tenure
import Testing

@Suite struct GrantingTests {
  private let home = TenantID(at: Timestamp(microseconds: 1_700_000_000_000_000))
  private let now = Timestamp(microseconds: 1_700_000_000_000_000)

  private func caller(
    _ role: Role, scopes: [Permission]? = nil, key: KeyID? = nil, expiresAt: Timestamp? = nil
  ) -> Caller {
    Caller(
      plane: role == .platformOperator ? .platform : .tenant, key: key,
      home: role == .platformOperator ? .platform : home, role: role,
      permissions: role.permissions(scopes: scopes), expiresAt: expiresAt)
  }

  private func gives(_ caller: Caller, _ wanted: PermissionSet) -> Bool {
    do throws(GrantRefusal) {
      try caller.give(wanted)
      return true
    } catch { return false }
  }

  /// Said once more, by hand: which role is within which, whole against whole.
  private static let within: [Role: Set<Role>] = [
    .platformOperator: Set(Role.allCases),
    .owner: [.owner, .admin, .helpdesk, .privacyOfficer, .auditor],
    .admin: [.admin, .helpdesk],
    .helpdesk: [.helpdesk],
    .privacyOfficer: [.privacyOfficer, .helpdesk],
    .auditor: [.auditor],
  ]

  @Test func `a whole role gives the roles that lie within it`() {
    for giver in Role.allCases {
      let given = Role.allCases.filter { gives(caller(giver), $0.permissions) }
      #expect(Set(given) == Self.within[giver], "\(giver)")
    }
  }

  @Test func `of every pair of roles, for every scope, only what is held is given`() {
    for giver in Role.allCases {
      for scope in Permission.allCases {
        let narrow = caller(giver, scopes: [scope])
        let holds = giver.permissions.contains(scope)
        for role in Role.allCases {
          for wanted in Permission.allCases where role.permissions.contains(wanted) {
            #expect(
              gives(narrow, role.permissions(scopes: [wanted])) == (holds && wanted == scope),
              "\(giver)[\(scope)] gives \(role)[\(wanted)]")
            #expect(
              gives(caller(giver), role.permissions(scopes: [wanted]))
                == giver.permissions.contains(wanted),
              "\(giver) gives \(role)[\(wanted)]")
          }
          // A whole role out of one scope is always more.
          #expect(!gives(narrow, role.permissions), "\(giver)[\(scope)] gives \(role)")
        }
      }
    }
  }

  @Test func `the refusal names what is lacking`() {
    let narrow = caller(.owner, scopes: [.keysWrite])
    #expect(throws: GrantRefusal.lacks(.keysRead)) {
      try narrow.give(PermissionSet([.keysRead, .keysWrite]))
    }
  }

  @Test func `a key ends with its maker at the latest`() {
    let giver = caller(.owner, expiresAt: now)
    #expect(giver.end(now.adding(seconds: -1)) == now.adding(seconds: -1))
    #expect(giver.end(now) == now && giver.end(now.adding(seconds: 1)) == now)
    #expect(caller(.owner).end(now.adding(seconds: 1)) == now.adding(seconds: 1))
  }

  @Test func `a successor goes to the key itself and to its maker`() throws {
    let ids = (0..<4).map { KeyID(at: now.adding(seconds: $0)) }
    func key(_ maker: KeyID?, holder: AccountID? = nil, _ role: Role = .admin) -> KeyDescent {
      KeyDescent(id: ids[0], maker: maker, holder: holder, permissions: role.permissions)
    }
    try caller(.admin, key: ids[0]).rotate(key(ids[1]))
    try caller(.owner, key: ids[1]).rotate(key(ids[1]))
    // The maker's successor made it, too.
    try caller(.owner, key: ids[2]).rotate(key(ids[1]), earlier: [ids[1]])
    for (giver, old) in [
      (caller(.owner, key: ids[2]), key(ids[1])),
      (caller(.platformOperator, key: ids[2]), key(nil)),
      (caller(.owner, key: nil), key(nil)),
      // A person's key is theirs alone.
      (caller(.owner, key: ids[1]), key(ids[1], holder: AccountID(at: now))),
    ] {
      #expect(throws: GrantRefusal.notYours) { try giver.rotate(old) }
    }
    // Who was narrowed since does not get back what they made before.
    #expect(throws: GrantRefusal.self) {
      try caller(.owner, scopes: [.keysWrite], key: ids[1]).rotate(key(ids[1]))
    }
    // Its own person's key is renewed as it is.
    try caller(.admin, scopes: [.keysWrite], key: ids[0]).rotate(
      KeyDescent(
        id: ids[0], maker: ids[1], holder: AccountID(at: now),
        permissions: PermissionSet([.keysWrite])))
  }

  @Test func `nobody takes away what they could not have given, but for their own`() throws {
    let ids = (0..<2).map { KeyID(at: now.adding(seconds: $0)) }
    let watcher = KeyDescent(
      id: ids[0], maker: nil, holder: nil, permissions: Role.auditor.permissions)
    #expect(throws: GrantRefusal.lacks(.auditRead)) {
      try caller(.admin, key: ids[1]).take(watcher.permissions, of: watcher)
    }
    try caller(.owner, key: ids[1]).take(watcher.permissions, of: watcher)
    try caller(.auditor, scopes: [.keysRead], key: ids[0]).take(watcher.permissions, of: watcher)
    let made = KeyDescent(
      id: ids[0], maker: ids[1], holder: nil, permissions: Role.auditor.permissions)
    try caller(.admin, key: ids[1]).take(made.permissions, of: made)
  }

  @Test func `the platform's owners are its operators`() {
    #expect(Role.owner.permissions(in: .platform) == Role.platformOperator.permissions)
    #expect(Role.owner.permissions(in: home) == Role.owner.permissions)
    #expect(Role.admin.permissions(in: .platform) == Role.admin.permissions)
  }
}
