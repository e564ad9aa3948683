import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// The end of control: the account returns to the platform, as it was.
extension TakeoverEffect {
  /// An account that the platform has again, with what its case had found.
  struct GivenBack {
    let account: AccountStore.Stored
    /// The controller's profile, joined with what the person kept.
    let profile: AccountProfile
    /// The addresses that the person kept during control.
    let own: [AccountAddress]
    let found: AccountFound
  }

  /// Ends control and membership.
  ///
  /// The platform has the account again, in its former status; the caller decides about the
  /// profile.
  ///
  /// An open request stops it, and so does the loss of the role where the person is the controller's
  /// only owner; neither does while control is suspended.
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
      // The tenant that was asked answers a request, and it needs the data for that.
      let waiting = try await transaction.run(SubjectRequestStore.openAnywhere([item.account]))
      if !waiting.isEmpty { throw Problem(.requestOpen) }
    }
    // Owners first, in the order in which everybody locks.
    let owners = try await SoleOwners([item.account], access, transaction)
    let record = try await PersonalRecords(worker: worker).find(
      [item.account], custodian: access, transaction)[item.account]
    // The constraint on controls is checked at the end: a trigger on the account's move asks
    // whether control is suspended, so the control is deleted only afterwards.
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

  /// Restores the former status, whatever the controller has set.
  ///
  /// A restriction that the person asked for stays until their request is lifted.
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

  /// Saves the profile of an account that was given back.
  ///
  /// Addresses and an external id that another account has by now are left out, so that they keep
  /// nobody under control.
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

  /// The profile without the addresses and the external id that another account has.
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
    // The position of each address that is taken, and the account that has it.
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

  /// Moves private content to the platform with the person; shared content stays with the tenant.
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
