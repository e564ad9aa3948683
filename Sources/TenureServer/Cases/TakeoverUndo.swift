import Postgres
import Tenure
import TenureAPI
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
      try await finish(back, back.found.undone(back.profile, back.own), now, transaction)
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
    var profile = back.found.ended(back.profile, back.own)
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
      profile.addresses = back.found.undone(back.profile, back.own).addresses
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
  private func lock(
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

  private func found(
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

  /// An account that lies with the platform again, and what its case found of it.
  private struct GivenBack {
    let account: AccountStore.Stored
    /// As the controller left it.
    let profile: AccountProfile
    let own: PersonalRecord
    let found: AccountFound
  }

  /// Ends control and membership: the account is the platform's again, and what it was before, but
  /// for its profile.
  ///
  /// While control is suspended neither an open request nor that it is its holder's only owner keeps
  /// anybody.
  private func giveBack(
    _ item: TakeoverCase, isSuspended: Bool = false, _ now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> GivenBack {
    if isSuspended {
      try await transaction.within(access) {
        try await RequestsLeftBehind(worker: worker, access: access, now: now).end(
          of: item.account, telling, transaction)
      }
    } else {
      // Whoever was asked answers, with the data at hand.
      let waiting = try await transaction.run(SubjectRequestStore.openAnywhere([item.account]))
      if !waiting.isEmpty { throw Problem(.requestOpen) }
    }
    // The owners first, as everybody locks.
    let owners = try await SoleOwners([item.account], access, transaction)
    let own = try await PersonalRecords(worker: worker).find(
      [item.account], custodian: access, transaction)[item.account]
    // The control ends after the account has gone: till then what a hold keeps asks whether it is
    // suspended.
    try await transaction.run(TakeoverStore.deferControls)
    let custody = AccountCustody(worker: worker, from: access, to: platform)
    guard try await custody.move([item.account], transaction) == [item.account] else {
      throw Problem(.accountStateConflict, "the account is isolated or gone: it stays where it is")
    }
    try await movePrivate(item.account, transaction)
    try await transaction.within(access) {
      _ = try await transaction.run(TakeoverStore.deleteControls([item.account], access))
    }
    let account = try await lock(item, transaction)
    let found = try await found(of: item, account, transaction)
    let isKept = !isSuspended && owners.isLastHere(item.account)
    try await restoreRole(item.account, found.role, isLastOwner: isKept, now, transaction)
    try await restoreStatus(account, found.status, now, transaction)
    return GivenBack(
      account: account, profile: try worker.profile(of: account), own: own ?? PersonalRecord(),
      found: found)
  }

  /// What the controller has made of the account ends; what the person asked for stands until their
  /// request is lifted.
  private func restoreStatus(
    _ account: AccountStore.Stored, _ found: AccountStatus, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let asked = try await transaction.within(access) {
      try await transaction.run(DisposalStore.restricted([account.id], access))
    }
    let isRestricted = try asked.first.map { try $0.bool(1) } ?? false
    let next = found == .active && isRestricted ? .restricted : found
    if account.status == next { return }
    try await transaction.within(platform) {
      _ = try await transaction.run(
        AccountStore.setStatus(
          [account.id], next, from: [.active, .blocked, .deactivated, .restricted], at: now,
          platform))
    }
  }

  /// Saves the profile of what was given back. An address or an id that is somebody else's by now
  /// stays theirs: nobody is kept under control for either.
  private func finish(
    _ back: GivenBack, _ profile: AccountProfile, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let before = Set(back.profile.addresses.map(\.email.identity))
    var profile = try await unclaimed(profile, of: back.account, transaction)
    do {
      try await transaction.attempt {
        try await update(profile, of: back.account, now, transaction)
      }
    } catch let error as PostgresError where error.constraint == "addresses_rest_before_reuse" {
      profile.addresses.removeAll { !before.contains($0.email.identity) }
      profile.addresses = profile.addresses.withOnePrimary
      try await update(profile, of: back.account, now, transaction)
    }
  }

  /// The same without what another account has.
  private func unclaimed(
    _ profile: AccountProfile, of account: AccountStore.Stored, _ transaction: Transaction
  ) async throws -> AccountProfile {
    let addresses = try profile.addresses.map {
      try worker.blindIndex("address", $0.email.identity)
    }
    let external = try profile.externalID.map { try worker.blindIndex("external_id", $0) }
    let taken = try await transaction.run(AccountStore.having(addresses: addresses))
    let known = try await transaction.within(platform) {
      try await transaction.run(
        AccountStore.matches(externalIDs: external.map { [$0] } ?? [], addresses: [], platform))[0]
    }
    // By whom each place in the list, and the id, is had.
    let others = try taken.map { (try $0.int(0) - 1, try $0.identifier(1, AccountID.self)) }
    let places = Set(others.filter { $0.1 != account.id }.map(\.0))
    let knownAs = try known.map { try $0.identifier(1, AccountID.self) }
    var left = profile
    left.addresses = profile.addresses.enumerated().filter { !places.contains($0.offset) }
      .map(\.element).withOnePrimary
    if knownAs.contains(where: { $0 != account.id }) { left.externalID = nil }
    return left
  }

  /// What is private goes with the person; what is shared stays.
  private func movePrivate(_ account: AccountID, _ transaction: Transaction) async throws {
    let content = try await transaction.within(access) {
      try await transaction.run(ContentStore.takePrivate([account], access))
    }.map(ContentStore.stored).filter { !$0.isRemoved }
    try await transaction.within(platform) {
      _ = try await transaction.run(ContentStore.insert(content, platform))
    }
  }

  private func restoreRole(
    _ account: AccountID, _ role: MembershipRole?, isLastOwner: Bool, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    try await transaction.within(access) {
      let rows = try await transaction.run(MembershipStore.roles(of: [account], access))
      let present = try rows.first.map { try $0.choice(1, MembershipRole.self) }
      if present == role { return }
      if isLastOwner { throw Problem(.lastOwner) }
      let statement =
        switch (present, role) {
        case (_, nil): MembershipStore.delete(account, access)
        case (nil, let role?): MembershipStore.put(account, role, teams: [], at: now, access)
        case (_, let role?): MembershipStore.setRole(account, role, at: now, access)
        }
      try await transaction.run(statement)
    }
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

  private func update(
    _ profile: AccountProfile, of account: AccountStore.Stored, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let sealed = try worker.reseal(
      profile, as: account.id, wrapped: account.key, under: worker.platformKey)
    try await transaction.within(platform) {
      _ = try await transaction.run(AccountStore.update([sealed], at: now, platform))
    }
  }
}
