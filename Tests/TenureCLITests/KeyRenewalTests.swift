import Foundation
import Glibc
import JSON
import Postgres
import Tenure
import TenureTesting
import Testing

/// Keys of tenants and people are replaced while the service serves.
@Suite(.serialized, .onOwnThreads) struct KeyRenewalTests {
  private struct World {
    let daemon: Daemon
    let tenant: String
    let ada: String
    let note: String
    let hold: String

    init() async throws {
      daemon = try Daemon()
      try await daemon.start()
      func id(_ result: (status: Int32, output: String, errors: String)) -> String {
        #expect(result.status == 0, "\(result)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      tenant = id(try daemon.tenure("tenant", "create", "--name", "Acme", "-o", "id"))
      ada = id(
        try daemon.tenure(
          "account", "create", "--address", "ada@x.test", "--display-name", "Canary Ada",
          "-o", "id"))
      let line =
        #"{"account_id":"\#(ada)","product":"docs","kind":"note","external_id":"1","#
        + #""visibility":"private","category":"note","title":"Canary note"}"#
      let registered = try daemon.tenure(
        "content", "register", "-", "-o", "json", input: line + "\n")
      note =
        try JSONValue(parsing: Array(registered.output.utf8)).array?.first?["id"]?.string ?? ""
      hold = id(
        try daemon.tenure(
          "hold", "place", "--matter", "Canary matter", "--reason", "r", ada, "-o", "id"))
      // What the log says, with and without a person concerned.
      let renamed = try daemon.tenure(
        "tenant", "update", tenant, "--name", "Acme2", "--reason", "why not")
      #expect(renamed.status == 0, "\(renamed)")
    }

    /// Everything that was sealed reads as it did.
    func check(_ when: String) async throws {
      let account = try daemon.tenure("account", "show", ada, "-o", "json")
      #expect(account.output.contains("Canary Ada"), "\(when): \(account)")
      let token = try daemon.tenure(
        "api", "POST", "/v1/person_tokens", "-F", "account_id=\(ada)", "-F", "assurance=session",
        "-F", "second_factor=true")
      let key = try JSONValue(parsing: Array(token.output.utf8))["token"]?.string ?? ""
      let note = try await RawHTTP.send(
        port: daemon.port, method: "GET", path: "/v1/me/content_items/\(note)", key: key, body: "")
      #expect(note.json["title"]?.string == "Canary note", "\(when): \(note.json)")
      let held = try daemon.tenure("hold", "show", hold, "-o", "json")
      #expect(held.output.contains("Canary matter"), "\(when): \(held)")
      let log = try daemon.tenure("audit", "search", "-o", "json")
      #expect(log.output.contains("why not"), "\(when): \(log)")
    }

    func query(_ sql: String) throws -> [String] {
      try daemon.database.administrator().run(sql)
    }
  }

  @Test func `tenants' keys are replaced, and everything opens before, meanwhile and after`()
    async throws
  {
    let world = try await World()
    let daemon = world.daemon
    try await world.check("before")
    let young = try daemon.run("tenured", ["rotate-keys", "tenants"])
    #expect(young.status == 0 && young.errors.contains("0 tenants have a new key"), "\(young)")
    let rotated = try daemon.run("tenured", ["rotate-keys", "tenants", "--older-than-hours", "0"])
    #expect(rotated.status == 0 && rotated.output == "done\n", "\(rotated)")
    #expect(rotated.errors.contains("2 tenants have a new key"), "\(rotated.errors)")
    #expect(
      try world.query("SELECT tenant_id, max(version) FROM tenure.tenant_keys GROUP BY 1").count
        == 2)
    #expect(
      try world.query(
        "SELECT DISTINCT parent_version FROM tenure.accounts UNION SELECT parent_version FROM tenure.audit_keys"
      ) == ["2"])
    #expect(
      try world.query("SELECT encode(substring(details from 3 for 4), 'hex') FROM tenure.holds")
        == ["00000002"])
    try await world.check("after")
    // Who comes now is under the new one.
    let bob = try daemon.tenure("account", "create", "--address", "bob@x.test", "-o", "id")
    #expect(bob.status == 0, "\(bob)")
    #expect(
      try world.query("SELECT DISTINCT parent_version FROM tenure.accounts") == ["2"])
    #expect(daemon.stop() == 0)
    try await daemon.start()
    try await world.check("after a restart")
    try daemon.cleanUp()
  }

  @Test func `people's keys are replaced, and the old ones open nothing any more`() async throws {
    let world = try await World()
    let daemon = world.daemon
    let old = try world.query(
      """
      SELECT encode(wrapped_key, 'hex') || ' ' || encode(key_commitment, 'hex')
      FROM tenure.accounts
      """)[0].split(separator: " ")
    let before = try world.query("SELECT encode(profile, 'hex') FROM tenure.accounts")
    for _ in 0..<2 {
      let rotated = try daemon.run(
        "tenured", ["rotate-keys", "accounts", "--older-than-hours", "0"])
      #expect(rotated.status == 0 && rotated.errors.contains("1 accounts in all"), "\(rotated)")
    }
    #expect(try world.query("SELECT key_version FROM tenure.accounts") == ["3"])
    #expect(try world.query("SELECT encode(profile, 'hex') FROM tenure.accounts") != before)
    try await world.check("after")
    try daemon.database.administrator().run(
      """
      UPDATE tenure.accounts SET wrapped_key = decode('\(old[0])', 'hex'),
        key_commitment = decode('\(old[1])', 'hex'), key_version = 1
      """)
    let unreadable = try daemon.tenure("account", "show", world.ada)
    #expect(unreadable.status == 1 && !unreadable.output.contains("Canary"), "\(unreadable)")
    try daemon.cleanUp()
  }
}
