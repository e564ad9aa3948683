import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Destroys what is personal about accounts, or replaces it by a pseudonym.
///
/// The person's keys are destroyed, and so is all that was sealed under them, in every copy. The
/// addresses rest before somebody else may have them.
struct AccountErasure: Sendable {

  let worker: Worker
  let access: Access
  /// `.erase` or `.anonymise`.
  let method: AccountVerb
  let now: Timestamp
  /// Whether a restored backup brought the account back and it is erased again: nobody is told a
  /// second time.
  var isReplay = false

  private var platform: Access { SystemCaller(job: "erasure").access(to: .platform) }

  /// Erases or anonymises these accounts.
  ///
  /// Their rows must be locked, and no hold may keep them.
  ///
  /// For a dry run nothing is destroyed, and only the outcome is computed: so a hold, which would
  /// stop the destruction, does not show.
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

  /// Destroys the data, and returns the requests that are fulfilled by it.
  private func destroy(
    _ accounts: [AccountStore.Stored], requestedAt: Timestamp, _ transaction: Transaction
  ) async throws -> [SubjectRequest] {
    let key = try await worker.tenantKey(access)
    let ids = accounts.map(\.id)
    let erasures = ids.map { (id: ErasureID(at: now), account: $0) }
    let fulfilled = try await fulfil(erasures, transaction)
    let addresses = try await addresses(of: accounts, key, transaction)
    let left = try addresses.map {
      AddressRestStore.Left(
        hmac: try worker.blindIndex("resting_address", $0.address.identity), former: nil)
    }
    // This must be first: it records what there is to destroy.
    var statements: [SQL] = [
      ErasureStore.insert(
        erasures, method, requestedAt: requestedAt, at: now, epoch: worker.keyring.epochs.current,
        access),
      AccountStore.deleteAddresses(ids, access), AuditKeyStore.delete(ids, access),
      MembershipStore.deleteAll(ids, access),
      AddressRestStore.rest(left, at: now), AddressRestStore.forget(ids),
      ErasureStore.enqueue(erasures[0].id, at: now, access),
      RetentionRuleStore.removeAll(of: ids, access), PackageStore.deleteAll(of: ids, access),
      ObjectionStore.deleteAll(of: ids, access),
    ]
    statements += try await disownContent(of: ids, key, transaction)
    statements.append(try replaceProfiles(of: ids, key))
    statements += fulfilled.map {
      SubjectRequestStore.save($0.request, details: $0.details, access)
    }
    statements += try await leavePlatform(ids, addresses, transaction)
    try await transaction.run(statements)
    try await forget(ids, transaction)
    return fulfilled.map(\.request)
  }

  /// Deletes what tenants keep about these people: the key of what their audit logs say of them,
  /// stored replies, and results of operations.
  ///
  /// Several tenants may have some.
  private func forget(_ ids: [AccountID], _ transaction: Transaction) async throws {
    let rows = try await transaction.run(AuditKeyStore.confidants(of: ids))
    let confidants = try rows.map { try $0.identifier(0, TenantID.self) }
    // Always in one order: two erasures at the same time must not wait for each other.
    let tenants = Set(confidants + [access.tenant, .platform])
      .sorted { $0.description < $1.description }
    for tenant in tenants {
      let theirs = SystemCaller(job: "erasure").access(to: tenant)
      try await transaction.within(theirs) {
        try await transaction.run(
          [AuditKeyStore.delete(ids, theirs)] + Idempotency.forget(ids, theirs))
        try await ImportResults.forget(ids, worker, theirs, transaction)
      }
    }
  }

  /// Ends the granted requests for erasure as fulfilled.
  private func fulfil(
    _ erasures: [(id: ErasureID, account: AccountID)], _ transaction: Transaction
  ) async throws -> [(request: SubjectRequest, details: [UInt8])] {
    try await transaction.run(
      SubjectRequestStore.lockErasures(erasures.map(\.account), access)
    ).map { row in
      let stored = try SubjectRequestStore.stored(row, access)
      var request = stored.request
      try request.fulfil(
        at: now, erasure: erasures.first { $0.account == request.account }?.id)
      return (request, stored.details)
    }
  }

  /// All addresses of these people, including those that only the platform knows.
  ///
  /// A profile that does not open is passed over, so that the account can be erased all the same:
  /// after a restore its key may be gone already.
  private func addresses(
    of accounts: [AccountStore.Stored], _ key: TenantKey, _ transaction: Transaction
  ) async throws -> [(account: AccountID, address: EmailAddress)] {
    let own = try await PersonalRecords(worker: worker).find(
      accounts.map(\.id), custodian: access, skippingUnreadable: true, transaction)
    return accounts.flatMap { account in
      var addresses = own[account.id]?.addresses ?? []
      do {
        let profile = try AccountProfile.stored(
          try worker.openProfile(
            account.profile, of: account.id, wrapped: account.key, under: key))
        addresses = profile.addresses + addresses
      } catch {
        worker.logUnreadable(account.id, error)
      }
      return addresses.map { (account.id, $0.email) }
    }
  }

  /// Deletes private content; shared content, and what somebody else owns by now, gets a pseudonym
  /// as its author.
  private func disownContent(
    of ids: [AccountID], _ key: TenantKey, _ transaction: Transaction
  ) async throws -> [SQL] {
    let pseudonyms = try ids.map { ($0, try worker.pseudonym(of: $0, key)) }
    let shared =
      try await keepsContent(transaction) ? [] : [ContentStore.deleteOwn(ids, access)]
    return [ContentStore.takePrivate(ids, access)] + shared + [
      ContentStore.pseudonymise(pseudonyms, at: now, access),
      ContentStore.disown(ids, at: now, access),
    ]
  }

  private func replaceProfiles(of ids: [AccountID], _ key: TenantKey) throws -> SQL {
    guard method == .anonymise else { return AccountStore.destroyKeys(ids, at: now, access) }
    let replaced = try ids.map {
      try worker.seal(pseudonymous($0, key), as: $0, under: key)
    }
    return AccountStore.replaceProfiles(replaced, at: now, access)
  }

  /// Deletes what the platform keeps for these people, then restores the tenant's context.
  private func leavePlatform(
    _ ids: [AccountID], _ addresses: [(account: AccountID, address: EmailAddress)],
    _ transaction: Transaction
  ) async throws -> [SQL] {
    var statements = [platform.context]
    if access.tenant != .platform {
      // The person's own addresses are with the platform.
      statements += [
        AuditKeyStore.delete(ids, platform), ContentStore.takePrivate(ids, platform),
        AccountStore.deleteAddresses(ids, platform), PersonalRecordStore.delete(ids, platform),
      ]
    }
    statements += try await Suppressions(worker: worker, access: platform).keepRefusals(
      of: addresses, at: now, custodian: access, transaction)
    return statements + [
      PreferenceStore.deleteAll(of: ids, platform), KeyStore.revokePersons(ids, at: now, platform),
      KeyStore.notifyAll(),
      WebhookEndpointStore.deletePersons(ids, platform), access.context,
    ]
  }

  /// Whether shared content stays: always when accounts are anonymised; when they are erased, by
  /// the tenant's policy.
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
  /// The pseudonym of an author who was erased: always the same in one tenant, and another one in
  /// each.
  func pseudonym(of account: AccountID, _ key: TenantKey) throws -> String {
    let digest = try sealer.digests.hmac(
      Array("pseudonym\0\(account)".utf8), key: key.index)
    return "Former member \(Base32.digits(of: digest, count: 8))"
  }
}
