import Foundation
import JSON
import Postgres
import Reactor
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// One chunk of an import: reads its rows, finds their accounts, and writes what differs.
///
/// A row's account is the one with its external id, or else the one with one of its addresses. Rows
/// that give addresses to each other are carried out together, if all accounts have external ids and
/// the rows are of one chunk.
/// The rules are those of the single calls: what a call would refuse, or the database does, is the
/// row's outcome. A row that was carried out before comes out as `unchanged`, so a file can be sent
/// again.
struct ImportBatch {
  /// What to do about an address that another account has, and none of these rows takes its place.
  ///
  /// A longer file is carried out in parts, and only the rows of one part together.
  private static let exchangeAdvice = """
    an address is another account's: rows by which accounts give addresses to each other must be \
    sent in a file of their own, of at most \(ImportIntake.rowsPerChunkMax) rows and \
    \(ImportIntake.chunkBytesMax / 1_024 / 1_024) MiB
    """

  private struct Parsed {
    let row: Int
    let content: ImportRow
    let externalIDHMAC: [UInt8]?
    let addressHMACs: [[UInt8]]
  }

  private let rows: [ArraySlice<UInt8>]
  private let firstRow: Int
  private let worker: Worker
  private let access: Access
  private let tenantKey: TenantKey
  private let now: Timestamp
  private let edit: AccountEdit
  private let telling: Telling
  private var outcomes: [ImportOutcome] = []

  /// `requestedBy` is the actor that sent the file.
  init(
    rows: [ArraySlice<UInt8>], firstRow: Int, requestedBy: String, worker: Worker, access: Access,
    tenantKey: TenantKey, now: Timestamp, operation: OperationID
  ) {
    self.rows = rows
    self.firstRow = firstRow
    self.worker = worker
    self.access = access
    self.tenantKey = tenantKey
    self.now = now
    edit = AccountEdit(worker: worker, access: access, now: now)
    telling = Telling(
      at: now, actor: requestedBy, requestID: operation.description, reason: nil)
  }

  /// Returns the outcome of each row, in the order of the rows.
  mutating func run(_ transaction: Transaction) async throws -> [ImportOutcome] {
    let parsed = await parse()
    let found = try await transaction.run(
      AccountStore.matches(
        externalIDs: parsed.compactMap(\.externalIDHMAC), addresses: parsed.flatMap(\.addressHMACs),
        access))
    var holders: [[UInt8]: AccountID] = [:]
    for rows in found {
      for index in 0..<rows.count {
        holders[try rows[index].bytes(0)] = try rows[index].identifier(1, AccountID.self)
      }
    }
    var fresh: [Parsed] = []
    var known: [(Parsed, AccountID)] = []
    var claimed: Set<[UInt8]> = []
    var meant: Set<AccountID> = []
    let named = Set(parsed.compactMap { $0.externalIDHMAC.flatMap { holders[$0] } })
    var exchange = AddressExchange()
    for row in parsed {
      let keys = row.addressHMACs + (row.externalIDHMAC.map { [$0] } ?? [])
      let matches = Set(keys.compactMap { holders[$0] })
      let byID = row.externalIDHMAC.flatMap { holders[$0] }
      let own = byID ?? (matches.count == 1 ? matches.first : nil)
      if !claimed.isDisjoint(with: keys) || own.map(meant.contains) == true {
        fail(row, "duplicate_row", "an earlier row of the file means the same account")
        continue
      } else if let own {
        let others = matches.subtracting([own])
        guard others.isSubset(of: named) else {
          fail(row, "ambiguous", Self.exchangeAdvice)
          continue
        }
        if !others.isEmpty { exchange.give(to: own, from: others) }
        meant.insert(own)
        known.append((row, own))
      } else if !matches.isEmpty {
        fail(row, "ambiguous", "the row's external_id and addresses mean several accounts")
        continue
      } else if row.addressHMACs.isEmpty {
        fail(row, "required", "/addresses: a new account needs one")
        continue
      } else {
        fresh.append(row)
      }
      claimed.formUnion(keys)
    }
    try await create(fresh, transaction)
    try await update(known, exchange, transaction)
    try await transaction.run(
      telling.statements(by: worker, transaction) + [access.context])
    return outcomes.sorted { $0.row < $1.row }
  }

  private mutating func parse() async -> [Parsed] {
    var parsed: [Parsed] = []
    var work = LongWork(on: worker.loop)
    for (offset, line) in rows.enumerated() {
      let number = firstRow + offset
      await work.giveWay()
      do {
        let row = try ImportRow(parsing: Array(line))
        parsed.append(
          Parsed(
            row: number, content: row,
            externalIDHMAC: try row.profile.externalID.map {
              try worker.blindIndex("external_id", $0)
            },
            addressHMACs: try row.profile.addresses.map {
              try worker.blindIndex("address", $0.email.identity)
            }))
      } catch let error as JSONError {
        outcomes.append(ImportOutcome(row: number, malformed: error))
      } catch {
        outcomes.append(
          ImportOutcome(
            row: number, clientItemID: nil, outcome: .failed, account: nil, code: "internal_error"))
      }
    }
    return parsed
  }

  /// Inserts new accounts in one go.
  ///
  /// If the database refuses that, the set is halved until the row at fault is found.
  private mutating func create(_ rows: [Parsed], _ transaction: Transaction) async throws {
    if rows.isEmpty { return }
    var sealed: [SealedAccount] = []
    var work = LongWork(on: worker.loop)
    for row in rows {
      await work.giveWay()
      sealed.append(
        try worker.seal(row.content.profile, as: AccountID(at: now), under: tenantKey))
    }
    do {
      _ = try await transaction.attempt(AccountStore.insert(sealed, at: now, access))
    } catch let error as PostgresError where error.isIntegrityViolation {
      if rows.count == 1 { return fail(rows[0], refusal(error)) }
      let middle = rows.count / 2
      try await create(Array(rows[..<middle]), transaction)
      return try await create(Array(rows[middle...]), transaction)
    }
    for (row, account) in zip(rows, sealed) {
      done(row, .created, account.id)
      telling.record("account.created", account.id, subject: account.id, in: access)
    }
  }

  private mutating func update(
    _ rows: [(Parsed, AccountID)], _ exchange: AddressExchange, _ transaction: Transaction
  ) async throws {
    if rows.isEmpty { return }
    let answer = try await transaction.run(AccountStore.lock(rows.map(\.1), access))
    var stored: [AccountID: (account: AccountStore.Stored, isSuspended: Bool)] = [:]
    for index in 0..<answer.count {
      let account = try AccountStore.stored(answer[index])
      stored[account.id] = (account, try AccountStore.isSuspended(answer[index]))
    }
    let circleOf = Dictionary(
      exchange.circles.enumerated().flatMap { index, circle in circle.map { ($0, index) } }
    ) { first, _ in first }
    for (circle, rows) in Dictionary(grouping: rows, by: { circleOf[$0.1] }) where circle != nil {
      try await update(rows, together: stored, transaction)
    }
    for (row, id) in rows where circleOf[id] == nil {
      // The address's account is in another tenant's custody.
      guard let found = stored[id] else {
        fail(row, Problem(.addressTaken))
        continue
      }
      do {
        try AccountEdit.check(found.account, isSuspended: found.isSuspended)
        let before = try await edit.open(found.account)
        let item = AccountEdit.Item(
          stored: found.account, before: before, after: try row.content.applied(to: before))
        try await save(item, row, transaction)
      } catch let problem as Problem {
        fail(row, problem)
      } catch let error as JSONError {
        fail(row, error.code.rawValue, "\(error.pointer): \(error.detail)")
      } catch let error as PostgresError {
        guard error.isIntegrityViolation else { throw error }
        var problem = refusal(error)
        if problem.code == .addressTaken && exchange.hasReceiver(id) {
          problem.detail = Self.exchangeAdvice
        }
        fail(row, problem)
      } catch {
        // This account's profile cannot be decrypted; the other rows go on.
        worker.logUnreadable(id, error)
        fail(row, Problem(.internalError))
      }
    }
  }

  /// Changes accounts that give addresses to each other: all of them, or none.
  private mutating func update(
    _ rows: [(Parsed, AccountID)],
    together stored: [AccountID: (account: AccountStore.Stored, isSuspended: Bool)],
    _ transaction: Transaction
  ) async throws {
    do {
      // Who gets which address: a file can hold one ring of many accounts with many addresses each.
      let receivers = Dictionary(
        rows.flatMap { row, id in row.content.profile.addresses.map { ($0.email.identity, id) } }
      ) { first, _ in first }
      var items: [AccountEdit.Item] = []
      for (row, id) in rows {
        guard let found = stored[id] else { throw Problem(.addressTaken) }
        try AccountEdit.check(found.account, isSuspended: found.isSuspended)
        let before = try await edit.open(found.account)
        // A row removes only those addresses that another row of the circle wants.
        let given = before.addresses.map(\.email.identity)
          .filter { receivers[$0, default: id] != id }
        let after = try row.content.applied(to: before, giving: Set(given))
        items.append(AccountEdit.Item(stored: found.account, before: before, after: after))
      }
      try await transaction.attempt { [items] in
        try await edit.exchange(items, telling, transaction)
      }
      for (row, id) in rows { done(row, .updated, id) }
    } catch let problem as Problem {
      for (row, _) in rows { fail(row, problem) }
    } catch let error as JSONError {
      for (row, _) in rows { fail(row, error.code.rawValue, "\(error.pointer): \(error.detail)") }
    } catch let error as PostgresError {
      guard error.isIntegrityViolation else { throw error }
      for (row, _) in rows { fail(row, refusal(error)) }
    } catch {
      for (row, id) in rows {
        worker.logUnreadable(id, error)
        fail(row, Problem(.internalError))
      }
    }
  }

  private mutating func save(
    _ item: AccountEdit.Item, _ row: Parsed, _ transaction: Transaction
  ) async throws {
    if item.after == item.before { return done(row, .unchanged, item.stored.id) }
    let saved = try await transaction.attempt {
      try await edit.save(item, telling, transaction)
    }
    if saved == nil { return fail(row, Problem(.preconditionFailed)) }
    done(row, .updated, item.stored.id)
  }

  /// The problem that a row has when the database refuses it.
  private func refusal(_ error: PostgresError) -> Problem {
    AccountStore.problem(error) ?? Problem(.internalError)
  }

  private mutating func done(
    _ row: Parsed, _ outcome: ImportOutcome.Outcome, _ account: AccountID
  ) {
    outcomes.append(
      ImportOutcome(
        row: row.row, clientItemID: row.content.clientItemID, outcome: outcome, account: account))
  }

  private mutating func fail(_ row: Parsed, _ problem: Problem) {
    fail(row, problem.code.rawValue, problem.detail)
  }

  private mutating func fail(_ row: Parsed, _ code: String, _ detail: String) {
    outcomes.append(
      ImportOutcome(
        row: row.row, clientItemID: row.content.clientItemID, outcome: .failed, account: nil,
        code: code, detail: detail))
  }
}
