import Foundation
import Postgres
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
    for (tenant, items) in accounts {
      let custodian = SystemCaller(job: "takeover_preview").access(to: tenant)
      let key = try await worker.tenantKey(custodian)
      for start in stride(from: 0, to: items.count, by: Self.accountsAtOnce) {
        let ids = Array(items[start..<min(start + Self.accountsAtOnce, items.count)])
        let rows = try await transaction.within(custodian) {
          try await transaction.run(AccountStore.findAll(ids, custodian))
        }
        for stored in try rows.map(AccountStore.stored) where stored.status.hasPerson {
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

    func takes(_ account: AccountID) -> Bool {
      !excluded.contains(account) && selected?.contains(account) ?? true
    }
  }

  /// Chooses among the accounts of a plan, of which there are `count`, by ids, addresses and
  /// patterns.
  ///
  /// Each account that is named must be one that can be taken over: one that cannot and one that
  /// does not exist get the same answer.
  func choose(among count: Int, of plan: UUID, _ body: TakeoverBody) async throws -> Choice {
    let named = body.accounts ?? []
    let known = Set(
      try await transaction.run(TakeoverPlanStore.accounts(of: plan, among: named, access))
        .map { try $0.identifier(0, AccountID.self) })
    if let stranger = named.first(where: { !known.contains($0) }) {
      throw Problem.invalid("/account_ids", "\(stranger) is not among the plan's accounts")
    }
    let patterns = body.addresses + body.excludedAddresses
    let accounts = patterns.isEmpty ? [] : try await addressed(count, of: plan)
    func find(_ text: String, _ pointer: String) throws -> [AccountID] {
      let selector = try selector(text, pointer)
      return accounts.filter { $0.addresses.contains(where: selector.matches) }.map(\.account)
    }
    var selected = Set(named)
    for (index, text) in body.addresses.enumerated() {
      let found = try find(text, "/addresses/\(index)")
      if found.isEmpty {
        throw Problem.invalid(
          "/addresses/\(index)", "'\(text)' is not among the plan's accounts")
      }
      selected.formUnion(found)
    }
    var excluded = Set(body.excluded)
    for (index, text) in body.excludedAddresses.enumerated() {
      excluded.formUnion(try find(text, "/exclude_addresses/\(index)"))
    }
    let isNarrowed = body.accounts != nil || !body.addresses.isEmpty
    return Choice(selected: isNarrowed ? selected : nil, excluded: excluded)
  }

  /// All accounts of a plan with their addresses, which are decrypted for it.
  private func addressed(_ count: Int, of plan: UUID) async throws -> [PlannedAccount] {
    guard count <= Self.patternsAmongMax else {
      throw Problem.invalid(
        "/addresses",
        "addresses select among \(Self.patternsAmongMax) accounts at the most: name them by id")
    }
    let rows = try await transaction.run(
      TakeoverPlanStore.accounts(of: plan, from: 0, count, access))
    // Nobody else has custody of one that can be taken over.
    let accounts = try rows.map { try $0.identifier(0, AccountID.self) }
    return Array(try await shown([.platform: accounts]).values)
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
