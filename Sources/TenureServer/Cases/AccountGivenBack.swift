import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// How control ends: the account goes back to the platform, and to its person, as it was.
extension TakeoverEffect {
  /// An account that lies with the platform again, and what its case found of it.
  struct GivenBack {
    let account: AccountStore.Stored
    /// What the controller left and what the person kept, put together.
    let profile: AccountProfile
    /// The addresses that the person kept.
    let own: [AccountAddress]
    let found: AccountFound
  }

  /// Ends control and membership: the account is the platform's again, and what it was before, but
  /// for its profile.
  ///
  /// While control is suspended neither an open request nor that it is its holder's only owner
  /// keeps anybody.
  func giveBack(
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
    let record = try await PersonalRecords(worker: worker).find(
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
      account: account, profile: try worker.profile(of: account), own: record?.addresses ?? [],
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

  /// Saves the profile of what was given back.
  ///
  /// An address or an id that is somebody else's by now stays theirs: nobody is kept under control
  /// for either.
  func finish(
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

  /// The profile without the addresses and the external id that another account has by now.
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
    left.addresses =
      profile.addresses.enumerated().filter { !places.contains($0.offset) }
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
}
