import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Carries out what is due for cases, many at a time.
///
/// Each is judged again in the transaction that acts, and one that fails is postponed alone.
///
/// The platform has the accounts until then, because nobody controls them. Each function leaves the
/// transaction's context as it was.
struct TakeoverEffect: Sendable {
  /// Seconds until a case that something stands in the way of is tried again.
  static let laterSeconds: Int64 = 3_600

  let worker: Worker
  /// The access to the claimant.
  let access: Access
  let takeover: Takeover

  var platform: Access { SystemCaller(job: "takeover").access(to: .platform) }

  /// Thrown where an account did not change as it should have: all of them are rolled back.
  private struct NotReached: Error {}

  /// Carries out an outcome that is due for these cases, whose rows must be locked; returns the
  /// cases as saved, in another order.
  func apply(
    _ outcome: Takeover.Outcome, to cases: [TakeoverCase], at now: Timestamp,
    _ telling: Telling, _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    if cases.isEmpty { return [] }
    var look = try await CaseStandings(cases, takeover, access, worker, transaction)
    var clear: [TakeoverCase] = []
    var after: [TakeoverCase] = []
    for item in cases {
      let verdict = look.standing(of: item.account).verdict(
        on: outcome, isBlocking: item.isBlocking, isPersons: item.answer != nil)
      if verdict == .clear {
        clear.append(item)
        if outcome.act.endsSignIn { look.endsSignIn(of: item.account) }
      } else {
        after.append(try await refuse(item, verdict, at: now, telling, transaction))
      }
    }
    let earlier = try await found(of: clear.filter(\.isBlocking), look, transaction)
    // Where the data for undoing the block cannot be decrypted, the account is left as it is.
    for item in clear where item.isBlocking && earlier[item.id] == nil {
      after.append(try await refuse(item, .waits(.later), at: now, telling, transaction))
    }
    clear.removeAll { $0.isBlocking && earlier[$0.id] == nil }
    after = try await save(after, at: now, transaction)
    let done = try await settle(outcome, clear, look, earlier, now, transaction)
    tell(done, telling)
    return after + done
  }

  /// Postpones a case, or ends it, because its outcome cannot be carried out.
  private func refuse(
    _ item: TakeoverCase, _ verdict: CaseStanding.Verdict, at now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws -> TakeoverCase {
    var item = item
    switch verdict {
    case .clear: break
    case .waits(let blocker):
      let isNews = try item.putOff(blocker, until: now.adding(seconds: Self.laterSeconds))
      // A reason that the API does not show must not be sent as an event either.
      if isNews && blocker != .later { tellPutAside(item, telling) }
    case .never(let blocker):
      // A block rests on the domain, too: without it, the person is let in again.
      let isGroundless = item.isBlocking && [.domainNotHeld, .addressGone].contains(blocker)
      if isGroundless {
        try await unblock(item, at: now, transaction)
        try item.lift(at: now)
      } else {
        try item.block(blocker, at: now)
      }
      tell([item], telling)
    }
    return item
  }

  private func save(
    _ cases: [TakeoverCase], at now: Timestamp, _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    try await transaction.within(access) {
      try await CaseStore.save(cases, at: now, access, transaction)
    }
  }

  /// Carries out all cases, or all but those that the database refuses.
  ///
  /// It halves the list to find those, so that one among two thousand costs little.
  private func settle(
    _ outcome: Takeover.Outcome, _ cases: [TakeoverCase], _ look: CaseStandings,
    _ earlier: [CaseID: AccountFound], _ now: Timestamp, _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    if cases.isEmpty { return [] }
    do {
      return try await transaction.attempt {
        try await carryOut(outcome, cases, look, earlier, now, transaction)
      }
    } catch let error as PostgresError {
      if !error.isOfOneRow { throw error }
    } catch is NotReached {
    } catch {
      // Something of this account cannot be decrypted, such as the person's record on the platform.
      if cases.count == 1 { worker.logUnreadable(cases[0].account, error) }
    }
    if cases.count == 1 {
      var item = cases[0]
      _ = try item.putOff(.later, until: now.adding(seconds: Self.laterSeconds))
      return try await save([item], at: now, transaction)
    }
    let half = cases.count / 2
    return try await settle(
      outcome, Array(cases[..<half]), look, earlier, now, transaction)
      + settle(outcome, Array(cases[half...]), look, earlier, now, transaction)
  }

  private func carryOut(
    _ outcome: Takeover.Outcome, _ cases: [TakeoverCase], _ look: CaseStandings,
    _ earlier: [CaseID: AccountFound], _ now: Timestamp, _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    let found = try await remember(outcome, cases, look, earlier, transaction)
    try await unblock(cases.filter(\.isBlocking), earlier, now, transaction)
    switch outcome {
    case .assumeControl:
      let custody = AccountCustody(worker: worker, from: platform, to: access)
      try require(Set(try await custody.move(cases.map(\.account), transaction)), cases)
    case .detachAddress: try await detach(cases, look, now, transaction)
    case .blockSignIn:
      let blocked = try await transaction.within(platform) {
        try await transaction.run(
          AccountStore.setStatus(
            cases.map(\.account), .blocked, from: [.active, .deactivated], at: now, platform))
      }
      try require(Set(try blocked.map { try $0.identifier(0, AccountID.self) }), cases)
    }
    var after = cases
    for index in after.indices { try after[index].takeEffect(takeover.noAnswer, at: now) }
    return try await transaction.within(access) { [after] in
      let kept = try await CaseStore.save(after, at: now, access, transaction)
      var statements = [CaseStore.keepUndo(found, access)]
      if outcome == .assumeControl {
        statements += [
          TakeoverStore.insertControls(kept.map { ($0.account, $0.id) }, at: now, access),
          MembershipStore.insertMembers(kept.map(\.account), at: now, access),
        ]
      }
      try await transaction.run(statements)
      return kept
    }
  }

  private func require(_ reached: Set<AccountID>, _ cases: [TakeoverCase]) throws {
    if reached.count != cases.count { throw NotReached() }
  }

  /// Seals what the accounts are now, for undoing.
  ///
  /// For a case that has blocked sign-in before, this is what was found before the block.
  private func remember(
    _ outcome: Takeover.Outcome, _ cases: [TakeoverCase], _ look: CaseStandings,
    _ earlier: [CaseID: AccountFound], _ transaction: Transaction
  ) async throws -> [(id: CaseID, sealed: [UInt8])] {
    var roles: [AccountID: MembershipRole] = [:]
    if outcome == .assumeControl {
      let rows = try await transaction.within(access) {
        try await transaction.run(MembershipStore.roles(of: cases.map(\.account), access))
      }
      roles = Dictionary(
        try rows.map { (try $0.identifier(0, AccountID.self), try $0.choice(1)) }
      ) { first, _ in first }
    }
    return try cases.compactMap { item in
      guard let (account, profile) = look.found[item.account].map({ ($0.account, $0.profile) })
      else { return nil }
      let addresses = profile.addresses.filter { address in
        switch outcome {
        case .assumeControl: look.names.tenant(of: address.email) == access.tenant
        case .detachAddress: look.covers(address.email)
        case .blockSignIn: false
        }
      }
      let found = AccountFound(
        status: earlier[item.id]?.status ?? account.status, role: roles[item.account],
        names: outcome == .assumeControl
          ? .init(
            externalID: profile.externalID, displayName: profile.displayName,
            locale: profile.locale) : nil,
        addresses: addresses)
      return (
        item.id,
        try worker.seal(
          undo: AccountFound.shape.bytes(of: found), of: item.id, account,
          under: worker.platformKey)
      )
    }
  }

  /// Removes from the accounts the addresses that belong to the takeover's claim.
  private func detach(
    _ cases: [TakeoverCase], _ look: CaseStandings, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let changed = try cases.compactMap { item -> SealedAccount? in
      guard let (account, profile) = look.found[item.account].map({ ($0.account, $0.profile) })
      else { return nil }
      var left = profile
      left.addresses.removeAll { look.covers($0.email) }
      left.addresses = left.addresses.withOnePrimary
      return try worker.reseal(
        left, from: profile, as: account.id, wrapped: account.key, under: worker.platformKey)
    }
    try await transaction.within(platform) {
      _ = try await transaction.run(AccountStore.update(changed, at: now, platform))
    }
  }

  // MARK: Blocks

  /// What these cases found of their accounts before they blocked sign-in.
  private func found(
    of cases: [TakeoverCase], _ look: CaseStandings, _ transaction: Transaction
  ) async throws -> [CaseID: AccountFound] {
    if cases.isEmpty { return [:] }
    let rows = try await transaction.within(access) {
      try await transaction.run(CaseStore.undo(of: cases.map(\.id), access))
    }
    let accounts = Dictionary(cases.map { ($0.id, $0.account) }) { first, _ in first }
    let found = try rows.map { row -> (CaseID, AccountFound)? in
      let id = try row.identifier(0, CaseID.self)
      guard let account = accounts[id].flatMap({ look.found[$0]?.account }) else { return nil }
      let sealed = try row.bytes(1)
      do {
        let bytes = try worker.open(undo: sealed, of: id, account, under: worker.platformKey)
        return (id, try AccountFound.shape.stored(bytes))
      } catch let error as VaultError {
        // If what was found cannot be decrypted, the person is let in all the same.
        worker.logUnreadable(account.id, error)
        return nil
      }
    }
    return Dictionary(found.compactMap { $0 }) { first, _ in first }
  }

  private func unblock(
    _ cases: [TakeoverCase], _ earlier: [CaseID: AccountFound], _ now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let groups = Dictionary(grouping: cases) { earlier[$0.id]?.status ?? .active }
    if groups.isEmpty { return }
    try await transaction.within(platform) {
      _ = try await transaction.run(
        groups.map { status, items in
          AccountStore.setStatus(
            items.map(\.account), status, from: [.blocked], at: now, platform)
        })
    }
  }

  // MARK: Cases without an effect

  /// Ends cases that have had no effect yet, because the takeover was cancelled.
  func cancel(
    _ cases: [TakeoverCase], at now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    var after = cases
    for index in after.indices { try after[index].cancel(at: now) }
    try await closeDisputes(of: cases, at: now, telling, transaction)
    tell(try await save(after, at: now, transaction), telling)
  }

  /// Ends a case if the operator has signed for every destination that nothing arrives.
  ///
  /// The transaction must have the claimant's context.
  static func endUnreached(
    _ id: CaseID, at now: Timestamp, _ access: Access, _ change: Change
  ) async throws {
    let transaction = change.transaction
    guard let row = try await transaction.run(CaseStore.unreached(id, access)).first else { return }
    let item = try CaseStore.item(row, access)
    guard let takeover = try await TakeoverStore.load(item.takeover, access, transaction) else {
      return
    }
    let effect = TakeoverEffect(worker: change.call.worker, access: access, takeover: takeover)
    try await effect.endUnnotified(
      [item], failed: true, at: now, change.telling, transaction)
  }

  /// Ends cases whose people could not be told.
  ///
  /// `failed`: that is certain; otherwise the time for receipts must be over.
  func endUnnotified(
    _ cases: [TakeoverCase], failed: Bool = false, at now: Timestamp, _ telling: Telling,
    _ transaction: Transaction
  ) async throws {
    var after = cases
    for index in after.indices { try after[index].endUnnotified(failed: failed, at: now) }
    tell(try await save(after, at: now, transaction), telling)
  }

  /// Ends cases whose claim does not hold the domain any more, and lifts their blocks.
  func endClaimless(
    _ cases: [TakeoverCase], at now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    var after = cases
    for index in after.indices {
      if after[index].isBlocking {
        // An account that somebody else has by now stays as it is.
        do {
          let item = after[index]
          try await transaction.attempt { try await unblock(item, at: now, transaction) }
        } catch is Problem {}
        try after[index].lift(at: now)
      } else {
        try after[index].block(.domainNotHeld, at: now)
      }
    }
    try await closeDisputes(of: cases, at: now, telling, transaction)
    tell(try await save(after, at: now, transaction), telling)
  }
}

extension TakeoverEffect {
  /// Closes the open disputes of those of the cases that end without a decision.
  func closeDisputes(
    of cases: [TakeoverCase], at now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    let book = DisputeBook(worker: worker, access: access, now: now, telling: telling)
    try await book.close(cases.filter { $0.state == .disputed }, transaction)
  }
}

extension PostgresError {
  /// Whether a constraint was violated: then one row is at fault, and a repetition would fail
  /// again.
  fileprivate var isOfOneRow: Bool { kind == .refused && sqlState.hasPrefix("23") }
}
