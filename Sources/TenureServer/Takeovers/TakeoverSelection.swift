import Foundation
import Postgres
import Reactor
import Tenure
import TenureAPI
import TenureKernel

/// What a claimant sees of the accounts at a domain that it has proven, before it controls any:
/// their addresses at that domain, and when they were made.
///
/// It sees nothing else of the person.
struct TakeoverSelection: Sendable {
  /// The most accounts that patterns are compared with, because each profile must be decrypted for
  /// it.
  static let patternsAmongMax = 20_000
  /// How often a pattern is compared with an account in one request, which takes some seconds.
  private static let comparisonsMax = 2_000_000
  private static let accountsAtOnce = 500

  let worker: Worker
  let access: Access
  let claim: DomainClaim
  let transaction: Transaction

  /// The addresses of these accounts at the claimed domain, and when each account was made.
  ///
  /// They are given by their custodians, with whose keys they are decrypted. An account that is gone
  /// has no addresses.
  func shown(
    _ accounts: [TenantID: [AccountID]]
  ) async throws -> [AccountID: PlannedAccount] {
    var shown: [AccountID: PlannedAccount] = [:]
    var work = LongWork(on: worker.loop)
    for (tenant, items) in accounts {
      let custodian = SystemCaller(job: "takeover_preview").access(to: tenant)
      let key = try await worker.tenantKey(custodian)
      for start in stride(from: 0, to: items.count, by: Self.accountsAtOnce) {
        let ids = Array(items[start..<min(start + Self.accountsAtOnce, items.count)])
        let rows = try await transaction.within(custodian) {
          try await transaction.run(AccountStore.findAll(ids, custodian))
        }
        for stored in try rows.map(AccountStore.stored) where stored.status.hasPerson {
          await work.giveWay()
          do {
            let profile = try AccountProfile.stored(
              try worker.openProfile(
                stored.profile, of: stored.id, wrapped: stored.key, under: key))
            shown[stored.id] = PlannedAccount(
              account: stored.id, addresses: profile.addresses.map(\.email).filter(isOnTheName),
              createdAt: stored.createdAt)
          } catch { worker.logUnreadable(stored.id, error) }
        }
      }
    }
    return shown
  }

  private func isOnTheName(_ address: EmailAddress) -> Bool {
    address.domain == claim.domain.text
      || (claim.scope == .subtree && address.domain.hasSuffix("." + claim.domain.text))
  }

  /// Whom of a plan's accounts a takeover is to reach.
  struct Choice: Sendable {
    /// The accounts that were named to be taken; nil where all are.
    let selected: Set<AccountID>?
    let excluded: Set<AccountID>
  }

  /// Chooses among the accounts of a plan, of which there are `count`, by ids, addresses and
  /// patterns.
  ///
  /// Each account that is named must be one that can be taken over: one that cannot and one that
  /// does not exist get the same answer.
  func choose(among count: Int, of plan: UUID, _ body: TakeoverBody) async throws -> Choice {
    let named = body.accounts ?? []
    if let stranger = try await firstStranger(named, to: plan) {
      throw Problem.invalid("/account_ids", "\(stranger) is not among the plan's accounts")
    }
    let wanted = try selectors(body.addresses, "/addresses")
    let unwanted = try selectors(body.excludedAddresses, "/exclude_addresses")
    var finder = try await finder(of: wanted + unwanted, among: count, of: plan)
    var selected = Set(named)
    for (index, selector) in wanted.enumerated() {
      let found = await finder.find(selector)
      if found.isEmpty {
        throw Problem.invalid(
          "/addresses/\(index)", "'\(body.addresses[index])' is not among the plan's accounts")
      }
      selected.formUnion(found)
    }
    var excluded = Set(body.excluded)
    for selector in unwanted { excluded.formUnion(await finder.find(selector)) }
    let isNarrowed = body.accounts != nil || !body.addresses.isEmpty
    return Choice(selected: isNarrowed ? selected : nil, excluded: excluded)
  }

  /// The first of these accounts that is not among a plan's; nil where all are.
  private func firstStranger(_ named: [AccountID], to plan: UUID) async throws -> AccountID? {
    if named.isEmpty { return nil }
    let rows = try await transaction.run(
      TakeoverPlanStore.accounts(of: plan, among: named, access))
    let known = Set(try rows.map { try $0.identifier(0, AccountID.self) })
    return named.first { !known.contains($0) }
  }

  /// Finds accounts by their addresses, which are decrypted only where one is asked for.
  private struct Finder {
    let accounts: [PlannedAccount]
    let holders: [String: [AccountID]]
    var work: LongWork

    mutating func find(_ selector: AddressSelector) async -> [AccountID] {
      if let address = selector.address { return holders[address.identity] ?? [] }
      var found: [AccountID] = []
      for account in accounts {
        await work.giveWay()
        if account.addresses.contains(where: selector.matches) { found.append(account.account) }
      }
      return found
    }
  }

  private func finder(
    of selectors: [AddressSelector], among count: Int, of plan: UUID
  ) async throws -> Finder {
    var work = LongWork(on: worker.loop)
    if selectors.isEmpty { return Finder(accounts: [], holders: [:], work: work) }
    guard count <= Self.patternsAmongMax,
      count * selectors.count(where: { $0.address == nil }) <= Self.comparisonsMax
    else {
      throw Problem.invalid(
        "/addresses",
        "addresses select among \(Self.patternsAmongMax) accounts at the most, and patterns are"
          + " compared \(Self.comparisonsMax) times: name accounts by id")
    }
    let rows = try await transaction.run(
      TakeoverPlanStore.accounts(of: plan, from: 0, count, access))
    // Nobody else has custody of one that can be taken over.
    let ids = try rows.map { try $0.identifier(0, AccountID.self) }
    let accounts = Array(try await shown([.platform: ids]).values)
    var holders: [String: [AccountID]] = [:]
    for account in accounts {
      await work.giveWay()
      for address in account.addresses {
        holders[address.identity, default: []].append(account.account)
      }
    }
    return Finder(accounts: accounts, holders: holders, work: work)
  }

  private func selectors(_ texts: [String], _ pointer: String) throws -> [AddressSelector] {
    try texts.enumerated().map { index, text in try selector(text, "\(pointer)/\(index)") }
  }

  private func selector(_ text: String, _ pointer: String) throws(Problem) -> AddressSelector {
    do throws(AddressSelector.Refusal) {
      return try AddressSelector(parsing: text, on: claim.domain, claim.scope)
    } catch {
      switch error {
      case .malformed:
        throw Problem.invalid(
          pointer, "an address is expected, or a pattern such as 'a*@\(claim.domain.text)'")
      case .notOnTheName:
        throw Problem.invalid(pointer, "'\(text)' is not on the claimed name")
      }
    }
  }
}
