import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// How long an accepted disposal can be taken back before it is carried out.
///
/// Every disposal has this wait, whether something keeps the data or not: while it runs, an account
/// under a secret hold looks like any other.
package struct DisposalWait: Sendable {
  /// In seconds, where a second person has approved it.
  package let byTwo: Int64
  /// In seconds, where the tenant has only one person.
  ///
  /// It is longer, so that somebody may notice.
  package let byOne: Int64

  package init(hoursByTwo: Int, hoursByOne: Int) {
    byTwo = Int64(hoursByTwo) * 3_600
    byOne = Int64(hoursByOne) * 3_600
  }

  /// The wait for a tenant, by whether it has two people.
  static func seconds(
    _ worker: Worker, _ access: Access, _ transaction: Transaction
  ) async throws -> Int64 {
    let wait: DisposalWait = worker.terms()
    return try await TwoPeople.exist(access, transaction) ? wait.byTwo : wait.byOne
  }
}

/// Whether a tenant has two people, so that one can approve what the other asks for.
enum TwoPeople {
  /// How long a person who was removed still counts: removing the second person must not be a
  /// faster way to a disposal than weakening a rule is.
  private static let graceSeconds = 7 * 86_400

  /// Counts the people who have collected keys; a key of a service counts for nobody.
  static func exist(_ access: Access, _ transaction: Transaction) async throws -> Bool {
    let rows = try await transaction.run(
      KeyStore.personsWhoApprove(graceSeconds: graceSeconds, access))
    return try rows.first?.int(0) ?? 0 >= 2
  }
}

extension Call {
  /// The reply that asks for a second person's approval of exactly this request; nil once one has
  /// approved it, or where the tenant has only one person, whose disposals wait longer.
  ///
  /// `content` is the digest of rows that were streamed, which are not in the request's body; nil
  /// for none.
  func secondPersonIfAny(
    _ action: String, _ object: some CustomStringConvertible, _ change: Change,
    content: [UInt8] = []
  ) async throws -> Reply? {
    guard try await TwoPeople.exist(change.access, change.transaction) else { return nil }
    return try await secondPerson(action, object, change, content: content)
  }
}
