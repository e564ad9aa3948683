import Foundation
import JSON
import TenureTesting
import Testing

@Suite(.onOwnThreads) struct CommandTests {
  @Test func `a script registers, finds, changes and lists`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let tenant = try daemon.tenure("tenant", "create", "--name", "Acme", "-o", "id")
    #expect(tenant.status == 0 && tenant.output.hasPrefix("ten_"))
    let id = tenant.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let key = try daemon.tenure(
      "key", "create", "--name", "ci", "--role", "owner", "--tenant", id, "-o", "json")
    let token = try JSONValue(parsing: Array(key.output.utf8))["token"]?.string ?? ""
    #expect(token.hasPrefix("tnrk_"))

    let account = try daemon.tenure(
      "account", "create", "--address", "ada@acme.test", "--display-name", "Ada", "-o", "id")
    let again = try daemon.tenure(
      "account", "create", "--address", "ada@acme.test", "--if-absent", "-o", "id")
    #expect(account.status == 0 && account.output == again.output)
    let acc = account.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(
      try daemon.tenure("account", "lookup", "ADA@acme.test", "-o", "id").output == account.output)
    let update = try daemon.tenure("account", "update", acc, "--locale", "en-GB", "-o", "yaml")
    #expect(update.output.contains("locale: en-GB\n") && update.output.contains("id: \(acc)\n"))
    #expect(update.output.contains(#"created_at: "2"#))
    let csv = try daemon.tenure("account", "list", "-o", "csv")
    #expect(
      csv.output.hasPrefix(
        "id,status,addresses.0.address,display_name,created_at\r\n\"\(acc)\",\"active\","))
    let piped = try daemon.tenure("account", "list")
    #expect(piped.output.split(separator: "\t").count == 5)
    let tried = try daemon.tenure("tenant", "update", id, "--name", "New", "--dry-run")
    #expect(tried.output == "tenant.updated\t\(id)\n")
    #expect(try daemon.tenure("doctor", "--quiet").status == 0)
    let raw = try daemon.tenure("api", "POST", "/v1/tenants", "-F", "name=Raw")
    #expect(raw.status == 0 && raw.output.contains(#""name":"Raw""#))
    try daemon.cleanUp()
  }

  @Test func `exit codes are those of the table`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    _ = try daemon.tenure("account", "create", "--address", "a@x.test")
    let cases: [([String], Int32, String)] = [
      (["account", "show", "acc_01h455vb4pex5vsknk084sn02q"], 3, "error[not_found]"),
      (["account", "show", "nonsense"], 2, "error[id_malformed]"),
      (["account", "create", "--address", "a@x.test"], 5, "error[address_taken]"),
      (["account", "create", "--address", "nonsense"], 2, "/addresses/0/address"),
      (["account", "nonsense"], 2, "Unexpected argument"),
      (["tenant", "create"], 2, "Missing expected argument"),
      (["key", "revoke", "key_01h455vb4pex5vsknk084sn02q"], 2, "--yes"),
      (
        ["account", "show", "acc_01h455vb4pex5vsknk084sn02q", "-o", "json"], 3,
        #""code":"not_found""#
      ),
    ]
    for (arguments, status, text) in cases {
      let result = try daemon.run(
        "tenure", arguments,
        environment: [
          "TENURE_URL": "http://127.0.0.1:\(daemon.port)", "TENURE_TOKEN": daemon.operatorKey,
        ])
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(text), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    let wrong = try daemon.run(
      "tenure", ["auth", "whoami"],
      environment: ["TENURE_URL": "http://127.0.0.1:\(daemon.port)", "TENURE_TOKEN": "tnrk_x"])
    #expect(wrong.status == 4 && wrong.errors.contains("key_malformed"))
    let nobody = try daemon.run("tenure", ["auth", "whoami"])
    #expect(nobody.status == 4 && nobody.errors.contains("no service is known"))
    try daemon.cleanUp()
  }

  @Test func `contexts keep keys in files that others cannot read`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let url = "http://127.0.0.1:\(daemon.port)"
    let set = try daemon.run(
      "tenure", ["context", "set", "local", "--url", url, "--token-stdin"],
      input: daemon.operatorKey + "\n")
    #expect(set.status == 0)
    let file = daemon.folder + "/.config/tenure/credentials.local"
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let who = try daemon.run("tenure", ["auth", "whoami", "-o", "json"])
    #expect(who.status == 0 && who.output.contains(#""plane": "operator""#))
    #expect(try daemon.run("tenure", ["context", "list"]).output.hasPrefix("local\t\(url)"))
    #expect(try daemon.run("tenure", ["context", "use", "other"]).status == 3)
    #expect(try daemon.run("tenure", ["context", "delete", "local"]).status == 0)
    #expect(!FileManager.default.fileExists(atPath: file))
    try daemon.cleanUp()
  }

  @Test func `signing in tries the key first, and a reason reaches the audit log`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let url = "http://127.0.0.1:\(daemon.port)"
    func login(_ key: String) throws -> Int32 {
      try daemon.run(
        "tenure", ["auth", "login", "--url", url, "--token-stdin"], input: key + "\n"
      ).status
    }
    #expect(try login("tnrk_nonsense") == 4)
    #expect(try daemon.run("tenure", ["auth", "whoami"]).status == 4)
    #expect(try login(daemon.operatorKey) == 0)
    let made = try daemon.run(
      "tenure", ["tenant", "create", "--name", "Acme", "--reason", "Zoë asked: 100 %"])
    #expect(made.status == 0, "\(made.errors)")
    let log = try daemon.run("tenure", ["audit", "search", "-o", "jsonl"]).output
    #expect(log.contains(#""details":{"reason":"Zoë asked: 100 %"}"#))
    #expect(try daemon.run("tenure", ["auth", "logout"]).status == 0)
    #expect(try daemon.run("tenure", ["auth", "whoami"]).status == 4)
    try daemon.cleanUp()
  }

  @Test func `an import says what became of each row, and 8 where some failed`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let file = daemon.folder + "/people.ndjson"
    try (0..<700).map {
      #"{"client_item_id":"r\#($0)","addresses":[{"address":"p\#($0)@x.test"}]}"#
    }
    .joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    let first = try daemon.tenure("account", "import", file)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.split(separator: "\n").count == 700)
    let second = try daemon.tenure(
      "account", "import", "-", input: #"{"addresses":[{"address":"p1@x.test"}]}"# + "\n{}\n")
    #expect(second.status == 8)
    #expect(
      second.output.contains(#""outcome":"unchanged""#)
        && second.output.contains(#""code":"required""#))
    // More accounts than one request takes: each has its outcome all the same, in any format.
    let ids =
      try first.output.split(separator: "\n").map {
        try JSONValue(parsing: Array($0.utf8))["account_id"]?.string ?? ""
      } + ["acc_01m7zxyxbtf46rjshedaq7k2em"]
    let leavers = daemon.folder + "/leavers"
    try ids.joined(separator: "\n").write(toFile: leavers, atomically: true, encoding: .utf8)
    let arguments = ["account", "deactivate", "--from-file", leavers, "--reason", "left", "--yes"]
    let third = try daemon.tenure(arguments + ["-o", "csv"])
    #expect(third.status == 8 && third.errors.contains("operation opn_"), "\(third.errors)")
    let lines = third.output.split(whereSeparator: \.isNewline)
    #expect(lines.count == 702)
    #expect(lines.dropFirst().prefix(700).allSatisfy { $0.contains(#","changed","deactivated","#) })
    #expect(lines.last?.contains("not_found") == true)
    let tried = try daemon.tenure(arguments + ["--dry-run"])
    #expect(tried.status == 0 && !tried.output.contains("opn_"), "\(tried)")
    try daemon.cleanUp()
  }

  @Test func `the operator vouches, allows, decides and lifts`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let tenant = try daemon.tenure("tenant", "create", "--name", "Acme", "-o", "id").output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let key = try daemon.tenure(
      "key", "create", "--name", "ci", "--role", "owner", "--tenant", tenant, "-o", "json")
    let token = try JSONValue(parsing: Array(key.output.utf8))["token"]?.string ?? ""
    let words = ["--reason", "looked at"]
    let inside = ["--tenant", tenant] + words
    func claim(_ name: String) throws -> String {
      try daemon.tenure(["domain", "add", name, "-o", "id"], token: token).output
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    func state(_ answer: (status: Int32, output: String, errors: String)) throws -> String? {
      try JSONValue(parsing: Array(answer.output.utf8))["state"]?.string
    }
    let mine = try claim("acme.test")
    let later = ["--review-on", "2999-01-01T00:00:00Z", "--yes"]
    let vouched = try daemon.tenure(["domain", "attest", mine, "-o", "json"] + inside + later)
    #expect(try state(vouched) == "verified", "\(vouched)")
    // What only reads is read in a dry run as well.
    let preview = try daemon.tenure(
      ["takeover", "preview", "--claim", mine, "--dry-run", "-o", "json"], token: token)
    #expect(preview.status == 0 && preview.output.contains(#""plan""#), "\(preview)")
    let allowed = try daemon.tenure(
      ["domain", "allow", try claim("other.test"), "-o", "json"] + inside)
    #expect(try state(allowed) == "pending", "\(allowed)")
    let none = try daemon.tenure("dispute", "list", "--state", "open")
    #expect(none.status == 0 && none.output.isEmpty, "\(none)")
    let item = "cas_01h455vb4pex5vsknk084sn02q"
    for command in [
      ["dispute", "show", "dsp_01h455vb4pex5vsknk084sn02q"],
      ["dispute", "decide", item, "--uphold", "--yes"] + words,
      ["takeover", "lift", item, "--yes"] + words,
      ["takeover", "disputes", item, "--tenant", tenant],
    ] {
      let answer = try daemon.tenure(command)
      #expect(answer.status == 3, "\(command): \(answer)")
    }
    // Words are needed, and so is a decision.
    for command in [
      ["dispute", "decide", item, "--uphold", "--yes"], ["takeover", "lift", item, "--yes"],
      ["domain", "allow", mine], ["domain", "attest", mine] + later,
      ["dispute", "decide", item, "--yes"] + words,
    ] {
      #expect(try daemon.tenure(command).status == 2, "\(command)")
    }
    try daemon.cleanUp()
  }

  @Test func `help of every command has an example`() throws {
    let daemon = try Daemon()
    defer { try? daemon.cleanUp() }
    for noun in [
      "tenant", "key", "account", "membership", "operation", "audit", "role", "auth", "domain",
      "takeover", "webhook", "event", "hold", "approval", "erasure", "retention", "content", "dsr",
      "policy", "suppression", "dispute",
    ] {
      for verb in try verbs([noun], daemon) {
        let text = try daemon.run("tenure", [noun, verb, "--help"]).output
        #expect(text.contains("Example: ") && text.contains("tenure \(noun)"), "\(noun) \(verb)")
        for under in try verbs([noun, verb], daemon) {
          let text = try daemon.run("tenure", [noun, verb, under, "--help"]).output
          #expect(text.contains("Example: tenure \(noun) \(verb) \(under)"), "\(verb) \(under)")
        }
      }
    }
    for shell in ["bash", "zsh", "fish"] {
      #expect(try daemon.run("tenure", ["completion", shell]).output.count > 1_000)
    }
  }
  private func verbs(_ command: [String], _ daemon: Daemon) throws -> [String] {
    let help = try daemon.run("tenure", command + ["--help"]).output
    let parts = help.components(separatedBy: "SUBCOMMANDS:")
    guard parts.count > 1 else { return [] }
    return parts[1].split(separator: "\n").compactMap { line in
      let isVerb = line.hasPrefix("  ") && !line.hasPrefix("   ")
      return isVerb ? line.split(separator: " ").first.map(String.init) : nil
    }.filter { $0 != "See" }
  }
}
