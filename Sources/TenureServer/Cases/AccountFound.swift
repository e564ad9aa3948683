import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What a case found of an account before it changed it: exactly what undoing restores.
struct AccountFound: Sendable, Equatable {
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
  struct Names: Sendable, Equatable {
    let externalID: String?
    let displayName: String?
    let locale: String?
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

  /// The whole as a JSON object, to be sealed.
  var text: String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("status")
      writer.string(status.rawValue)
      writer.key("role")
      writer.string(role?.rawValue)
      if let names {
        writer.key("names")
        writer.object { writer in
          writer.key("external_id")
          writer.string(names.externalID)
          writer.key("display_name")
          writer.string(names.displayName)
          writer.key("locale")
          writer.string(names.locale)
        }
      }
      writer.key("addresses")
      writer.array { writer in
        for address in addresses {
          writer.object { writer in
            writer.key("address")
            writer.string(address.email.text)
            writer.key("verified")
            writer.bool(address.isVerified)
            writer.key("primary")
            writer.bool(address.isPrimary)
          }
        }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  init(
    status: AccountStatus, addresses: [AccountAddress], role: MembershipRole?, names: Names? = nil
  ) {
    self.status = status
    self.addresses = addresses
    self.role = role
    self.names = names
  }

  /// Reads what `text` has written; throws for anything else.
  init(parsing text: String) throws {
    let json = try JSONValue(parsing: Array(text.utf8))
    guard let status = try json.optionalStoredChoice("status", AccountStatus.self) else {
      throw PostgresError(kind: .decoding, message: "what was found has no status")
    }
    self.status = status
    role = try json.optionalStoredChoice("role")
    names = try json["names"].map { names in
      Names(
        externalID: try names.optionalStoredText("external_id"),
        displayName: try names.optionalStoredText("display_name"),
        locale: try names.optionalStoredText("locale"))
    }
    addresses = try json.storedList("addresses").map { address in
      AccountAddress(
        email: try EmailAddress(parsing: try address.storedText("address")),
        isVerified: try address.storedFlag("verified"),
        isPrimary: try address.storedFlag("primary"))
    }
  }
}

extension Worker {
  /// Seals what a case needs for undoing under the account's key.
  func seal(
    undo text: String, of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    return try sealer.seal(
      Array(text.utf8), key: key, keyVersion: UInt32(account.key.version),
      at: Self.undoPlace(id, account.id))
  }

  /// Decrypts what `seal(undo:of:_:under:)` has sealed.
  func open(
    undo sealed: [UInt8], of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> String {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    let bytes = try sealer.open(sealed, key: key, at: Self.undoPlace(id, account.id))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func undoPlace(_ id: CaseID, _ account: AccountID) -> FieldPlace {
    FieldPlace(
      table: "takeover_cases", column: "undo", tenant: nil, row: id.uuid, subject: account.uuid)
  }
}
