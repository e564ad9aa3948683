import Foundation
import Reactor
import TenureTesting
import Testing

@testable import TenureCLI

/// The service behind a proxy, or below a path of somebody else's.
@Suite(.onOwnThreads) struct ProxyTests {
  /// Runs `whoami` at a URL with variables of the environment.
  private func whoami(
    _ daemon: Daemon, _ url: String, _ variables: [String: String]
  ) throws -> (status: Int32, output: String, errors: String) {
    try daemon.run(
      "tenure", ["auth", "whoami", "-o", "json"],
      environment: [
        "TENURE_URL": url, "TENURE_TOKEN": daemon.operatorKey, "TENURE_NO_INPUT": "1",
      ].merging(variables) { $1 })
  }

  @Test func `a request goes through the proxy that is named for its scheme, and no other`()
    async throws
  {
    let daemon = try Daemon()
    try await daemon.start()
    let secret = "Basic " + Data("ada:s3cret".utf8).base64EncodedString()
    let proxy = try Gateway(to: daemon.port, authorization: secret)
    let url = "http://tenure.test:\(daemon.port)"
    let named = "http://ada:s3cret@127.0.0.1:\(proxy.port)"
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
      let answer = try whoami(daemon, url, [variable: named])
      #expect(
        answer.status == 0 && answer.output.contains("operator"), "\(variable): \(answer.errors)")
      #expect(answer.errors.contains("unencrypted"), "the proxy is here, the service is not")
    }
    #expect(proxy.asked == Array(repeating: "GET \(url)/v1/whoami HTTP/1.1", count: 4))
    // Whose name nobody knows, and who is not to be reached by it.
    for variables in [
      ["https_proxy": named], ["http_proxy": named, "no_proxy": "example.com, .test"],
      ["http_proxy": named, "NO_PROXY": "*"],
    ] {
      let answer = try whoami(daemon, url, variables)
      #expect(answer.status == 7 && answer.errors.contains("cannot be resolved"), "\(variables)")
    }
    let own = try whoami(daemon, "http://127.0.0.1:\(daemon.port)", ["http_proxy": named])
    #expect(own.status == 0, "this machine is reached directly: \(own.errors)")
    #expect(proxy.asked.count == 4)
    for (value, words) in [
      ("http://127.0.0.1:\(proxy.port)", "answered 407"), ("socks5://127.0.0.1:1", "http://"),
      ("http://ada:s3cret@127.0.0.1:1", "the proxy 127.0.0.1:1"), ("http:// ", "is expected"),
    ] {
      let answer = try whoami(daemon, url, ["http_proxy": value])
      #expect(answer.status != 0 && answer.errors.contains(words), "\(value): \(answer.errors)")
      #expect(!answer.errors.contains("s3cret"))
    }
    try daemon.cleanUp()
  }

  @Test func `a proxy that wants a password is named, and asked once`() async throws {
    let daemon = try Daemon()
    defer { try? daemon.cleanUp() }
    let proxy = try Gateway(to: daemon.port, authorization: "Basic x")
    for (index, scheme) in ["http", "https"].enumerated() {
      let answer = try daemon.run(
        "tenure", ["auth", "whoami"],
        environment: [
          "TENURE_URL": "\(scheme)://tenure.test:1", "TENURE_TOKEN": "tnrk_x",
          "\(scheme)_proxy": "http://127.0.0.1:\(proxy.port)",
        ])
      #expect(answer.status == 4, "\(answer.errors)")
      #expect(answer.errors.contains("the proxy 127.0.0.1:\(proxy.port)"), "\(answer.errors)")
      #expect(answer.errors.contains("answered 407") && !answer.errors.contains("the server"))
      #expect(proxy.asked.count == index + 1)
    }
  }

  @Test(arguments: [
    ("HTTP://Tenure.TEST", "tenure.test", "tenure.test", 80),
    ("https://tenure.test:8443/a/", "tenure.test", "tenure.test", 8_443),
    ("http://[fe80::1%25lo]", "[fe80::1]", "fe80::1%lo", 80),
    ("http://[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]", "::ffff:127.0.0.1", 1),
    ("http://localhost.", "localhost.", "localhost", 80),
  ])
  func `a URL says whom to ask, and where`(
    text: String, host: String, place: String, port: Int
  ) throws {
    let url = try #require(ServiceURL(text))
    #expect((url.host, url.place, url.port) == (host, place, port))
  }

  @Test(arguments: [
    "", "tenure.test", "ftp://tenure.test", "http://", "http://a b", "http://a%0d%0ab",
    "http://a/b c",
    "http://a/%zz", "http://a:0", "http://a:65536", "http://a:+80", "http://[[::1]]", "http://[::1",
    "http://[127.0.0.1]", "http://[fe80::1%25]", "http://ada@a", "http://a?b", "http://a#b",
  ])
  func `other text is no URL of a service`(text: String) { #expect(ServiceURL(text) == nil) }

  @Test func `the key goes unwarned to this machine only, however it is named`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    for place in ["127.0.0.1", "localhost.", "[::ffff:127.0.0.1]"] {
      let answer = try whoami(
        daemon, "HTTP://\(place):\(daemon.port)", ["http_proxy": "http://127.0.0.1:1"])
      #expect(answer.status == 0 && !answer.errors.contains("unencrypted"), "\(answer.errors)")
    }
    try daemon.cleanUp()
  }

  @Test func `through a proxy TLS is the service's own, which the proxy cannot read`() async throws
  {
    let daemon = try Daemon()
    _ = try ChildProcess.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2", "-subj", "/CN=tenure.test", "-addext", "subjectAltName=DNS:tenure.test", "-keyout",
        daemon.folder + "/tls.key", "-out", daemon.folder + "/tls.pem",
      ])
    let tls = [
      "TENURE_TLS_CERTIFICATE": daemon.folder + "/tls.pem",
      "TENURE_TLS_KEY": daemon.folder + "/tls.key",
    ]
    let proxy = try Gateway(to: daemon.port)
    let url = "https://tenure.test:\(daemon.port)"
    let variables = [
      "HTTPS_PROXY": "127.0.0.1:\(proxy.port)", "SSL_CERT_FILE": daemon.folder + "/tls.pem",
    ]
    try await daemon.start(environment: tls) {
      try whoami(daemon, url, variables).status == 0
    }
    let asked = Set(proxy.asked)
    #expect(asked == ["CONNECT tenure.test:\(daemon.port) HTTP/1.1"])
    let other = try whoami(daemon, "https://other.test:\(daemon.port)", variables)
    #expect(other.status == 7 && other.errors.contains("certificate"), "\(other.errors)")
    let strangers = try whoami(daemon, url, variables.merging(["SSL_CERT_FILE": ""]) { $1 })
    #expect(strangers.status == 7, "\(strangers.errors)")
    try daemon.cleanUp()
  }

  @Test func `the service may lie below a path`() async throws {
    let daemon = try Daemon()
    try await daemon.start()
    let gateway = try Gateway(to: daemon.port, prefix: "/eu/tenure")
    for path in ["/eu/tenure", "/eu/tenure/"] {
      let answer = try whoami(daemon, "http://127.0.0.1:\(gateway.port)\(path)", [:])
      #expect(answer.status == 0, "\(answer.errors)")
    }
    #expect(Set(gateway.asked) == ["GET /eu/tenure/v1/whoami HTTP/1.1"])
    for url in ["http://127.0.0.1:\(gateway.port)/a?b=c", "http://ada@127.0.0.1:\(gateway.port)/a"]
    {
      #expect(try whoami(daemon, url, [:]).status == 2, "\(url)")
    }
    try daemon.cleanUp()
  }
}
