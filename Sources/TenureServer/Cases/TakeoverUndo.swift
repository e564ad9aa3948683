import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// How effects are taken back: what was found comes back, that and nothing else.
extension TakeoverEffect {
  /// Gives back what one case took; its row is locked.
  ///
  /// Throws a `TakeoverCase.Refusal`, or a `Problem` where the account does not allow it; a part may
  /// have been done by then. `askedAt` is when it was asked for, which has to be in time.
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

  /// Ends a block, however long it has stood.
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
  /// What the controller has put there is its own as well, on whatever name it lies by now. Refused
  /// where the person has no verified address outside the claimant's names: a part may have been
  /// done by then.
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
    // Whose claim has ended has no say any more: then what it claims now is looked at alone.
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
    // Whose domain is not held any more keeps no address; nobody is left without one.
    if hasOwn {
      profile.addresses.removeAll { isTheirs($0.email) }
    } else {
      profile.addresses = back.found.undone(back.profile, own: back.own).addresses
    }
    profile.addresses = profile.addresses.withOnePrimary
    try await finish(back, profile, now, transaction)
    _ = try await end(after, at: now, telling, transaction)
  }

  /// Takes a block off an account: it is what it was before, unless it is something else by now.
  func unblock(
    _ item: TakeoverCase, at now: Timestamp, _ transaction: Transaction
  ) async throws {
    let account = try await lock(item, transaction)
    if account.status != .blocked { return }
    let before: AccountStatus
    do { before = try await found(of: item, account, transaction).status } catch let error
      as PostgresError
    { throw error } catch {
      // Nobody stays shut out because what was found before does not open.
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

  /// The account of a case, with the platform and locked; refuses one that is elsewhere or gone.
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

  func found(
    of item: TakeoverCase, _ account: AccountStore.Stored, _ transaction: Transaction
  ) async throws -> AccountFound {
    let rows = try await transaction.within(access) {
      try await transaction.run(CaseStore.undo(of: [item.id], access))
    }
    guard let sealed = try rows.first?.bytes(1) else {
      throw PostgresError(kind: .decoding, message: "what a case found was not kept")
    }
    return try AccountFound(
      parsing: try worker.open(undo: sealed, of: item.id, account, under: worker.platformKey))
  }

  /// Puts back addresses that a case took, as they were; refused where one is somebody else's.
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
