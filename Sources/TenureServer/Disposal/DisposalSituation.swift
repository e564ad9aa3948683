import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Everything that bears on disposing of some accounts, locked so that it stays until the
/// transaction ends.
///
/// It takes one round trip for all accounts, and a second one where a rule is locked.
///
/// All code that destroys, hides or gives away data finds this first, and asks `judge`.
struct DisposalSituation {
  /// The accounts that the tenant has custody of, locked; others are left out.
  let accounts: [AccountID: AccountStore.Stored]
  /// For each deleted account its status before the deletion, and when its data goes.
  let pending: [AccountID: (before: AccountStatus, effectiveAt: Timestamp)]
  /// Accounts whose processing is restricted because the person asked for it.
  let restrictedByPerson: Set<AccountID>
  private var obstacles: [AccountID: Set<DisposalObstacle>]
  /// For each tenant, the owners who can sign in.
  private var owners: [TenantID: Set<AccountID>]
  /// For each account that a locked rule keeps, or something it made, when the last lock is over.
  private let locks: [AccountID: Timestamp]

  /// Reads and locks in the order in which everybody locks: owners, then accounts.
  ///
  /// `asOf` is the day whose locked rules count, for an act on a later day; nil for today. The
  /// transaction must have the context of `access`.
  static func find(
    _ ids: [AccountID], at now: Timestamp, asOf: Timestamp? = nil, _ access: Access,
    _ transaction: Transaction
  ) async throws -> DisposalSituation {
    let isControlled = access.tenant != .platform
    let rows = try await transaction.run(
      [
        DisposalStore.keepRules(access), DisposalStore.lockOwners(beside: ids, access),
        AccountStore.lock(ids, access), AccountChangeStore.pending(ids, access),
        HoldStore.held(ids, alsoSecretly: false, access), HoldStore.held(ids, access),
        DisposalStore.restricted(ids, access), SubjectRequestStore.open(ids, access),
        ContentTransferStore.running(from: ids, access),
        RetentionRuleStore.inForce(at: asOf ?? now, access),
      ]
        + (isControlled
          ? [DomainClaimStore.rights(of: ids, access), TenantStore.find(access.tenant, access)]
          : []))
    let stored = Dictionary(
      try rows[2].map(AccountStore.stored).map { ($0.id, $0) }
    ) { first, _ in first }
    var found = Found()
    try found.add(.held, rows[4])
    try found.add(.heldSecretly, rows[5])
    try found.add(.restricted, rows[6])
    try found.add(.asked, rows[7])
    try found.add(.handing, rows[8])
    if isControlled {
      for (id, rights) in try DomainClaimStore.rights(rows[10]) {
        if let obstacle = rights.obstacle { found.obstacles[id, default: []].insert(obstacle) }
      }
      // A tenant that the operator has suspended can do nothing to people meanwhile.
      if try rows[11].first.map(TenantStore.tenant)?.state == .suspended {
        for id in ids { found.obstacles[id, default: []].insert(.frozen) }
      }
    }
    let rules = try rows[9].map(RetentionRuleStore.rule)
      .filter { $0.action == .retain && $0.isLocked(at: asOf ?? now) }
    let locks = try await RetentionLocks(rules: rules, at: asOf ?? now, access)
      .keeping(Array(stored.values), transaction)
    for id in locks.keys { found.obstacles[id, default: []].insert(.locked) }
    return DisposalSituation(
      accounts: stored, pending: try pending(rows[3]),
      restrictedByPerson: Set(
        try rows[6].map { (try $0.identifier(0, AccountID.self), try $0.bool(1)) }
          .filter(\.1).map(\.0)),
      obstacles: found.obstacles, owners: try owners(rows[1]), locks: locks)
  }

  /// Judges an act on an account by everything that was found.
  ///
  /// Of an account that the tenant does not have custody of, such as a guest's, only holds and
  /// ownership are known here.
  ///
  /// `ownedHere` limits ownership to this tenant, for acts that take the role here and leave those
  /// in other tenants.
  func judge(
    _ act: DisposalAct, _ id: AccountID, _ moment: DisposalGate.Moment = .asked,
    ownedHere access: Access? = nil
  ) -> DisposalGate.Answer {
    var obstacles = obstacles[id] ?? []
    let counted = access.map { [owners[$0.tenant] ?? []] } ?? Array(owners.values)
    if counted.contains([id]) { obstacles.insert(.lastOwner) }
    return DisposalGate.judge(act, obstacles, moment)
  }

  /// Why the act is refused, for whoever asks; nil where it is not, or only has to wait.
  func problem(_ act: DisposalAct, _ id: AccountID, ownedHere access: Access? = nil) -> Problem? {
    guard case .refused(let obstacle) = judge(act, id, ownedHere: access) else { return nil }
    return problem(obstacle, id)
  }

  /// The problem that an obstacle is reported as.
  func problem(_ obstacle: DisposalObstacle, _ id: AccountID) -> Problem {
    if obstacle == .locked, let until = locks[id] {
      return Problem(.ruleLocked, "a locked rule keeps the data until \(until)")
    }
    return Problem(obstacle.code)
  }

  /// Counts an account as one that cannot sign in any more when later ones are judged.
  mutating func endsSignIn(of id: AccountID) {
    for tenant in owners.keys { owners[tenant]?.remove(id) }
  }

  /// The status that a deleted account returns to; nil where it is not deleted, or that is unknown.
  ///
  /// Rows that an older service has written may say `deleted` here, to which nothing returns.
  func before(_ id: AccountID) -> AccountStatus? {
    guard accounts[id]?.status == .deleted, let before = pending[id]?.before else { return nil }
    return before == .deleted ? nil : before
  }

  // MARK: Reading

  /// The obstacles of each account, as they are found.
  private struct Found {
    var obstacles: [AccountID: Set<DisposalObstacle>] = [:]

    mutating func add(_ obstacle: DisposalObstacle, _ rows: Rows) throws {
      for id in try rows.map({ try $0.identifier(0, AccountID.self) }) {
        obstacles[id, default: []].insert(obstacle)
      }
    }
  }

  private static func pending(
    _ rows: Rows
  ) throws -> [AccountID: (before: AccountStatus, effectiveAt: Timestamp)] {
    Dictionary(
      try rows.map { row in
        (
          try row.identifier(0, AccountID.self),
          (try row.choice(1, AccountStatus.self), try row.time(2))
        )
      }
    ) { first, _ in first }
  }

  private static func owners(_ rows: Rows) throws -> [TenantID: Set<AccountID>] {
    var owners: [TenantID: Set<AccountID>] = [:]
    let found = try rows.map {
      (
        try $0.identifier(0, TenantID.self), try $0.identifier(1, AccountID.self),
        try $0.bool(2)
      )
    }
    for (tenant, owner, signsIn) in found where signsIn {
      owners[tenant, default: []].insert(owner)
    }
    return owners
  }
}

/// The tenant's locked rules, and what they keep.
struct RetentionLocks: Sendable {
  /// Rules that retain and whose lock is not over.
  let rules: [RetentionRule]
  let now: Timestamp
  let access: Access

  init(rules: [RetentionRule], at now: Timestamp, _ access: Access) {
    self.rules = rules
    self.now = now
    self.access = access
  }

  /// Those of the accounts that a lock keeps, or something that they made, each with the end of the
  /// last lock.
  ///
  /// A rule whose period has ended keeps nothing; one whose period has no known beginning keeps as
  /// long as it is locked.
  func keeping(
    _ accounts: [AccountStore.Stored], _ transaction: Transaction
  ) async throws -> [AccountID: Timestamp] {
    if rules.isEmpty || accounts.isEmpty { return [:] }
    let ids = accounts.map(\.id)
    let rows = try await transaction.run([
      RetentionRuleStore.dates(of: ids, access), DisposalStore.categories(of: ids, access),
    ])
    let zone = try await TenantStore.policy(access, transaction).zone
    var dates: [AccountID: [String: Timestamp]] = [:]
    for (account, name, at) in try rows[0].map({
      (try $0.identifier(0, AccountID.self), try $0.string(1), try $0.time(2))
    }) {
      dates[account, default: [:]][name] = at
    }
    func subject(_ account: AccountID, _ className: String, _ at: Timestamp) -> RetentionSubject {
      RetentionSubject(
        id: account.description, className: className, account: account, createdAt: at,
        dates: dates[account] ?? [:])
    }
    let things =
      accounts.map { subject($0.id, RetentionRule.accountClass, $0.createdAt) }
      + (try rows[1].map { row in
        subject(try row.identifier(0, AccountID.self), try row.string(1), try row.time(2))
      })
    var locks: [AccountID: Timestamp] = [:]
    for thing in things {
      guard let account = thing.account, let until = until(thing, zone) else { continue }
      locks[account] = max(locks[account] ?? until, until)
    }
    return locks
  }

  /// When the last lock on an account or item is over; nil where none keeps it.
  private func until(_ thing: RetentionSubject, _ zone: TimeZone) -> Timestamp? {
    rules.filter { rule in
      rule.covers(thing) && rule.dueAt(thing, in: zone).map { $0 > now } ?? true
    }.compactMap(\.lockedUntil).max()
  }
}

extension DisposalObstacle {
  /// Whether it concerns the domain that control of the account rests on.
  var isOfName: Bool { self == .suspended || self == .frozen }

  /// The code of the problem where the obstacle refuses.
  var code: ProblemCode {
    switch self {
    case .suspended: .controlSuspended
    case .frozen: .domainFrozen
    case .held: .accountHeld
    case .locked: .ruleLocked
    case .restricted: .accountRestricted
    case .asked: .requestOpen
    case .lastOwner: .lastOwner
    // By the table neither refuses anything; this code would not give away the reason.
    case .handing, .heldSecretly: .accountStateConflict
    }
  }
}
