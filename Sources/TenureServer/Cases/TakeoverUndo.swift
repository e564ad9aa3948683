import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// How effects are undone: exactly what the case had found is restored.
extension TakeoverEffect {
  /// Undoes the effect of one case, whose row must be locked.
  ///
  /// Throws a `TakeoverCase.Refusal`, or a `Problem` where the account does not allow it; the
  /// caller must then roll back, because a part may be done. `askedAt` is when the undoing was
  /// asked for, which must be in time.
  func undo(
    _ item: TakeoverCase, askedAt: Timestamp, at now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> TakeoverCase {
    var after = item
    try after.undo(at: askedAt)
    switch item.outcome {
    case .assumeControl:
      let back = try await giveBack(item, now, telling, transaction)
      try await finish(back, back.found.undone(back.profile, own: back.own), now, transaction)
    case .detachAddress: try await reattach(item, now, transaction)
    case .blockSignIn: try await unblock(item, at: now, transaction)
    case nil: break
    }
    return try await end(after, at: now, telling, transaction)
  }

  /// Lifts a block, however long ago it was set.
  func lift(
    _ item: TakeoverCase, at now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws -> TakeoverCase {
    var after = item
    try after.lift(at: now)
    try await unblock(item, at: now, transaction)
    try await closeDisputes(of: [item], at: now, telling, transaction)
    return try await end(after, at: now, telling, transaction)
  }

  /// Gives an account back under an address of the person's own; the tenant keeps its addresses.
  ///
  /// Addresses that the controller has added are dropped, at whatever domain they are. Throws where
  /// the person has no verified address outside the claimant's domains; a part may be done then.
  func release(
    _ item: TakeoverCase, isSuspended: Bool, at now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws {
    var after = item
    try after.release(at: now)
    let back = try await giveBack(item, isSuspended: isSuspended, now, telling, transaction)
    var profile = back.found.ended(back.profile, own: back.own)
    let names = try await NameHolders(Set(profile.addresses.map(\.email.domain)), transaction)
    func isTheirs(_ address: EmailAddress) -> Bool {
      (!isSuspended && takeover.covers(address)) || names.tenant(of: address) == access.tenant
    }
    // A suspended tenant does not hold the domain: then only the claims that there are now make an
    // address the claimant's.
    let claimed = try await ClaimedNames(
      of: profile.addresses.map(\.email), takeover, began: isSuspended ? nil : item.createdAt,
      transaction)
    let hasOwn = profile.addresses.contains {
      $0.isVerified && (isSuspended ? !claimed.isClaimed($0.email) : claimed.isPersons($0.email))
    }
    guard isSuspended || hasOwn else {
      throw Problem(
        .addressNotPersonal, "the person has no verified address outside the claimed domain")
    }
    // The tenant keeps its addresses, unless the person would be left without any: they keep all of
    // them then.
    if hasOwn {
      profile.addresses.removeAll { isTheirs($0.email) }
    } else {
      profile.addresses = back.found.undone(back.profile, own: back.own).addresses
    }
    profile.addresses = profile.addresses.withOnePrimary
    try await finish(back, profile, now, transaction)
    _ = try await end(after, at: now, telling, transaction)
  }

  /// Gives an account that is still blocked its former status back.
  func unblock(
    _ item: TakeoverCase, at now: Timestamp, _ transaction: Transaction
  ) async throws {
    let account = try await lock(item, transaction)
    if account.status != .blocked { return }
    let before: AccountStatus
    do { before = try await found(of: item, account, transaction).status } catch let error
      as VaultError
    {
      // If what was found cannot be decrypted, the person is let in all the same.
      worker.logUnreadable(account.id, error)
      before = .active
    }
    try await transaction.within(platform) {
      _ = try await transaction.run(
        AccountStore.setStatus([account.id], before, from: [.blocked], at: now, platform))
    }
  }

  // MARK: Pieces

  private func end(
    _ item: TakeoverCase, at now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws -> TakeoverCase {
    let saved = try await transaction.within(access) {
      try await CaseStore.save([item], at: now, access, transaction)
    }
    tell(saved, telling)
    return saved.first ?? item
  }

  /// The account of a case, with the platform and locked; throws where somebody else has it, or it
  /// is gone.
  func lock(
    _ item: TakeoverCase, _ transaction: Transaction
  ) async throws -> AccountStore.Stored {
    let rows = try await transaction.within(platform) {
      try await transaction.run(AccountStore.lock([item.account], platform))
    }
    guard let account = try rows.first.map(AccountStore.stored) else {
      throw Problem(.accountStateConflict, "the account lies with somebody else by now")
    }
    switch account.status {
    case .active, .blocked, .restricted, .deactivated: return account
    case .isolated, .deleted, .anonymised, .erased:
      throw Problem(.accountStateConflict, "the account is \(account.status.rawValue)")
    }
  }

  /// What a case found of its account before it changed it; throws where that was not stored.
  func found(
    of item: TakeoverCase, _ account: AccountStore.Stored, _ transaction: Transaction
  ) async throws -> AccountFound {
    let rows = try await transaction.within(access) {
      try await transaction.run(CaseStore.undo(of: [item.id], access))
    }
    guard let sealed = try rows.first?.bytes(1) else {
      throw PostgresError(kind: .decoding, message: "what a case found was not kept")
    }
    return try AccountFound.shape.stored(
      try worker.open(undo: sealed, of: item.id, account, under: worker.platformKey))
  }

  /// Puts the addresses back that a case took; throws where one belongs to somebody else by now.
  private func reattach(
    _ item: TakeoverCase, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let account = try await lock(item, transaction)
    if account.status == .restricted {
      throw Problem(.accountStateConflict, "the account is restricted")
    }
    let found = try await found(of: item, account, transaction)
    let profile = try worker.profile(of: account)
    let restored = found.reattached(to: profile)
    if restored == profile { return }
    try await update(restored, of: account, now, transaction)
  }

  func update(
    _ profile: AccountProfile, of account: AccountStore.Stored, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let sealed = try worker.reseal(
      profile, from: try worker.profile(of: account), as: account.id, wrapped: account.key,
      under: worker.platformKey)
    try await transaction.within(platform) {
      _ = try await transaction.run(AccountStore.update([sealed], at: now, platform))
    }
  }
}
