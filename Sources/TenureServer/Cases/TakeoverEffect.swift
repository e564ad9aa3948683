import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// What a decided case does to its account, many at a time, and how it is undone.
///
/// Accounts that nobody controls lie with the platform: that is where effects take hold.
struct TakeoverEffect: Sendable {
  let worker: Worker
  /// The claimant's.
  let access: Access
  let takeover: Takeover

  private var platform: Access { SystemCaller(job: "takeover").access(to: .platform) }

  /// Does it for all these cases, whose rows are locked; answers them as they are afterwards.
  ///
  /// A case whose account is out of reach by now ends as blocked.
  func apply(
    _ outcome: Takeover.Outcome, to cases: [TakeoverCase], at now: Timestamp,
    _ transaction: Transaction
  ) async throws -> [TakeoverCase] {
    if cases.isEmpty { return [] }
    let accounts = cases.map(\.account)
    let reached: Set<AccountID>
    switch outcome {
    case .assumeControl:
      let custody = AccountCustody(worker: worker, from: platform, to: access)
      reached = Set(try await custody.move(accounts, transaction))
    case .detachAddress: reached = try await detach(cases, now, transaction)
    case .blockSignIn:
      reached = try await setStatus(.blocked, of: accounts, from: [.active], now, transaction)
    }
    var after = cases
    for index in after.indices {
      if reached.contains(after[index].account) {
        try after[index].takeEffect(takeover.noAnswer, at: now)
      } else {
        try after[index].block(.otherTenantControls, at: now)
      }
    }
    let ended = after.filter { $0.state == .effective }
    try await transaction.run(access.context)
    after = try await CaseStore.save(after, at: now, access, transaction)
    var statements: [SQL] = []
    if outcome == .assumeControl && !ended.isEmpty {
      statements += [
        TakeoverStore.insertControls(ended.map { ($0.account, $0.id) }, at: now, access),
        MembershipStore.insertMembers(ended.map(\.account), at: now, access),
      ]
    }
    try await transaction.run(statements + tell(after, at: now))
    return after
  }

  /// Closes cases that have had no effect: the takeover is off.
  func cancel(_ cases: [TakeoverCase], at now: Timestamp, _ transaction: Transaction) async throws {
    var after = cases
    for index in after.indices { try after[index].cancel(at: now) }
    after = try await CaseStore.save(after, at: now, access, transaction)
    try await transaction.run(tell(after, at: now))
  }

  /// Ends cases whose people could not be told in all the time there was.
  func endUnnotified(
    _ cases: [TakeoverCase], at now: Timestamp, _ transaction: Transaction
  ) async throws {
    var after = cases
    for index in after.indices { try after[index].endUnnotified(failed: false, at: now) }
    after = try await CaseStore.save(after, at: now, access, transaction)
    try await transaction.run(tell(after, at: now))
  }

  /// What events say of a case that has ended.
  private func members(of item: TakeoverCase) -> EventMembers {
    [
      ("case_id", item.id.description), ("takeover_id", item.takeover.description),
      ("account_id", item.account.description), ("tenant_id", access.tenant.description),
      ("domain", takeover.domain.text), ("state", item.state.rawValue),
      ("outcome", item.outcome?.rawValue), ("effect_at", item.effectAt?.description),
    ]
  }

  /// Audit entries and events, on both sides: the tenant's log, and the platform's, from which the
  /// operator and the person hear.
  private func tell(_ cases: [TakeoverCase], at now: Timestamp) -> [SQL] {
    func events(isPersons: Bool) -> [Event] {
      cases.map { item in
        let account = isPersons ? item.account : nil
        let members = members(of: item)
        let isTaken = item.state == .effective && item.outcome == .assumeControl
        return isTaken
          ? Event(.controlTaken, item.account, account: account, at: now, members)
          : Event(.caseEnded, item.id, account: account, at: now, members)
      }
    }
    func entries(_ access: Access) -> [AuditEntry] {
      cases.filter { $0.state == .effective }.map { item in
        AuditEntry(
          id: AuditEntryID(at: now), tenant: access.tenant, at: now, actor: access.caller.actor,
          action: "takeover.\(item.outcome?.rawValue ?? "")", object: item.id.description,
          subject: item.account, requestID: "")
      }
    }
    return [
      AuditStore.insert(entries(access), access),
      EventStore.insert(events(isPersons: false), access),
      platform.context, AuditStore.insert(entries(platform), platform),
      EventStore.insert(events(isPersons: true), platform), access.context,
    ]
  }

  // MARK: The milder outcomes

  /// Takes the claimed addresses off the accounts; what was taken is kept for undoing, sealed.
  private func detach(
    _ cases: [TakeoverCase], _ now: Timestamp, _ transaction: Transaction
  ) async throws -> Set<AccountID> {
    let key = worker.platformKey
    let rows = try await transaction.run([
      platform.context, AccountStore.lock(cases.map(\.account), platform),
    ])
    let caseOf = Dictionary(cases.map { ($0.account, $0.id) }) { first, _ in first }
    var changed: [SealedAccount] = []
    var undo: [(id: CaseID, sealed: [UInt8])] = []
    for stored in try rows[1].map(AccountStore.stored) {
      var profile = try AccountProfile.stored(
        try worker.openProfile(stored.profile, of: stored.id, wrapped: stored.key, under: key))
      let taken = profile.addresses.filter { takeover.covers($0.email) }
      profile.addresses.removeAll { takeover.covers($0.email) }
      if !profile.addresses.contains(where: \.isPrimary), let first = profile.addresses.first {
        profile.addresses[0] = AccountAddress(
          email: first.email, isVerified: first.isVerified, isPrimary: true)
      }
      changed.append(
        try worker.reseal(profile, as: stored.id, wrapped: stored.key, under: key))
      if let id = caseOf[stored.id] {
        let text = taken.map(\.email.text).joined(separator: "\n")
        undo.append((id, try worker.seal(undo: text, of: id, stored, under: key)))
      }
    }
    if changed.isEmpty { return [] }
    try await transaction.run(
      AccountStore.update(changed, at: now, platform)
        + [access.context, CaseStore.keepUndo(undo, access)])
    return Set(changed.map(\.id))
  }

  private func setStatus(
    _ status: AccountStatus, of accounts: [AccountID], from: Set<AccountStatus>, _ now: Timestamp,
    _ transaction: Transaction
  ) async throws -> Set<AccountID> {
    let rows = try await transaction.run([
      platform.context, AccountStore.setStatus(accounts, status, from: from, at: now, platform),
      access.context,
    ])
    return Set(try rows[1].map { try $0.identifier(0, AccountID.self) })
  }

  // MARK: Undoing

  /// Gives back what one case took; its row is locked.
  func undo(
    _ item: TakeoverCase, at now: Timestamp, _ transaction: Transaction
  ) async throws -> TakeoverCase {
    var after = item
    try after.undo(at: now)
    switch item.outcome {
    case .assumeControl: try await giveBack(item, now, transaction)
    case .detachAddress: try await reattach(item, now, transaction)
    case .blockSignIn:
      _ = try await setStatus(.active, of: [item.account], from: [.blocked], now, transaction)
    case nil: break
    }
    return try await end(after, now, transaction)
  }

  /// Gives an account back under an address of the person's own; the tenant keeps its addresses.
  ///
  /// Refused where the person has no verified address outside the claimed name: a part may have been
  /// done by then.
  func release(
    _ item: TakeoverCase, at now: Timestamp, _ telling: Telling, _ transaction: Transaction
  ) async throws {
    try await giveBack(item, now, transaction)
    let rows = try await transaction.run([
      platform.context, AccountStore.lock([item.account], platform),
    ])
    let profile = try rows[1].first.map(AccountStore.stored).map { stored in
      try AccountProfile.stored(
        try worker.openProfile(
          stored.profile, of: stored.id, wrapped: stored.key, under: worker.platformKey))
    }
    guard let profile,
      profile.addresses.contains(where: { $0.isVerified && takeover.isPersonal($0.email) })
    else {
      throw Problem(
        .addressNotPersonal, "the person has no verified address outside the claimed domain")
    }
    _ = try await detach([item], now, transaction)
    var after = item
    try after.release(at: now)
    try await transaction.run(access.context)
    after = try await CaseStore.save([after], at: now, access, transaction).first ?? after
    telling.notify(
      .controlReleased, item.id, account: item.account, of: access, members(of: after))
  }

  /// Ends control and membership; the account is the platform's again.
  ///
  /// Whatever the tenant had done to it: the person may sign in.
  private func giveBack(
    _ item: TakeoverCase, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    // Whoever was asked answers, with the data at hand.
    let waiting = try await transaction.run(SubjectRequestStore.openAnywhere([item.account]))
    if !waiting.isEmpty { throw Problem(.requestOpen) }
    try await transaction.run([
      access.context, TakeoverStore.deleteControls([item.account], access),
      MembershipStore.deleteMembers([item.account], access),
    ])
    let custody = AccountCustody(worker: worker, from: access, to: platform)
    guard try await custody.move([item.account], transaction) == [item.account] else {
      throw Problem(.accountStateConflict, "the account is isolated or gone: it stays where it is")
    }
    // What is private goes with the person; what is shared stays.
    let content = try await transaction.run([
      access.context, ContentStore.takePrivate([item.account], access), platform.context,
    ])
    try await transaction.run(
      ContentStore.insert(
        try content[1].map(ContentStore.stored).filter { !$0.isRemoved }, platform))
    _ = try await setStatus(
      .active, of: [item.account], from: [.blocked, .restricted, .deactivated], now, transaction)
  }

  private func end(
    _ item: TakeoverCase, _ now: Timestamp, _ transaction: Transaction
  ) async throws -> TakeoverCase {
    let members = members(of: item)
    let type = item.outcome == .assumeControl ? EventType.controlReleased : .caseEnded
    try await transaction.run(access.context)
    let after = try await CaseStore.save([item], at: now, access, transaction).first ?? item
    try await transaction.run([
      EventStore.insert([Event(type, item.id, at: now, members)], access), platform.context,
      EventStore.insert(
        [Event(type, item.id, account: item.account, at: now, members)], platform),
      access.context,
    ])
    return after
  }

  private func reattach(
    _ item: TakeoverCase, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let key = worker.platformKey
    let rows = try await transaction.run([
      access.context, CaseStore.undo(item.id, access), platform.context,
      AccountStore.lock([item.account], platform),
    ])
    guard let sealed = try rows[1].first?.optionalBytes(0),
      let stored = try rows[3].first.map(AccountStore.stored)
    else { return }
    var profile = try AccountProfile.stored(
      try worker.openProfile(stored.profile, of: stored.id, wrapped: stored.key, under: key))
    let text = try worker.open(undo: sealed, of: item.id, stored, under: key)
    for address in text.split(separator: "\n") {
      profile.addresses.append(
        AccountAddress(
          email: try EmailAddress(parsing: String(address)), isVerified: true,
          isPrimary: profile.addresses.isEmpty))
    }
    let resealed = try worker.reseal(profile, as: stored.id, wrapped: stored.key, under: key)
    try await transaction.run(AccountStore.update([resealed], at: now, platform))
  }
}

extension Worker {
  /// Seals what a takeover took off an account under that account's key.
  func seal(
    undo text: String, of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> [UInt8] {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    return try sealer.seal(
      Array(text.utf8), key: key, keyVersion: UInt32(account.key.version),
      at: Self.undoPlace(id, account.id))
  }

  /// Opens what `seal(undo:of:_:under:)` made.
  func open(
    undo sealed: [UInt8], of id: CaseID, _ account: AccountStore.Stored, under tenant: TenantKey
  ) throws -> String {
    let key = try keyring.unwrapAccountKey(
      account.key, account: account.id.uuid, under: tenant, sealer: sealer)
    let bytes = try sealer.open(sealed, key: key, at: Self.undoPlace(id, account.id))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func undoPlace(_ id: CaseID, _ account: AccountID) -> FieldPlace {
    FieldPlace(
      table: "takeover_cases", column: "undo", tenant: nil, row: id.uuid, subject: account.uuid)
  }
}
