import Foundation
import HTTP
import Testing

/// Which servers are reached through a proxy, and through which.
@Suite struct HTTPProxyTests {
  private func variable(
    _ environment: [String: String], _ scheme: String = "https", _ host: String = "api.acme.test",
    _ port: Int = 443
  ) -> String? {
    HTTPProxy.named(in: environment, scheme: scheme, host: host, port: port)?.variable
  }

  @Test func `small letters go first, the scheme's own before that for all`() {
    let all = [
      "https_proxy": "a", "HTTPS_PROXY": "b", "http_proxy": "c", "HTTP_PROXY": "d",
      "all_proxy": "e",
      "ALL_PROXY": "f",
    ]
    #expect(variable(all) == "https_proxy")
    #expect(variable(all, "http") == "http_proxy")
    #expect(variable(all.filter { $0.key != "https_proxy" }) == "HTTPS_PROXY")
    #expect(variable(["ALL_PROXY": "f"]) == "ALL_PROXY")
    #expect(variable(["http_proxy": "c"]) == nil && variable([:]) == nil)
    #expect(variable(["https_proxy": "", "HTTPS_PROXY": "b"]) == "HTTPS_PROXY")
  }

  @Test(arguments: [
    "localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "localhost.", "::ffff:127.0.0.1",
  ])
  func `this machine is reached directly`(host: String) {
    #expect(variable(["https_proxy": "a"], "https", host) == nil)
  }

  @Test(arguments: ["127.0.0.1.acme.test", "127.acme.test", "localhost.acme.test", "::2"])
  func `what only looks like this machine is not`(host: String) {
    #expect(variable(["https_proxy": "a"], "https", host) == "https_proxy")
  }

  @Test func `a CGI program does not take a request's header for its proxy`() {
    let request = ["REQUEST_METHOD": "GET", "HTTP_PROXY": "http://evil.test"]
    #expect(variable(request, "http") == nil)
    #expect(variable(request.merging(["http_proxy": "a"]) { $1 }, "http") == "http_proxy")
    #expect(variable(request.merging(["ALL_PROXY": "a"]) { $1 }, "http") == "ALL_PROXY")
    #expect(variable(["REQUEST_METHOD": "GET", "HTTPS_PROXY": "a"]) == "HTTPS_PROXY")
  }

  @Test func `a dot at the end of a name changes nothing`() {
    for (host, list) in [("api.acme.test.", "acme.test"), ("api.acme.test", "acme.test.")] {
      #expect(variable(["https_proxy": "a", "no_proxy": list], "https", host) == nil)
    }
  }

  @Test(arguments: [
    ("acme.test", true), (".acme.test", true), ("*.acme.test", true), ("api.acme.test", true),
    ("API.Acme.Test", true), ("x,acme.test", true), ("x, acme.test ,y", true), ("*", true),
    ("api.acme.test:443", true), ("api.acme.test:8443", false), ("cme.test", false),
    ("acme.test.org", false), ("xapi.acme.test", false), ("", false), (",", false), (".", false),
  ])
  func `a name in the list stands for itself and all below it`(list: String, isExempt: Bool) {
    for name in ["no_proxy", "NO_PROXY"] {
      #expect((variable(["https_proxy": "a", name: list]) == nil) == isExempt, "\(list)")
    }
  }

  @Test(arguments: [
    ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false),
    ("10.1.2.3", "10.1.2.2/31", true), ("10.1.2.4", "10.1.2.2/31", false),
    ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "0.0.0.0/0", true),
    ("10.1.2.3", "10.0.0.0/33", false),
    ("fd00::1", "fd00::/8", true), ("fe00::1", "fd00::/8", false), ("fd00::1", "[fd00::1]", true),
    ("fd00::1", "[fd00::1]:443", true), ("fd00::1", "[fd00::1]:1", false),
    ("fd00::1", "10.0.0.0/8", false), ("::ffff:10.1.2.3", "10.0.0.0/8", true),
    ("::ffff:10.1.2.3", "10.1.2.3", true), ("fe80::1%lo", "fe80::/10", true),
    ("api.acme.test", "10.0.0.0/8", false),
  ])
  func `addresses are exempt one by one and by blocks`(host: String, list: String, isExempt: Bool) {
    #expect((variable(["https_proxy": "a", "no_proxy": list], "https", host) == nil) == isExempt)
  }

  @Test func `a proxy is a URL of HTTP, with a password where it asks for one`() throws {
    let plain = try HTTPProxy(parsing: "http://proxy.test:3128/")
    #expect((plain.host, plain.port, plain.authorization) == ("proxy.test", 3_128, nil))
    let short = try HTTPProxy(parsing: "proxy.test")
    #expect((short.host, short.port) == ("proxy.test", 80))
    let bare = try HTTPProxy(parsing: "[::1]:8080")
    #expect((bare.host, bare.port) == ("::1", 8_080))
    let named = try HTTPProxy(parsing: "http://ada:p%40ss@proxy.test:1")
    #expect(named.authorization == "Basic " + Data("ada:p@ss".utf8).base64EncodedString())
    for text in ["socks5://proxy.test", "https://proxy.test"] {
      #expect(throws: HTTPProxy.Malformed.scheme) { try HTTPProxy(parsing: text) }
    }
    for text in ["", "http://", "http://proxy.test/path", "http://a b", "proxy.test:65536"] {
      #expect(throws: HTTPProxy.Malformed.url) { try HTTPProxy(parsing: text) }
    }
  }
}
