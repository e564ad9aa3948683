import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What a case found of an account before it changed it: exactly what undoing restores.
struct AccountFound: Sendable, Equatable, Shaped {
  /// The account's status before the case changed it.
  let status: AccountStatus
  /// The verified addresses that the case took off the account, or brought under the claimant's
  /// control.
  let addresses: [AccountAddress]
  /// The person's role in the claimant's organisation; nil where they had none.
  let role: MembershipRole?
  /// The operator's id and the names of the account; nil where the case did not take control.
  let names: Names?

  /// The members of a profile that a controller may change.
  struct Names: Sendable, Equatable, Shaped {
    let externalID: String?
    let displayName: String?
    let locale: String?

    static let shape = Shape("NamesFound", nil, Names.init(externalID:displayName:locale:)) {
      Member("external_id", \.externalID, .nullable(.string))
      Member("display_name", \.displayName, .nullable(.string))
      Member("locale", \.locale, .nullable(.string))
    }
  }

  /// The whole as it is sealed.
  static let shape = Shape(
    "AccountFound", nil, AccountFound.init(status:role:names:addresses:)
  ) {
    Member("status", \.status, .choice())
    Member("role", \.role, .nullable(.choice()))
    Member(optional: "names", \.names, Names.shape.codec)
    Member("addresses", \.addresses, .list(AccountAddress.stored.codec))
  }

  /// The profile with the addresses that were taken added to those it has.
  func reattached(to profile: AccountProfile) -> AccountProfile {
    var whole = profile
    whole.addresses = together(with: profile.addresses)
    return whole
  }

  /// The profile as it was before control, made from the one that has come back; `own` are the
  /// addresses that the person kept.
  ///
  /// What the controller has written is dropped, including addresses that it added at any domain.
  func undone(_ profile: AccountProfile, own: [AccountAddress]) -> AccountProfile {
    var before = profile
    before.addresses = together(with: own)
    if let names {
      before.externalID = names.externalID
      before.displayName = names.displayName
      before.locale = names.locale
    }
    return before
  }

  /// The profile after control ends, with every address that is not the controller's: the person's
  /// own, and those found before that still exist.
  func ended(_ profile: AccountProfile, own: [AccountAddress]) -> AccountProfile {
    var after = profile
    after.addresses =
      own
      + addresses.compactMap { found in
        let left = profile.addresses.first { $0.email.identity == found.email.identity }
        guard let now = left else { return nil }
        return AccountAddress(
          email: found.email, isVerified: found.isVerified && now.isVerified,
          isPrimary: found.isPrimary)
      }
    after.externalID = names?.externalID
    return after
  }

  /// These addresses first, then the others that are not among them; one of them is primary.
  private func together(with others: [AccountAddress]) -> [AccountAddress] {
    let known = Set(addresses.map(\.email.identity))
    return (addresses + others.filter { !known.contains($0.email.identity) }).withOnePrimary
  }

  init(
    status: AccountStatus, role: MembershipRole?, names: Names? = nil, addresses: [AccountAddress]
  ) {
    self.status = status
    self.role = role
    self.names = names
    self.addresses = addresses
  }
}

extension AccountAddress {
  /// An address as a case has found it: what a caller may leave out, it must say.
  fileprivate static let stored = Shape("AddressFound", nil, AccountAddress.init) {
    Member("address", \.email, .address)
    Member("verified", \.isVerified, .bool)
    Member("primary", \.isPrimary, .bool)
  }
}

extension Worker {
  /// Seals what a case needs for undoing under the account's key.
  func seal(
    undo found: [UInt8], of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    return try sealer.seal(
      found, key: key, keyVersion: UInt32(account.key.version),
      at: Self.undoPlace(id, account.id))
  }

  /// Decrypts what `seal(undo:of:_:under:)` has sealed.
  func open(
    undo sealed: [UInt8], of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    return try sealer.open(sealed, key: key, at: Self.undoPlace(id, account.id))
  }

  private static func undoPlace(_ id: CaseID, _ account: AccountID) -> FieldPlace {
    FieldPlace(
      table: "takeover_cases", column: "undo", tenant: nil, row: id.uuid, subject: account.uuid)
  }
}
