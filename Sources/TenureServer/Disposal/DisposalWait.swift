import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// How long what destroys can be taken back after it was accepted.
///
/// Every acceptance has this wait, whether something keeps the data or not: while it runs, an
/// account that is held in secret answers like any other.
package struct DisposalWait: Sendable {
  /// Where two people decided, in seconds.
  package let byTwo: Int64
  /// Where a tenant has one person, who decided alone: longer, so that somebody may notice.
  package let byOne: Int64

  package init(hoursByTwo: Int, hoursByOne: Int) {
    byTwo = Int64(hoursByTwo) * 3_600
    byOne = Int64(hoursByOne) * 3_600
  }

  /// The wait that holds for a tenant now.
  static func seconds(
    _ worker: Worker, _ access: Access, _ transaction: Transaction
  ) async throws -> Int64 {
    let wait: DisposalWait = worker.terms()
    return try await TwoPeople.exist(access, transaction) ? wait.byTwo : wait.byOne
  }
}

/// Whether a tenant has two people who can agree on something.
enum TwoPeople {
  /// How long somebody who was sent away still counts: what makes the next step easier takes as long as
  /// weakening a rule.
  private static let graceSeconds = 7 * 86_400

  /// Keys count by the persons who have collected them; a service's key is nobody's.
  static func exist(_ access: Access, _ transaction: Transaction) async throws -> Bool {
    let rows = try await transaction.run(
      KeyStore.personsWhoApprove(graceSeconds: graceSeconds, access))
    return try rows.first?.int(0) ?? 0 >= 2
  }
}

extension Call {
  /// Answers what to reply while a second person has not agreed to exactly this, where the tenant
  /// has two; nil once one has, and where it has one person only, whose decisions wait longer.
  ///
  /// `content`: a digest of what came as a stream, and is not in the request's body.
  func secondPersonIfAny(
    _ action: String, _ object: some CustomStringConvertible, _ change: Change,
    content: [UInt8] = []
  ) async throws -> Reply? {
    guard try await TwoPeople.exist(change.access, change.transaction) else { return nil }
    return try await secondPerson(action, object, change, content: content)
  }
}
