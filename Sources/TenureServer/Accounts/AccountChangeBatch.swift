import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// One chunk of a file of verbs: carries out each row's verb on its account.
///
/// A file can be sent again: rows that were carried out before come out as `unchanged`, or as the
/// change that is scheduled already.
struct AccountChangeBatch {
  private struct Parsed {
    let row: Int
    let change: AccountChangeRow

    /// Whether one call of `AccountLifecycle` can carry out both rows.
    func isLike(_ other: Parsed) -> Bool {
      change.verb == other.change.verb && change.reason == other.change.reason
        && change.effectiveAt == other.change.effectiveAt
    }
  }

  let rows: [ArraySlice<UInt8>]
  let firstRow: Int
  /// The actor that sent the file.
  let requestedBy: String
  let worker: Worker
  let access: Access
  let now: Timestamp
  let operation: OperationID

  /// Returns the outcome of each row, in the order of the rows.
  func run(_ transaction: Transaction) async throws -> [ImportOutcome] {
    var outcomes: [ImportOutcome] = []
    var parsed: [Parsed] = []
    for (offset, line) in rows.enumerated() {
      let row = firstRow + offset
      do throws(JSONError) {
        parsed.append(Parsed(row: row, change: try AccountChangeRow(parsing: Array(line))))
      } catch {
        outcomes.append(ImportOutcome(row: row, malformed: error))
      }
    }
    for group in parsed.runs(of: \.change.account, where: { $0.isLike($1) }) {
      outcomes += try await perform(group, transaction)
    }
    return outcomes.sorted { $0.row < $1.row }
  }

  private func perform(
    _ rows: [Parsed], _ transaction: Transaction
  ) async throws -> [ImportOutcome] {
    let first = rows[0].change
    let telling = Telling(
      at: now, actor: requestedBy, requestID: operation.description, reason: first.reason)
    let lifecycle = AccountLifecycle(
      worker: worker, access: access, verb: first.verb, reason: first.reason, now: now,
      requestedBy: requestedBy)
    let outcomes = try await lifecycle.performEach(
      rows.map(\.change.account), at: first.effectiveAt, isDryRun: false, telling, transaction)
    try await transaction.run(
      telling.statements(by: worker, transaction) + [access.context])
    return rows.map { row in
      ImportOutcome(
        row: row.row, clientItemID: row.change.clientItemID,
        AccountChangeRoutes.view(row.change.account, outcomes[row.change.account]))
    }
  }
}

extension Sequence {
  /// Splits the list into runs of neighbours that can be carried out together: all alike, and no
  /// account twice.
  func runs(
    of account: (Element) -> AccountID, where areAlike: (Element, Element) -> Bool
  ) -> [[Element]] {
    var runs: [[Element]] = []
    var accounts: Set<AccountID> = []
    for item in self {
      if let first = runs.last?.first, areAlike(first, item),
        accounts.insert(account(item)).inserted
      {
        runs[runs.count - 1].append(item)
      } else {
        runs.append([item])
        accounts = [account(item)]
      }
    }
    return runs
  }
}
