import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What an effect of a case found of an account and changed: what undoing brings back, that and
/// nothing else.
struct AccountFound: Sendable, Equatable {
  /// What the account was before the case touched it.
  let status: AccountStatus
  /// The addresses that were taken, or came into the claimant's reach.
  let addresses: [AccountAddress]
  /// What the person was in the claimant's organisation; nil for nobody.
  let role: MembershipRole?
  /// How the operator knew the account, and what it was called; nil where control did not reach it.
  let names: Names?

  /// Members of a profile that a controller writes as well.
  struct Names: Sendable, Equatable {
    let externalID: String?
    let displayName: String?
    let locale: String?
  }

  /// The profile with the addresses that were taken, beside those it has.
  func reattached(to profile: AccountProfile) -> AccountProfile {
    var whole = profile
    whole.addresses = together(with: profile.addresses)
    return whole
  }

  /// The profile as it was before control, of one that has come back from custody; `own` are the
  /// addresses that the person kept.
  ///
  /// Whatever the controller wrote goes with it: its addresses too, on whatever name they lie by
  /// now.
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

  /// The profile as it is after control, with every address that is not the controller's: the
  /// person's own, and what is left of those that were found.
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

  /// These addresses and others that are not among them, one of them primary: these first.
  private func together(with others: [AccountAddress]) -> [AccountAddress] {
    let known = Set(addresses.map(\.email.identity))
    return (addresses + others.filter { !known.contains($0.email.identity) }).withOnePrimary
  }

  /// A JSON object, to be sealed.
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

  /// Reads what `text` wrote; anything else is a failure.
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
  /// Seals what a takeover took off an account under that account's key.
  func seal(
    undo text: String, of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    return try sealer.seal(
      Array(text.utf8), key: key, keyVersion: UInt32(account.key.version),
      at: Self.undoPlace(id, account.id))
  }

  /// Opens what `seal(undo:of:_:under:)` made.
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
