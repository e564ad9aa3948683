import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// A personal address to keep an account under: outside the claimed domain, of no other account,
/// and proven by a code that is sent there.
struct PersonalAddress: Sendable {
  /// Seconds for which a code holds.
  private static let codeSeconds: Int64 = 3_600

  let worker: Worker
  let claimant: Access
  let item: TakeoverCase
  let takeover: Takeover
  let change: Change

  private var platform: Access { SystemCaller(job: "person").access(to: .platform) }
  private var now: Timestamp { change.call.now }

  /// Proves a personal address; nil once the account has a verified one, otherwise the reply that
  /// asks for more.
  ///
  /// The caller has counted a code in the body as a try already.
  func prove(_ body: DetachBody) async throws -> Reply? {
    let (transaction, platform) = (change.transaction, platform)
    let row = try await transaction.within(platform) {
      try await transaction.run(AccountStore.lock([item.account], platform)).first
    }
    guard let stored = try row.map(AccountStore.stored) else {
      throw Problem(.caseStateConflict, "the account is not the platform's any more")
    }
    let profile = try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: stored.id, wrapped: stored.key, under: worker.platformKey))
    guard let address = body.address else {
      let verified = profile.addresses.filter(\.isVerified).map(\.email)
      let claimed = try await claimed(verified)
      if verified.contains(where: claimed.isPersons) { return nil }
      throw Problem(.addressNotPersonal, "name a personal address to keep the account under")
    }
    guard try await claimed([address]).isPersons(address) else {
      throw Problem(.addressNotPersonal)
    }
    if profile.addresses.contains(where: {
      $0.email.identity == address.identity && $0.isVerified
    }) {
      return nil
    }
    guard let code = body.code else { return try await ask(address, stored) }
    try await check(code, address)
    try await add(address, to: profile, of: stored)
    return nil
  }

  /// Which of these addresses are the claimant's, for this case.
  private func claimed(_ addresses: [EmailAddress]) async throws -> ClaimedNames {
    try await ClaimedNames(
      of: addresses, takeover, began: item.createdAt, change.transaction)
  }

  private func add(
    _ address: EmailAddress, to before: AccountProfile, of stored: AccountStore.Stored
  ) async throws {
    var profile = before
    let proven = AccountAddress(email: address, isVerified: true, isPrimary: false)
    if let known = profile.addresses.firstIndex(where: {
      $0.email.identity == address.identity
    }) {
      profile.addresses[known] = AccountAddress(
        email: address, isVerified: true, isPrimary: profile.addresses[known].isPrimary)
    } else {
      profile.addresses.append(proven)
    }
    let sealed = try worker.reseal(
      profile, from: before, as: stored.id, wrapped: stored.key, under: worker.platformKey)
    let (transaction, platform) = (change.transaction, platform)
    do {
      _ = try await transaction.within(platform) {
        try await transaction.run(AccountStore.update([sealed], at: now, platform))
      }
    } catch let error as PostgresError
      where error.constraint == "addresses_belong_to_one_account"
    { throw Problem(.addressNotPersonal, "the address belongs to another account") }
  }

  /// Asks the operator to send a code to the address.
  ///
  /// The address is stored under the person's key, and is lost with it.
  private func ask(_ address: EmailAddress, _ stored: AccountStore.Stored) async throws -> Reply {
    try await CodeGuard(worker, address: address.identity, purpose: item.id)
      .send(change.transaction)
    let hmac = try worker.blindIndex("address", address.identity)
    let until = now.adding(seconds: Self.codeSeconds)
    let sealed = try worker.seal(codeAddress: address.text, of: item.id, stored)
    _ = try await change.transaction.within(claimant) {
      try await change.transaction.run(
        CaseStore.keepCode(item.id, addressHMAC: hmac, address: sealed, until: until, claimant))
    }
    change.emit(
      Event(
        .addressCodeRequired, item.id, at: now,
        [
          ("case_id", item.id.description), ("account_id", item.account.description),
          ("tenant_id", claimant.tenant.description), ("expires_at", until.description),
        ]), in: platform)
    return Reply(status: 202, CodeSentView(expiresAt: until))
  }

  /// Throws where the code is wrong; a right one is used up, and its try is not counted.
  private func check(_ code: String, _ address: EmailAddress) async throws {
    let transaction = change.transaction
    let row = try await transaction.within(claimant) {
      try await transaction.run(CaseStore.code(item.id, claimant)).first
    }
    let hmac = try worker.blindIndex("address", address.identity)
    guard let row, let until = try row.optionalTime(1), until > now,
      try row.optionalBytes(0) == hmac,
      constantTimeEqual(
        Array(code.utf8),
        Array(try worker.addressCode(item.id, addressHMAC: hmac, until: until).utf8))
    else { throw Problem(.codeWrong) }
    try await CodeGuard(worker, address: address.identity, purpose: item.id).forgive(transaction)
    _ = try await transaction.within(claimant) {
      try await transaction.run(CaseStore.forgetCode(item.id, claimant))
    }
  }
}

extension Worker {
  /// Seals the address that a code was sent to under the account's key; the platform has the
  /// account.
  func seal(
    codeAddress text: String, of id: CaseID, _ account: AccountStore.Stored
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: platformKey, sealer: sealer)
    return try sealer.seal(
      Array(text.utf8), key: key, keyVersion: UInt32(account.key.version),
      at: Self.codePlace(id, account.id))
  }

  /// Decrypts what `seal(codeAddress:of:_:)` has sealed; throws where the account's key is another
  /// one or gone.
  func open(
    codeAddress sealed: [UInt8], of id: CaseID, _ account: AccountStore.Stored
  ) throws -> String {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: platformKey, sealer: sealer)
    let bytes = try sealer.open(sealed, key: key, at: Self.codePlace(id, account.id))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func codePlace(_ id: CaseID, _ account: AccountID) -> FieldPlace {
    FieldPlace(
      table: "takeover_cases", column: "code_address", tenant: nil, row: id.uuid,
      subject: account.uuid)
  }
}
