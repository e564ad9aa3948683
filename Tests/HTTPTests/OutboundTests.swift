import Foundation
import HTTP
import JSON
import Testing

private let vectors = ProcessInfo.processInfo.environment["TENURE_VECTORS"]

@Suite struct OutboundTests {
  @Test(arguments: ["8.8.8.8", "2606:4700:4700::1111"])
  func `a public address is allowed`(text: String) throws {
    #expect(try #require(OutboundAddress(text)).isGlobal)
  }

  @Test(arguments: [
    "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
    "fe80::1", "fe80::1%eth0", "2606:4700:4700::1111%eth0",
  ]) func `an address that is not public is refused`(text: String) throws {
    #expect(try !#require(OutboundAddress(text)).isGlobal)
  }

  @Test(arguments: [
    "", "127.0.0.1%lo", "fe80::1%", "fe80::1%a/b", "fe80::1%0123456789abcdef", "fe80::1%%lo",
    "[::1]",
    "127.1", "127.0.0.1\u{0}", "fe80::1\u{0}%lo",
  ]) func `other text is no address`(text: String) { #expect(OutboundAddress(text) == nil) }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
    ("::1%lo", true), ("128.0.0.1", false), ("::2", false), ("::ffff:128.0.0.1", false),
    ("0.0.0.0", false), ("::", false), ("100::1", false), ("fe80::1%lo", false),
  ]) func `this machine is known by its addresses`(text: String, isLoopback: Bool) throws {
    #expect(try #require(OutboundAddress(text)).isLoopback == isLoopback)
  }

  @Test func `an address keeps the interface that it is on`() throws {
    #expect(try HTTPClient.resolve("fe80::1%lo").map(\.text) == ["fe80::1%lo"])
    #expect(try #require(OutboundAddress("fe80::1%lo")).bare == "fe80::1")
  }

  @Test func `a name with one private address is refused whole`() throws {
    let mixed = ["8.8.8.8", "10.0.0.1"].compactMap { OutboundAddress($0) }
    #expect(throws: OutboundError.addressRefused) {
      try HTTPClient.choose(mixed, requiresGlobal: true)
    }
  }

  @Test(.enabled(if: vectors != nil, "TENURE_VECTORS is not set"))
  func `every outbound vector is judged as it says`() throws {
    let path = (vectors ?? "") + "/ssrf/ssrf-cases.json"
    let file = try JSONValue(parsing: Array(FileManager.default.contents(atPath: path) ?? Data()))
    let addresses = file["ip"]?.array ?? []
    for row in addresses {
      let (text, expected) = (row.array?[0].string ?? "", row.array?[1].string ?? "")
      let isAllowed = OutboundAddress(text)?.isGlobal ?? false
      #expect(isAllowed == (expected == "allow"), "\(text)")
    }
    let urls = file["url"]?.array ?? []
    for row in urls {
      let (text, expected) = (row.array?[0].string ?? "", row.array?[1].string ?? "")
      let url = try? OutboundURL(parsing: text)
      if expected.hasPrefix("allow_host") { continue }
      #expect((url != nil) == expected.hasPrefix("allow"), "\(text)")
    }
    #expect(addresses.count == 61 && urls.count == 40)
  }

  @Test(arguments: [
    "+443", "-443", "0443", "00443", "08443", "443.", " 443", "443 ", "4_43", "0x1bb", "٤٤٣", "",
    "443443", "65536", "0",
  ])
  func `a port is digits alone, as the number is written`(port: String) {
    #expect(throws: OutboundURL.Refusal.self) {
      _ = try OutboundURL(parsing: "https://hook.example:\(port)/", anyPort: true)
    }
  }

  @Test func `the ports that are allowed are`() throws {
    #expect(try OutboundURL(parsing: "https://hook.example:443/").port == 443)
    #expect(try OutboundURL(parsing: "https://hook.example:8443/").port == 8_443)
    #expect(throws: OutboundURL.Refusal.port) {
      _ = try OutboundURL(parsing: "https://hook.example:444/")
    }
  }

  @Test func `an escaped line break stays escaped`() throws {
    let url = try OutboundURL(parsing: "https://hook.example/%0d%0aX: y")
    #expect(url.target == "/%0d%0aX:%20y")
    #expect(url.port == 443)
  }

  @Test(arguments: [
    "\"", "<", ">", "\\", "^", "`", "{", "|", "}", "%", "%4", "%zz", "%0", "\t", "\u{7F}", "ä",
  ])
  func `a character that no URL holds is refused`(text: String) {
    for place in ["/a\(text)", "/?a=\(text)", text, "/\(text)x"] {
      #expect(throws: OutboundURL.Refusal.self) {
        _ = try OutboundURL(parsing: "https://hook.example\(place)")
      }
    }
  }

  @Test func `a URL is kept with its host in lower case and its blanks escaped`() throws {
    for (text, kept) in [
      ("https://HOOK.example/ X", "https://hook.example/%20X"),
      ("https://Hook.Example:8443", "https://hook.example:8443"),
      ("https://hook.example?A=B", "https://hook.example?A=B"),
      ("https://hook.example/%2F?a[]=(1)", "https://hook.example/%2F?a[]=(1)"),
    ] {
      let url = try OutboundURL(parsing: text)
      #expect(url.text == kept)
      #expect(try OutboundURL(parsing: url.text) == url)
    }
    #expect(throws: OutboundURL.Refusal.malformed) {
      _ = try OutboundURL(parsing: "https://hook .example/")
    }
  }
}
