import Foundation
import JSON
import Tenure
import TenureCLI
import TenureTesting
import Testing

@Suite(.onOwnThreads) struct PackageVerifyTests {
  @Test func `a package is verified offline, and whatever was changed is found`() async throws {
    let server = try await TestServer()
    let acme = try await server.makeTenant("Acme")
    let ada = try await server.makeAccount(inCustodyOf: acme.id, "ada@x.test")
    let token = try await server.send(
      "POST", "/v1/person_tokens",
      body:
        #"{"account_id":"\#(ada)","assurance":"session","second_factor":true}"#)
    let person = token.json["token"]?.string ?? ""
    let asked = try await server.send(
      "POST", "/v1/me/requests", key: person, body: #"{"type":"access"}"#)
    _ = try await server.send("POST", "/v1/requests/\(asked.id):fulfil", key: acme.key)
    var package: TestAnswer?
    #expect(
      try await eventually {
        package = try await server.send(
          "POST", "/v1/me/requests/\(asked.id):collect", key: person)
        return package?.status == 200
      })
    let bytes = package?.bytes ?? []
    let key = package?.json["verifier_key"]?.string ?? ""
    let files = try PackageVerifier.verify(bytes, key: key)
    #expect(files.first?.name == "1-account.json" && files.count > 2)
    #expect(files[0].content.contains("ada@x.test"))

    let text = String(decoding: bytes, as: UTF8.self)
    func refusal(_ forged: String, key other: String? = nil) -> PackageVerifier.Refusal? {
      do {
        _ = try PackageVerifier.verify(Array(forged.utf8), key: other ?? key)
        return nil
      } catch { return error as? PackageVerifier.Refusal }
    }
    #expect(
      refusal(text.replacing("ada@x.test", with: "eve@x.test")) == .fileDiffers("1-account.json"))
    #expect(
      refusal(text.replacing(#""account_id\":\""#, with: #""account_ID\":\""#))
        == .signatureInvalid, "the manifest itself")
    let last = try #require(text.range(of: #",{"name":"#, options: .backwards))
    #expect(refusal(text[..<last.lowerBound] + "]}") == .filesMissing)
    #expect(refusal("{}") == .malformed)
    #expect(refusal(text, key: "x") == .keyMalformed)
    // Another tenant's key, and the same one's for another purpose.
    var other: String?
    // There is none before an entry is sealed, which what other tests have open keeps from it.
    try await eventually {
      let log = try await server.send("POST", "/v1/audit_checkpoints", key: acme.key)
      other = log.json["verifier_key"]?.string
      return other != nil
    }
    #expect(other != nil && refusal(text, key: other) == .signatureInvalid)
    try await server.stop()
  }

  @Test func `the commands answer a request and publish a policy`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let account = try daemon.tenure(
      "account", "create", "--address", "ada@x.test", "-o", "id"
    ).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let opened = try daemon.tenure(
      "dsr", "open", account, "--type", "access", "--details", "-", "-o", "id",
      input: "everything\n")
    #expect(opened.status == 0, "\(opened.errors)")
    let id = opened.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(try daemon.tenure("dsr", "extend", id).status == 2, "why is not said")
    #expect(try daemon.tenure("dsr", "fulfil", id).status == 2, "nobody agreed")
    #expect(try daemon.tenure("dsr", "fulfil", id, "--yes").status == 0)
    #expect(
      try await eventually {
        try daemon.tenure("dsr", "show", id, "-o", "json").output.contains(#""fulfilled""#)
      })
    #expect(try daemon.tenure("dsr", "package", id).output.contains(id))
    #expect(try daemon.tenure("dsr", "refuse", id, "--reason", "x", "--yes").status == 5)

    func publish(_ version: String, _ text: String) throws -> String {
      let published = try daemon.tenure(
        "policy", "publish", "-", "--name", "terms", "--version", version, "--language", "en",
        "--title", "Terms", "--needs", "acceptance", "-o", "id", input: text)
      #expect(published.status == 0, "\(published.errors)")
      return published.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let first = try publish("1", "Be kind.\nBe brief.\n")
    let second = try publish("2", "Be kind.\nBe clear.\n")
    let diff = try daemon.tenure("policy", "diff", first, second)
    #expect(diff.status == 0 && diff.output.contains("-Be brief.\n+Be clear."), "\(diff.errors)")
    #expect(try daemon.tenure("policy", "pending", second, "-o", "id").output.contains(account))
    #expect(
      try daemon.tenure("suppression", "create", "ada@x.test", "--for", "bounce").status == 0)
    let checked = try daemon.tenure(
      "suppression", "check", "ada@x.test", "--topic", "takeover", "--purpose", "notice")
    #expect(checked.output.contains("undeliverable"), "\(checked.errors)")
    try daemon.cleanUp()
  }
}
