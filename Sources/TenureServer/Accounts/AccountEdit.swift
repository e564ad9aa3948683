import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Changes of profiles: the same rules for a call, a row of a file, and a correction that a person
/// asked for.
struct AccountEdit: Sendable {
  let worker: Worker
  let access: Access
  let now: Timestamp

  /// What an account is to become, beside what it was found as.
  struct Item: Sendable {
    let stored: AccountStore.Stored
    let before: AccountProfile
    let after: AccountProfile

    /// The addresses by which somebody is reached otherwise than before.
    var changedAddresses: [EmailAddress] { after.addresses.changed(from: before.addresses) }
    var isReachedOtherwise: Bool { after.isReachedOtherwise(than: before) }
  }

  /// Refuses accounts that are out of the caller's sight, or whose status allows no change: what a
  /// call answers, and what each row of a file does.
  static func check(
    _ stored: AccountStore.Stored, isSuspended: Bool
  ) throws(Problem) {
    if isSuspended { throw Problem(.controlSuspended) }
    if stored.status == .isolated { throw Problem(.accountIsolated) }
    guard stored.status.isShown else { throw Problem(.notFound) }
    guard stored.status.allowsChanges else {
      throw Problem(.accountStateConflict, "the account is \(stored.status.rawValue)")
    }
  }

  /// The profile of an account in the caller's custody.
  func open(_ stored: AccountStore.Stored) async throws -> AccountProfile {
    try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: stored.id, wrapped: stored.key,
        under: try await worker.tenantKey(access)))
  }

  /// Saves a change, and tells where the person was reached that they are reached otherwise; nil
  /// where the account's version has moved on.
  ///
  /// A controller's change of addresses is judged by their names before the addresses themselves are
  /// looked for: whether one exists does not show.
  func save(
    _ item: Item, _ telling: Telling, _ transaction: Transaction
  ) async throws -> AccountStore.Stored? {
    try await check(item, transaction)
    let destinations = try await sealedDestinations(item, transaction)
    let sealed = try await seal(item)
    let rows = try await transaction.run(
      AccountStore.update(sealed, from: item.stored.version, at: now, access))
    guard let saved = try rows[0].first.map(AccountStore.stored) else { return nil }
    tell(item, destinations, telling)
    return saved
  }

  /// Saves changes of locked accounts that give addresses to each other, all or none: what one has from
  /// another was never free, and need not rest.
  func exchange(
    _ items: [Item], _ telling: Telling, _ transaction: Transaction
  ) async throws {
    var sealed: [SealedAccount] = []
    var destinations: [[UInt8]?] = []
    for item in items {
      try await check(item, transaction)
      destinations.append(try await sealedDestinations(item, transaction))
      sealed.append(try await seal(item))
    }
    let kept = Set(sealed.flatMap(\.addresses).map(\.restingHMAC))
    for index in sealed.indices { sealed[index].left.removeAll(where: kept.contains) }
    try await transaction.run(AccountStore.update(sealed, at: now, access))
    for (item, destinations) in zip(items, destinations) { tell(item, destinations, telling) }
  }

  private func seal(_ item: Item) async throws -> SealedAccount {
    try worker.reseal(
      item.after, from: item.before, as: item.stored.id, wrapped: item.stored.key,
      under: try await worker.tenantKey(access))
  }

  private func check(_ item: Item, _ transaction: Transaction) async throws {
    if item.isReachedOtherwise && access.tenant != .platform {
      // Contacts lie on no name at all: they are the person's.
      if item.after.contacts != item.before.contacts { throw Self.problem(.notHeld) }
      let changed = item.changedAddresses
      let names = try await Self.holdings(changed, of: access, transaction)
      do throws(NameHoldings.Refusal) { try names.check(changed) } catch {
        throw Self.problem(error)
      }
      let situation = try await DisposalSituation.find(
        [item.stored.id], at: now, access, transaction)
      if let problem = situation.problem(.changeAddress, item.stored.id) { throw problem }
    }
  }

  /// Says what was saved; nothing that can fail comes after it, so that what is told has been done.
  private func tell(_ item: Item, _ destinations: [UInt8]?, _ telling: Telling) {
    let id = item.stored.id
    telling.record("account.updated", id, subject: id, in: access)
    if let destinations { tell(id, destinations, telling) }
  }

  /// Who holds the names of these addresses, as one controller sees it.
  static func holdings(
    _ addresses: [EmailAddress], of access: Access, _ transaction: Transaction
  ) async throws -> NameHoldings {
    let domains = Array(Set(addresses.map(\.domain)))
    let rows = try await transaction.run(AccountStore.holders(of: domains))
    let holdings = try rows.map { row in
      guard try row.optionalUUID(1) == access.tenant.uuid else {
        return (try row.string(0), NameHoldings.Holding.foreign)
      }
      let holding: NameHoldings.Holding =
        try row.choice(2, DomainRights.self).allowsDestruction ? .held : .frozen
      return (try row.string(0), holding)
    }
    return NameHoldings(Dictionary(holdings) { first, _ in first })
  }

  private static func problem(_ refusal: NameHoldings.Refusal) -> Problem {
    switch refusal {
    case .notHeld: Problem(.domainNotHeld, "an address lies on a name that you do not hold")
    case .frozen: Problem(.domainFrozen)
    }
  }

  /// Everywhere the person was reached until now: at addresses the controller knows, and at their
  /// own; nil where nothing about that changes.
  private func sealedDestinations(
    _ item: Item, _ transaction: Transaction
  ) async throws -> [UInt8]? {
    guard item.isReachedOtherwise else { return nil }
    let records = PersonalRecords(worker: worker)
    let own = try await records.find([item.stored.id], custodian: access, transaction)
    return try await records.seal(
      PersonReach(item.before, own[item.stored.id]), of: item.stored.id, transaction)
  }

  /// The old addresses are named to the operator, who reaches them, and to nobody else.
  private func tell(_ account: AccountID, _ destinations: [UInt8], _ telling: Telling) {
    telling.notify(
      .accountAddressesChanged, account, account: account, of: access,
      [
        ("account_id", account.description),
        ("controller_id", access.tenant == .platform ? nil : access.tenant.description),
      ],
      toOperator: [(ConfidedMembers.sealed, Data(destinations).base64EncodedString())],
      reached: destinations)
  }
}
