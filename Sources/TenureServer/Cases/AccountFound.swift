import JSON
import Postgres
import Tenure
import TenureAPI
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

  /// The profile with these addresses as they were; `isTheirs` says of one that has come since
  /// whether it lies on a name of the claimant's, and goes.
  func restored(
    _ profile: AccountProfile, isTheirs: (EmailAddress) -> Bool
  ) -> AccountProfile {
    let known = Set(addresses.map(\.email.identity))
    var kept = profile.addresses.filter {
      !known.contains($0.email.identity) && !isTheirs($0.email)
    }
    if addresses.contains(where: \.isPrimary) {
      kept = kept.map {
        AccountAddress(email: $0.email, isVerified: $0.isVerified, isPrimary: false)
      }
    }
    var restored = profile
    restored.addresses = (addresses + kept).withOnePrimary
    return restored
  }

  /// A JSON object, to be sealed.
  var text: String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("status")
      writer.string(status.rawValue)
      writer.key("role")
      writer.string(role?.rawValue)
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

  init(status: AccountStatus, addresses: [AccountAddress], role: MembershipRole?) {
    self.status = status
    self.addresses = addresses
    self.role = role
  }

  /// Reads what `text` wrote; anything else is a failure.
  init(parsing text: String) throws {
    let json = try JSONValue(parsing: Array(text.utf8))
    guard let status = json["status"]?.string.flatMap(AccountStatus.init) else {
      throw PostgresError(kind: .decoding, message: "what was found has no status")
    }
    self.status = status
    role = json["role"]?.string.flatMap(MembershipRole.init)
    addresses = try (json["addresses"]?.array ?? []).map { address in
      AccountAddress(
        email: try EmailAddress(parsing: address["address"]?.string ?? ""),
        isVerified: address["verified"]?.bool ?? false,
        isPrimary: address["primary"]?.bool ?? false)
    }
  }
}

extension [AccountAddress] {
  /// The same with a primary one: the first, where none is.
  var withOnePrimary: [AccountAddress] {
    guard let first, !contains(where: \.isPrimary) else { return self }
    let primary = AccountAddress(email: first.email, isVerified: first.isVerified, isPrimary: true)
    return [primary] + dropFirst()
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
