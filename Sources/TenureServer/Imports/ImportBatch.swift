import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import Vault

/// One chunk of an import: reads its rows, finds the accounts they mean, and writes the difference
/// set by set.
///
/// A row means the account with its external id, or else the one that holds one of its addresses.
/// Repeating a row finds it `unchanged`: an import can be sent again.
struct ImportBatch {
  private struct Parsed {
    let row: Int
    let clientItemID: String?
    let profile: AccountProfile
    let externalIDHMAC: [UInt8]?
    let addressHMACs: [[UInt8]]
  }

  private let rows: [ArraySlice<UInt8>]
  private let firstRow: Int
  private let worker: Worker
  private let access: Access
  private let tenantKey: TenantKey
  private let now: Timestamp
  private let operation: OperationID
  private var outcomes: [ImportOutcome] = []
  private var entries: [AuditEntry] = []

  init(
    rows: [ArraySlice<UInt8>], firstRow: Int, worker: Worker, access: Access,
    tenantKey: TenantKey, now: Timestamp, operation: OperationID
  ) {
    self.rows = rows
    self.firstRow = firstRow
    self.worker = worker
    self.access = access
    self.tenantKey = tenantKey
    self.now = now
    self.operation = operation
  }

  /// Answers what became of each row, in the order of the rows.
  mutating func run(_ transaction: Transaction) async throws -> [ImportOutcome] {
    let parsed = parse()
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
    for row in parsed {
      let keys = row.addressHMACs + (row.externalIDHMAC.map { [$0] } ?? [])
      let matches = Set(keys.compactMap { holders[$0] })
      if !claimed.isDisjoint(with: keys) {
        fail(row, "duplicate_row", "an earlier row of the file means the same account")
        continue
      } else if matches.count > 1 {
        fail(row, "ambiguous", "the row's external_id and addresses mean several accounts")
        continue
      } else if let account = matches.first {
        known.append((row, account))
      } else {
        fresh.append(row)
      }
      claimed.formUnion(keys)
    }
    try await create(fresh, transaction)
    try await update(known, transaction)
    if !entries.isEmpty { try await transaction.run(AuditStore.insert(entries, access)) }
    return outcomes.sorted { $0.row < $1.row }
  }

  private mutating func parse() -> [Parsed] {
    var parsed: [Parsed] = []
    for (offset, line) in rows.enumerated() {
      let number = firstRow + offset
      do {
        let row = try ImportRow(parsing: Array(line))
        parsed.append(
          Parsed(
            row: number, clientItemID: row.clientItemID, profile: row.profile,
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

  /// Inserts new accounts as a set.
  ///
  /// Where somebody else holds one of the addresses, the set is halved until the row is found that
  /// cannot be.
  private mutating func create(_ rows: [Parsed], _ transaction: Transaction) async throws {
    if rows.isEmpty { return }
    let sealed = try rows.map { row in
      try worker.seal(row.profile, as: AccountID(at: now), under: tenantKey)
    }
    do {
      _ = try await transaction.attempt(AccountStore.insert(sealed, at: now, access))
    } catch let error as PostgresError where error.isUniqueViolation {
      if rows.count == 1 {
        let problem = AccountStore.problem(error) ?? Problem(.internalError)
        return fail(rows[0], problem.code.rawValue, problem.detail)
      }
      let middle = rows.count / 2
      try await create(Array(rows[..<middle]), transaction)
      return try await create(Array(rows[middle...]), transaction)
    }
    for (row, account) in zip(rows, sealed) { done(row, .created, account.id, "account.created") }
  }

  private mutating func update(
    _ rows: [(Parsed, AccountID)], _ transaction: Transaction
  ) async throws {
    if rows.isEmpty { return }
    let answer = try await transaction.run(AccountStore.lock(rows.map(\.1), access))
    var stored: [AccountID: AccountStore.Stored] = [:]
    for account in try answer.map(AccountStore.stored) { stored[account.id] = account }
    for (row, id) in rows {
      guard let before = stored[id] else {
        fail(row, "not_found", "the account is gone")
        continue
      }
      let profile = try worker.openProfile(
        before.profile, of: id, wrapped: before.key, under: tenantKey)
      if profile == row.profile.json {
        done(row, .unchanged, id, nil)
        continue
      }
      let sealed = try worker.reseal(row.profile, as: id, wrapped: before.key, under: tenantKey)
      do {
        _ = try await transaction.attempt(
          AccountStore.update(sealed, from: before.version, at: now, access))
        done(row, .updated, id, "account.updated")
      } catch let error as PostgresError where error.isUniqueViolation {
        let problem = AccountStore.problem(error) ?? Problem(.internalError)
        fail(row, problem.code.rawValue, problem.detail)
      }
    }
  }

  private mutating func done(
    _ row: Parsed, _ outcome: ImportOutcome.Outcome, _ account: AccountID, _ action: String?
  ) {
    outcomes.append(
      ImportOutcome(
        row: row.row, clientItemID: row.clientItemID, outcome: outcome, account: account))
    guard let action else { return }
    entries.append(
      AuditEntry(
        id: AuditEntryID(at: now), tenant: access.tenant, at: now, actor: access.caller.actor,
        action: action, object: account.description, subject: account,
        requestID: operation.description))
  }

  private mutating func fail(_ row: Parsed, _ code: String, _ detail: String) {
    outcomes.append(
      ImportOutcome(
        row: row.row, clientItemID: row.clientItemID, outcome: .failed, account: nil, code: code,
        detail: detail))
  }
}
