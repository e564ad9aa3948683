import Foundation
import Postgres
import Tenure
import TenureTesting
import Testing

/// The database and the rules agree on what an account may become: each of the 64 pairs is tried as
/// the application's own role.
@Suite struct AccountMoveTests {
  private typealias Move = [AccountStatus]

  /// What the verbs do, where nothing but the status itself stands in their way.
  private static var byVerbs: Set<[AccountStatus]> {
    var moves: Set<[AccountStatus]> = []
    for verb in AccountVerb.allCases {
      for status in AccountStatus.allCases {
        let obstacles: Set<DisposalObstacle> = status == .restricted ? [.restricted] : []
        guard DisposalGate.judge(verb.act, obstacles, .asked) == .allowed,
          let next = try? verb.status(after: status)
        else { continue }
        // What goes for ever is deleted first, and carried out from there.
        moves.insert([status, verb.isIrreversible ? .deleted : next])
      }
    }
    // Back to whatever it was before it was deleted.
    for before in AccountStatus.allCases where ![.deleted, .erased].contains(before) {
      moves.insert([.deleted, before])
    }
    return moves.filter { $0[0] != $0[1] }
  }

  /// What is written besides.
  private static let others: Set<[AccountStatus]> = [
    // A takeover's block, and undoing one of an account that had been blocked.
    [.active, .blocked], [.deactivated, .blocked],
    // A restriction that the person asked for comes back with the account.
    [.deactivated, .restricted], [.isolated, .restricted],
  ]

  /// A restored database erases and anonymises whatever the ledger says was, from any status.
  private static var byLedger: Set<[AccountStatus]> {
    Set(
      AccountStatus.allCases.flatMap { status -> [[AccountStatus]] in
        if status == .erased { return [] }
        return status == .anonymised
          ? [[status, .erased]] : [[status, .erased], [status, .anonymised]]
      })
  }

  @Test func `the database lets an account become what the verbs make of it, and nothing else`()
    async throws
  {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let ada = try await server.makeAccount(inCustodyOf: acme.id, "ada@x.test")
    let tenant = try TenantID(parsing: acme.id).uuid
    let admin = try server.database.administrator()
    var allowed: Set<[AccountStatus]> = []
    for before in AccountStatus.allCases {
      for after in AccountStatus.allCases where after != before {
        func set(_ status: AccountStatus) -> String {
          "UPDATE tenure.accounts SET status = '\(status.rawValue)'"
            + (status == .erased ? ", wrapped_key = NULL, key_commitment = NULL" : "")
            + " WHERE account_id = '\(ada.uuid)'"
        }
        try admin.run("BEGIN; SET LOCAL session_replication_role = replica; " + set(before))
        try admin.run(
          """
          SET LOCAL session_replication_role = origin; SET LOCAL ROLE tenure_app;
          SET LOCAL tenure.tenant = '\(tenant)'
          """)
        if (try? admin.run(set(after))) != nil { allowed.insert([before, after]) }
        try admin.run("ROLLBACK")
      }
    }
    let expected = Self.byVerbs.union(Self.others).union(Self.byLedger)
    #expect(allowed.subtracting(expected) == [], "the database allows more")
    #expect(expected.subtracting(allowed) == [], "the database allows less")
    try await server.stop()
  }
}
