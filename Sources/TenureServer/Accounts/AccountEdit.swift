import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Changes of profiles, by the same rules for a call, a row of a file, and a correction that a
/// person asked for.
struct AccountEdit: Sendable {
  let worker: Worker
  let access: Access
  let now: Timestamp

  /// An account to be changed: as it was found, and as it is to become.
  struct Item: Sendable {
    let stored: AccountStore.Stored
    let before: AccountProfile
    let after: AccountProfile

    /// The addresses that were added, removed or changed.
    var changedAddresses: [EmailAddress] { after.addresses.changed(from: before.addresses) }
    var isReachedOtherwise: Bool { after.isReachedOtherwise(than: before) }
  }

  /// Refuses accounts that the caller may not see, or whose status allows no change; for calls and
  /// for the rows of files alike.
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

  /// Decrypts the profile of an account in the caller's custody.
  func open(_ stored: AccountStore.Stored) async throws -> AccountProfile {
    try AccountProfile.stored(
      try worker.openProfile(
        stored.profile, of: stored.id, wrapped: stored.key,
        under: try await worker.tenantKey(access)))
  }

  /// Saves a change, and notifies the person at their former addresses if the addresses change; nil
  /// where the account's version has moved on.
  ///
  /// A controller's new addresses are first checked by their domains, before anybody looks whether
  /// an address is taken: so the answer does not show which exist.
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

  /// Saves changes of locked accounts that give addresses to each other, all or none.
  ///
  /// An address that goes from one to another was never free, so it does not have to rest.
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
      // Contacts, such as phone numbers, belong to no domain: only the person changes them.
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

  /// Sends the events about what was saved.
  ///
  /// Nothing after it can fail, so that only true events are sent.
  private func tell(_ item: Item, _ destinations: [UInt8]?, _ telling: Telling) {
    let id = item.stored.id
    telling.record("account.updated", id, subject: id, in: access)
    if let destinations { tell(id, destinations, telling) }
  }

  /// Which tenants hold the domains of these addresses, as the controller may know it.
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

  /// Everywhere the person was reached before the change, at addresses that the controller knows
  /// and at their own, sealed for the notice; nil where the change leaves all of that.
  private func sealedDestinations(
    _ item: Item, _ transaction: Transaction
  ) async throws -> [UInt8]? {
    guard item.isReachedOtherwise else { return nil }
    let records = PersonalRecords(worker: worker)
    let own = try await records.find([item.stored.id], custodian: access, transaction)
    return try await records.seal(
      PersonReach(item.before, own[item.stored.id]), of: item.stored.id, transaction)
  }

  /// Notifies the former addresses.
  ///
  /// Only the operator, who delivers, sees them.
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
