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

  /// The addresses of these accounts at the claimed domain, and when each account was made.
  ///
  /// They are decrypted with their custodians' keys; most accounts are the platform's. An account
  /// that is gone has no addresses.
  func shown(
    _ candidates: [TakeoverStore.Candidate], _ transaction: Transaction
  ) async throws -> [AccountID: PlannedAccount] {
    var shown: [AccountID: PlannedAccount] = [:]
    for (tenant, items) in Dictionary(grouping: candidates, by: \.custodian) {
      let custodian = SystemCaller(job: "takeover_preview").access(to: tenant)
      let key = try await worker.tenantKey(custodian)
      for start in stride(from: 0, to: items.count, by: Self.accountsAtOnce) {
        let ids = items[start..<min(start + Self.accountsAtOnce, items.count)].map(\.account)
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

  /// The accounts that were chosen among those that can be taken over, and those that were named to
  /// be left out.
  struct Choice {
    let chosen: [AccountID]
    /// The ids that were named to be taken; nil where all are.
    let selected: [AccountID]?
    let excluded: [AccountID]
  }

  /// Chooses accounts by ids, addresses and patterns.
  ///
  /// Each account that is named must be one that can be taken over: one that cannot and one that
  /// does not exist get the same answer.
  func choose(
    _ eligible: [TakeoverStore.Candidate], _ body: TakeoverBody, _ transaction: Transaction
  ) async throws -> Choice {
    let known = Set(eligible.map(\.account))
    if let stranger = (body.accounts ?? []).first(where: { !known.contains($0) }) {
      throw Problem.invalid("/account_ids", "\(stranger) is not among the plan's accounts")
    }
    let finder = try await finder(
      eligible, patterns: body.addresses + body.excludedAddresses, transaction)
    var selected = Set(body.accounts ?? [])
    for (index, text) in body.addresses.enumerated() {
      let found = try finder.find(try selector(text, "/addresses/\(index)"))
      if found.isEmpty {
        throw Problem.invalid(
          "/addresses/\(index)", "'\(text)' is not among the plan's accounts")
      }
      selected.formUnion(found)
    }
    var excluded = Set(body.excluded)
    for (index, text) in body.excludedAddresses.enumerated() {
      excluded.formUnion(try finder.find(try selector(text, "/exclude_addresses/\(index)")))
    }
    let isNarrowed = body.accounts != nil || !body.addresses.isEmpty
    let chosen = eligible.map(\.account).filter {
      !excluded.contains($0) && (!isNarrowed || selected.contains($0))
    }
    if chosen.isEmpty { throw Problem.invalid("/account_ids", "no account is left to take over") }
    return Choice(
      chosen: chosen, selected: isNarrowed ? Array(selected) : nil, excluded: Array(excluded))
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

  /// Finds accounts by their addresses at the domain.
  ///
  /// It decrypts them once, and only if an address or pattern is given.
  private struct Finder {
    let accounts: [PlannedAccount]

    func find(_ selector: AddressSelector) throws -> Set<AccountID> {
      Set(accounts.filter { $0.addresses.contains(where: selector.matches) }.map(\.account))
    }
  }

  private func finder(
    _ eligible: [TakeoverStore.Candidate], patterns: [String], _ transaction: Transaction
  ) async throws -> Finder {
    if patterns.isEmpty { return Finder(accounts: []) }
    guard eligible.count <= Self.patternsAmongMax else {
      throw Problem.invalid(
        "/addresses",
        "addresses select among \(Self.patternsAmongMax) accounts at the most: name them by id")
    }
    return Finder(accounts: Array(try await shown(eligible, transaction).values))
  }
}
