import Foundation
import JSON
import TenureTesting
import Testing

/// Files, keys and addresses as machines give them.
@Suite(.onOwnThreads) struct MachineFileTests {
  @Test func `contexts are read whatever ends their lines, and keys with a line end after them`()
    async throws
  {
    let daemon = try Daemon()
    try await daemon.start()
    let folder = FileManager.default.temporaryDirectory.path + "/tenure-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/tenure", withIntermediateDirectories: true)
    let text =
      "\u{FEFF}current = \"a\"\r\n\r\n[context.a]\r\nurl = \"http://127.0.0.1:\(daemon.port)\"\r\n"
    try text.write(toFile: folder + "/tenure/config.toml", atomically: true, encoding: .utf8)
    let listed = try daemon.run(
      "tenure", ["tenant", "list", "-o", "json"],
      environment: [
        "XDG_CONFIG_HOME": folder, "TENURE_TOKEN": daemon.operatorKey + "\r\n",
        "TENURE_NO_INPUT": "1",
      ])
    #expect(listed.status == 0, "\(listed.errors)")
    // What nobody may write is said in words.
    let blocked = folder + "/blocked"
    try "".write(toFile: blocked, atomically: true, encoding: .utf8)
    let kept = try daemon.run(
      "tenure", ["context", "set", "b", "--url", "http://127.0.0.1:1"],
      environment: ["XDG_CONFIG_HOME": blocked, "TENURE_NO_INPUT": "1"])
    #expect(kept.status != 0 && kept.errors.contains("error[config]"), "\(kept.errors)")
    try daemon.cleanUp()
  }

  @Test func `rows and ids are read with a byte order mark, and UTF-16 is refused by name`()
    async throws
  {
    let daemon = try Daemon()
    try await daemon.start()
    let file = daemon.folder + "/people.ndjson"
    func write(_ text: String, _ encoding: String.Encoding = .utf8) throws {
      try #require(text.data(using: encoding)).write(to: URL(fileURLWithPath: file))
    }
    let row = #"{"external_id":"e1","addresses":[{"address":"ada@x.test"}]}"#
    try write("\u{FEFF}\r\n\(row)\r\n")
    let made = try daemon.tenure("account", "import", file)
    #expect(made.status == 0 && made.output.contains(#""outcome":"created""#), "\(made.errors)")
    let id = try JSONValue(parsing: Array(made.output.utf8))["account_id"]?.string ?? ""
    try write("\u{FEFF}\(id)\r\n")
    let verb = try daemon.tenure(
      "account", "restrict", "--from-file", file, "--reason", "disputed", "-o", "jsonl")
    #expect(verb.status == 0, "\(verb.errors)")
    let item =
      #"{"account_id":"\#(id)","product":"docs","kind":"report","external_id":"d1","#
      + #""visibility":"private","category":"note","title":"Diary"}"#
    try write("\u{FEFF}\r\n\(item)\r\n\r\n")
    let registered = try daemon.tenure("content", "register", file, "-o", "jsonl")
    #expect(registered.status == 0, "\(registered.errors)")
    try write("\u{FEFF}" + row, .utf16LittleEndian)
    for noun in [("account", "import"), ("content", "register")] {
      let refused = try daemon.tenure(noun.0, noun.1, file)
      #expect(refused.status != 0 && refused.errors.contains("UTF-16"), "\(refused.errors)")
    }
    try daemon.cleanUp()
  }

  @Test func `the service listens on an IPv6 address, and is found there`() async throws {
    let daemon = try Daemon()
    try await daemon.start(environment: ["TENURE_LISTEN": "[::1]:\(daemon.port)"]) {
      try daemon.run(
        "tenure", ["doctor", "--quiet"],
        environment: [
          "TENURE_URL": "http://[::1]:\(daemon.port)", "TENURE_TOKEN": daemon.operatorKey,
        ]
      ).status == 0
    }
    try daemon.cleanUp()
  }

  @Test func `a spreadsheet runs nothing of what a list says`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    for (index, name) in ["=1+1", "+cmd", "-cmd", "@x", "-5", "a=b", "x;=A1"].enumerated() {
      let made = try daemon.tenure(
        "account", "create", "--address", "p\(index)@x.test", "--display-name=\(name)")
      #expect(made.status == 0, "\(made.errors)")
    }
    let cells = try daemon.tenure("account", "list", "-o", "csv").output
      .components(separatedBy: "\r\n").dropFirst().compactMap { line -> String? in
        let row = line.components(separatedBy: ",")
        return row.count == 5 ? row[3] : nil
      }
    #expect(
      Set(cells.map { $0.trimmingCharacters(in: ["\""]) })
        == ["'=1+1", "'+cmd", "'-cmd", "'@x", "-5", "a=b", "x;'=A1"])
    #expect(cells.allSatisfy { $0.hasPrefix("\"") && $0.hasSuffix("\"") })
    try daemon.cleanUp()
  }
}
