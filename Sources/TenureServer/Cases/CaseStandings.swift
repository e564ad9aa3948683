import JSON
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// The accounts of cases and everything that bears on them now.
///
/// Their rows are locked until the transaction ends.
struct CaseStandings: Sendable {
  /// An account that nobody controls, with its profile decrypted.
  struct Found: Sendable {
    let account: AccountStore.Stored
    let profile: AccountProfile
  }

  let found: [AccountID: Found]
  /// Accounts whose profile cannot be decrypted, with their status: their cases wait, the others go
  /// on.
  private let unreadable: [AccountID: AccountStatus]
  let names: NameHolders
  private let takeover: Takeover
  private let claimed: ClaimedNames
  private let rights: DomainRights
  private let isClaimantSuspended: Bool
  private let custodians: [AccountID: TenantID]
  private let asked: Set<AccountID>
  private let restricted: Set<AccountID>
  private let held: Set<AccountID>
  private var owners: SoleOwners

  /// Reads the accounts of these cases, which are all of one takeover.
  ///
  /// `access` is the claimant's.
  init(
    _ cases: [TakeoverCase], _ takeover: Takeover, _ access: Access, _ worker: Worker,
    _ transaction: Transaction
  ) async throws {
    self.takeover = takeover
    let accounts = cases.map(\.account)
    let platform = SystemCaller(job: "takeover").access(to: .platform)
    rights = try await Self.rights(takeover, access, transaction)
    isClaimantSuspended = try await TenantStore.isSuspended(access, transaction)
    // Owners first, in the order in which everybody locks.
    owners = try await SoleOwners(accounts, access, transaction)
    let rows = try await transaction.within(platform) {
      try await transaction.run([
        AccountStore.lock(accounts, platform), SubjectRequestStore.openAnywhere(accounts),
        HoldStore.held(accounts, platform), DisposalStore.restricted(accounts, platform),
      ])
    }
    let (found, unreadable) = Self.open(try rows[0].map(AccountStore.stored), worker)
    (self.found, self.unreadable) = (found, unreadable)
    let elsewhere = accounts.filter { found[$0] == nil && unreadable[$0] == nil }
    custodians =
      elsewhere.isEmpty
      ? [:]
      : try AccountStore.custodians(
        try await transaction.run(AccountStore.custodians(elsewhere)))
    asked = Set(try rows[1].map { try $0.identifier(0, AccountID.self) })
    held = Set(try rows[2].map { try $0.identifier(0, AccountID.self) })
    restricted = Set(try rows[3].map { try $0.identifier(0, AccountID.self) })
    let addresses = found.values.flatMap { $0.profile.addresses.map(\.email) }
    names = try await NameHolders(Set(addresses.map(\.domain)), transaction)
    claimed = try await ClaimedNames(
      of: addresses, takeover, began: cases.map(\.createdAt).min(), transaction)
  }

  /// Decrypts profiles, each by itself, so that one that fails does not stop the others.
  private static func open(
    _ accounts: [AccountStore.Stored], _ worker: Worker
  ) -> (found: [AccountID: Found], unreadable: [AccountID: AccountStatus]) {
    var found: [AccountID: Found] = [:]
    var unreadable: [AccountID: AccountStatus] = [:]
    for account in accounts {
      do {
        found[account.id] = Found(account: account, profile: try worker.profile(of: account))
      } catch {
        unreadable[account.id] = account.status
        worker.logUnreadable(account.id, error)
      }
    }
    return (found, unreadable)
  }

  /// The rights of the takeover's claim, which is locked, so that they stay until the transaction
  /// ends.
  static func rights(
    _ takeover: Takeover, _ access: Access, _ transaction: Transaction
  ) async throws -> DomainRights {
    let claim = try await transaction.within(access) {
      try await transaction.run(
        DomainClaimStore.find(takeover.claim, access).adding("\nFOR SHARE"))
    }
    guard let row = claim.first else {
      throw PostgresError(kind: .decoding, message: "a takeover's claim is not there")
    }
    return try DomainClaimStore.claim(row, access).state.rights
  }

  /// Whether an address belongs to the takeover's own claim, by longest match.
  func covers(_ address: EmailAddress) -> Bool { names.claim(of: address) == takeover.claim }

  /// Counts the account as one that cannot sign in any more when later cases are judged.
  mutating func endsSignIn(of account: AccountID) { owners.leave(account) }

  /// What decides about the outcome of the account's case.
  func standing(of account: AccountID) -> CaseStanding {
    let found = found[account]
    let verified = found?.profile.addresses.filter(\.isVerified) ?? []
    let covered = verified.filter { covers($0.email) }
    return CaseStanding(
      rights: rights, custody: custody(of: account),
      status: found?.account.status ?? unreadable[account] ?? .erased,
      hasAddress: !covered.isEmpty, isPrimary: covered.contains(where: \.isPrimary),
      hasOtherDestination: verified.contains { claimed.isPersons($0.email) },
      isRestricted: restricted.contains(account), hasOpenRequest: asked.contains(account),
      ownsElsewhere: owners.isLastElsewhere(account), ownsClaimant: owners.isLastHere(account),
      isHeld: held.contains(account), isReadable: unreadable[account] == nil,
      isClaimantSuspended: isClaimantSuspended)
  }

  private func custody(of account: AccountID) -> CaseStanding.Custody {
    if found[account] != nil || unreadable[account] != nil { return .platform }
    switch custodians[account] {
    case nil: return .nobody
    case takeover.tenant: return .claimant
    case .platform, .some: return .another
    }
  }
}

/// The claims that the domains of addresses belong to, by longest match among all tenants' domains.
struct NameHolders: Sendable {
  private let holders: [String: (tenant: TenantID, claim: DomainClaimID)]

  init(_ domains: Set<String>, _ transaction: Transaction) async throws {
    let rows =
      domains.isEmpty
      ? [] : try await transaction.run([DomainClaimStore.holders(of: domains.sorted())])
    holders = Dictionary(
      try (rows.first?.map { $0 } ?? []).map { row in
        (
          try row.string(0),
          (try row.identifier(1, TenantID.self), try row.identifier(2, DomainClaimID.self))
        )
      }
    ) { first, _ in first }
  }

  /// The tenant that holds the domain of an address; nil where nobody does.
  func tenant(of address: EmailAddress) -> TenantID? { holders[address.domain]?.tenant }
  /// The claim that holds the domain of an address; nil where none does.
  func claim(of address: EmailAddress) -> DomainClaimID? { holders[address.domain]?.claim }
}

/// The owners of the tenants that some accounts own, to find those without whom a tenant has none.
struct SoleOwners: Sendable {
  private let tenant: TenantID
  /// For each tenant, the owners who can sign in.
  private var owners: [TenantID: Set<AccountID>] = [:]

  /// Reads the owners and locks them until the transaction ends.
  init(_ accounts: [AccountID], _ access: Access, _ transaction: Transaction) async throws {
    tenant = access.tenant
    let rows = try await transaction.within(access) {
      try await transaction.run(DisposalStore.lockOwners(beside: accounts, access))
    }
    let found = try rows.map { row in
      (
        try row.identifier(0, TenantID.self), try row.identifier(1, AccountID.self),
        try row.bool(2)
      )
    }
    for (tenant, owner, signsIn) in found where signsIn {
      owners[tenant, default: []].insert(owner)
    }
  }

  /// Whether the account is the only owner of the tenant of `access` who can sign in.
  func isLastHere(_ account: AccountID) -> Bool { owners[tenant] == [account] }

  /// Whether the account is the only owner of another tenant who can sign in.
  func isLastElsewhere(_ account: AccountID) -> Bool {
    owners.contains { $0.key != tenant && $0.value == [account] }
  }

  /// Counts an account as no owner any more when later ones are judged.
  mutating func leave(_ account: AccountID) {
    for tenant in owners.keys { owners[tenant]?.remove(account) }
  }
}

extension Worker {
  /// The profile of an account that nobody controls; an empty one where the account is isolated or
  /// gone.
  func profile(of account: AccountStore.Stored) throws -> AccountProfile {
    switch account.status {
    case .active, .blocked, .restricted, .deactivated:
      try AccountProfile.stored(
        try openProfile(
          account.profile, of: account.id, wrapped: account.key, under: platformKey))
    case .isolated, .deleted, .anonymised, .erased:
      .empty
    }
  }
}
