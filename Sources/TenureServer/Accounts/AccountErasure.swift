import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// Destroys what is personal about accounts, or replaces it by a pseudonym.
///
/// The person's keys go, and with them everything that was sealed under them, wherever a copy of it
/// lies; the addresses rest before somebody else may have them.
struct AccountErasure: Sendable {
  /// How long an address rests.
  static let restDays: Int64 = 30

  let worker: Worker
  let access: Access
  /// `erase` or `anonymise`.
  let method: AccountVerb
  let now: Timestamp
  /// Whether it is done again after a restore: then everybody was told long ago.
  var isReplay = false

  private var platform: Access { SystemCaller(job: "erasure").access(to: .platform) }

  /// Does it to these, whose rows are locked and which nothing holds.
  ///
  /// A rehearsal only says what would be done: for a dry run, where a hold must not show.
  func run(
    _ accounts: [AccountStore.Stored], requestedAt: Timestamp, _ telling: Telling,
    _ transaction: Transaction, isRehearsal: Bool = false
  ) async throws {
    if accounts.isEmpty { return }
    if !isRehearsal {
      let fulfilled = try await destroy(accounts, requestedAt: requestedAt, transaction)
      for request in fulfilled where !isReplay {
        telling.record("request.fulfilled", request.id, subject: request.account, in: access)
        telling.tell(.requestFulfilled, request, of: access)
      }
    }
    for account in accounts {
      telling.record(method.event.rawValue, account.id, subject: account.id, in: access)
      if isReplay { continue }
      telling.tell(method, account.id, method == .erase ? .erased : .anonymised, of: access)
    }
  }

  /// Answers the requests that are fulfilled by it.
  private func destroy(
    _ accounts: [AccountStore.Stored], requestedAt: Timestamp, _ transaction: Transaction
  ) async throws -> [SubjectRequest] {
    let key = try await worker.tenantKey(access)
    let ids = accounts.map(\.id)
    let erasures = ids.map { (id: ErasureID(at: now), account: $0) }
    let granted = try await transaction.run(SubjectRequestStore.lockErasures(ids, access)).map {
      try SubjectRequestStore.stored($0, access)
    }
    let fulfilled = try granted.map { stored in
      var request = stored.request
      try request.fulfil(
        at: now, erasure: erasures.first { $0.account == request.account }?.id)
      return (request: request, details: stored.details)
    }
    var resting: [[UInt8]] = []
    var addresses: [(account: AccountID, address: EmailAddress)] = []
    for account in accounts {
      // After a restore the key may be gone already, and with it the addresses.
      let profile = try? AccountProfile.stored(
        try worker.openProfile(
          account.profile, of: account.id, wrapped: account.key, under: key))
      for address in profile?.addresses ?? [] {
        resting.append(try worker.blindIndex("resting_address", address.email.identity))
        addresses.append((account.id, address.email))
      }
    }
    var statements: [SQL] = [
      AccountStore.deleteAddresses(ids, access), AuditKeyStore.delete(ids, access),
      MembershipStore.deleteAll(ids, access),
      AddressRest.rest(resting, until: now.adding(seconds: Self.restDays * 86_400)),
      ErasureStore.insert(
        erasures, method, requestedAt: requestedAt, at: now, epoch: worker.keyring.epochs.current,
        access),
      JobStore.enqueue(erasures[0].id.uuid, .erasureLedger, at: now, access),
      RetentionRuleStore.removeAll(of: ids, access), ContentStore.takePrivate(ids, access),
      PackageStore.deleteAll(of: ids, access), ObjectionStore.deleteAll(of: ids, access),
    ]
    if try await !keepsContent(transaction) {
      statements.append(ContentStore.deleteOwn(ids, access))
    }
    statements += [
      // What stays, or what others answer for by now, is under a pseudonym.
      ContentStore.pseudonymise(
        try ids.map { ($0, try worker.pseudonym(of: $0, key)) }, at: now, access),
      ContentStore.disown(ids, at: now, access),
    ]
    switch method {
    case .anonymise:
      let replaced = try accounts.map { account in
        try worker.seal(pseudonymous(account.id, key), as: account.id, under: key)
      }
      statements.append(AccountStore.replaceProfiles(replaced, at: now, access))
    default: statements.append(AccountStore.destroyKeys(ids, at: now, access))
    }
    statements += fulfilled.map {
      SubjectRequestStore.save($0.request, details: $0.details, access)
    }
    if access.tenant != .platform {
      // From before the control there is private content with the platform.
      statements += [
        platform.context, AuditKeyStore.delete(ids, platform),
        ContentStore.takePrivate(ids, platform),
      ]
    } else {
      statements.append(platform.context)
    }
    statements += try await Suppressions(worker: worker, access: platform).keepRefusals(
      of: addresses, at: now, custodian: access, transaction)
    statements += [
      PreferenceStore.deleteAll(of: ids, platform), KeyStore.revokePersons(ids, at: now, platform),
      KeyStore.notifyAll(),
      WebhookEndpointStore.deletePersons(ids, platform), access.context,
    ]
    try await transaction.run(statements)
    return fulfilled.map(\.request)
  }

  /// Whether what the people shared stays: always under a pseudonym, after an erasure by the
  /// tenant's policy.
  private func keepsContent(_ transaction: Transaction) async throws -> Bool {
    if method == .anonymise { return true }
    return try await TenantStore.policy(access, transaction).erasedContent == .keep
  }

  private func pseudonymous(_ id: AccountID, _ key: TenantKey) throws -> AccountProfile {
    AccountProfile(
      externalID: nil, displayName: try worker.pseudonym(of: id, key), locale: nil, addresses: [],
      attributes: .object([]))
  }
}

extension Worker {
  /// What an author is called once nobody is to know who it was: the same in one tenant always, and
  /// another in the next.
  func pseudonym(of account: AccountID, _ key: TenantKey) throws -> String {
    let digest = try sealer.digests.hmac(
      Array("pseudonym\0\(account)".utf8), key: key.index)
    return "Former member \(Base32.digits(of: digest, count: 8))"
  }
}

/// Addresses of people who are gone.
enum AddressRest {
  static func rest(_ hmacs: [[UInt8]], until: Timestamp) -> SQL {
    "SELECT tenure_global.rest_addresses(\(hmacs.map { Bytes($0) }), \(until))"
  }

  /// Refuses addresses that still rest, and marks those that somebody new has now.
  static func recycle(_ addresses: [(hmac: [UInt8], account: AccountID)], at: Timestamp) -> SQL {
    """
    SELECT tenure_global.recycle_addresses(\(addresses.map { Bytes($0.hmac) }),
      \(addresses.map(\.account)), \(at))
    """
  }

  /// Forgets those that were taken up again; answers by whom.
  static func takeRecycled(limit: Int, _ access: Access) -> SQL {
    """
    DELETE FROM tenure_global.resting_addresses
    WHERE tenant_id = \(access.tenant) AND address_hmac IN (
      SELECT address_hmac FROM tenure_global.resting_addresses
      WHERE tenant_id = \(access.tenant) AND recycled_by IS NOT NULL
      LIMIT \(limit))
    RETURNING recycled_by
    """
  }
}
