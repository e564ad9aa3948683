import Foundation
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// While the proof of a name is in doubt, nothing is done to its people that cannot be undone, and
/// the clocks of what was to come stand.
@Suite struct DisposalLapseTests {
  /// A controlled account on a name whose state a test sets.
  private struct Fixture: Sendable {
    let takeovers: TakeoverFixture
    let disposal: DisposalFixture

    init() async throws {
      takeovers = try await TakeoverFixture()
      disposal = DisposalFixture(server: takeovers.server, acme: takeovers.acme)
    }

    /// An account whose control rests on the claim, without the months that takes.
    func controlled(_ address: String) async throws -> AccountID {
      let id = try await disposal.account(address)
      let claim = try DomainClaimID(parsing: takeovers.claim)
      let tenant = try TenantID(parsing: takeovers.acme.id)
      let admin = try takeovers.server.database.administrator()
      try admin.run(
        """
        SET session_replication_role = replica;
        INSERT INTO tenure.controls (tenant_id, account_id, case_id, taken_at, cutoff_at, claim_id)
        VALUES ('\(tenant.uuid)', '\(id.uuid)', gen_random_uuid(), now(), now(), '\(claim.uuid)');
        RESET session_replication_role
        """)
      return id
    }

    /// Has the claim be in a state, as checks of its proof would bring about in time.
    func set(_ state: String, rights: String) throws {
      let claim = try DomainClaimID(parsing: takeovers.claim)
      let admin = try takeovers.server.database.administrator()
      // No check of the proof, which is there, changes what is set here.
      try admin.run(
        """
        DELETE FROM tenure_global.jobs WHERE kind = 'domain_check';
        INSERT INTO tenure.domain_observations (tenant_id, claim_id, observation_id, at, resolver,
          outcome, is_proof)
        SELECT tenant_id, claim_id, gen_random_uuid(), tenure.now(), '', 'found', true
        FROM tenure.domain_claims WHERE claim_id = '\(claim.uuid)';
        UPDATE tenure.domain_claims SET state = '\(state)' WHERE claim_id = '\(claim.uuid)';
        UPDATE tenure_global.domains SET rights = '\(rights)'
        WHERE claim_id = '\(claim.uuid)' AND rights <> '\(rights)'
        """)
    }

    func suspend(_ isSuspended: Bool) throws {
      let admin = try takeovers.server.database.administrator()
      try admin.run(
        "UPDATE tenure.controls SET suspended_at = \(isSuspended ? "tenure.now()" : "NULL")")
    }

    /// Codes of everything that may not be done while rights are frozen.
    func codes(_ id: AccountID) async throws -> [String: String?] {
      let (server, key) = (takeovers.server, takeovers.acme.key)
      var codes: [String: String?] = [:]
      for verb in ["deactivate", "isolate", "delete", "anonymise", "erase"] {
        codes[verb] = try await disposal.perform(verb, id).code
        let later = server.clock.now.adding(seconds: 86_400)
        codes["\(verb) later"] = try await disposal.perform(
          verb, id, #","effective_at":"\#(later)""#
        ).code
      }
      let list = try await disposal.post(
        "/v1/account_changes", #"{"verb":"delete","account_ids":["\#(id)"],"reason":"r"}"#)
      codes["list"] = list.json["data"]?.array?.first?["code"]?.string
      codes["role"] = try await server.send(
        "PUT", "/v1/memberships/\(id)", key: key, body: #"{"role":"admin"}"#
      ).code
      codes["membership"] = try await server.send("DELETE", "/v1/memberships/\(id)", key: key).code
      codes["hold"] = try await disposal.post(
        "/v1/holds", #"{"matter":"m","reason":"r","custodian_ids":["\#(id)"]}"#
      ).code
      codes["hold on all"] = try await disposal.post(
        "/v1/holds", #"{"matter":"m","reason":"r","covers_all":true}"#
      ).code
      codes["addresses"] = try await server.send(
        "PATCH", "/v1/accounts/\(id)", key: key,
        body: #"{"addresses":[{"address":"other@acme.test"}]}"#,
        contentType: "application/merge-patch+json"
      ).code
      codes["transfer"] = try await disposal.post(
        "/v1/content_transfers",
        #"{"from_account_id":"\#(id)","to":{"kind":"tenant"},"reason":"r"}"#
      ).code
      return codes
    }
  }

  @Test(arguments: ["grace", "contested"])
  func `rights in doubt do nothing that cannot be undone`(state: String) async throws {
    let fixture = try await Fixture()
    let server = fixture.takeovers.server
    let ada = try await fixture.controlled("ada@acme.test")
    let member = try await server.send(
      "PUT", "/v1/memberships/\(ada)", key: fixture.takeovers.acme.key, body: #"{"role":"member"}"#)
    #expect(member.status == 201, "\(member.text)")
    try fixture.set(state, rights: "frozen")
    for (what, code) in try await fixture.codes(ada) {
      #expect(code == "domain_frozen", "\(what)")
    }
    // What is not in doubt goes on: an account that rests on no claim, and what protects people.
    let bob = try await fixture.disposal.account("bob@x.test")
    #expect(try await fixture.disposal.perform("erase", bob).status == 202)
    #expect(try await fixture.disposal.perform("restrict", ada).status == 200)
    #expect(try await fixture.disposal.perform("reactivate", ada).status == 200)
    try fixture.set("verified", rights: "full")
    #expect(try await fixture.disposal.perform("delete", ada).status == 200)
    try await fixture.takeovers.stop()
  }

  @Test func `suspended control does nothing at all`() async throws {
    let fixture = try await Fixture()
    let ada = try await fixture.controlled("ada@acme.test")
    try fixture.suspend(true)
    for (what, code) in try await fixture.codes(ada) where what != "membership" {
      #expect(code == "control_suspended", "\(what)")
    }
    #expect(try await fixture.disposal.perform("restrict", ada).code == "control_suspended")
    try await fixture.takeovers.stop()
  }

  @Test func `a purge clock stands while the name is in doubt, and goes on with what was left`()
    async throws
  {
    let fixture = try await Fixture()
    let server = fixture.takeovers.server
    let ada = try await fixture.controlled("ada@acme.test")
    #expect(try await fixture.disposal.perform("delete", ada).status == 200)
    fixture.takeovers.days(10)
    try fixture.set("grace", rights: "frozen")
    fixture.takeovers.days(14)
    try fixture.set("lapsed", rights: "frozen")
    try fixture.suspend(true)
    fixture.takeovers.days(60)
    try await server.drainJobs()
    #expect(try await fixture.disposal.status(ada) == "deleted")
    // Proven anew: 20 days of the 30 are left.
    try fixture.suspend(false)
    try fixture.set("verified", rights: "full")
    fixture.takeovers.days(19)
    try await server.drainJobs()
    #expect(try await fixture.disposal.status(ada) == "deleted")
    fixture.takeovers.days(2)
    try await server.drainJobs()
    #expect(try await fixture.disposal.status(ada) == "erased")
    try await fixture.takeovers.stop()
  }
}
