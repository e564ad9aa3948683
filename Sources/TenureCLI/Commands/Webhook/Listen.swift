import ArgumentParser
import Foundation
import HTTP
import JSON
import Reactor
import Vault

extension WebhookCommand {
  /// Events on this machine: printed, and passed on to a local server.
  struct Listen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have events here: print them and pass them on to a local server",
      discussion: """
        Events to come are fetched from the feed and signed with a secret of this machine, which is \
        printed. With --secret-file this is a receiver instead: it listens on loopback, checks every \
        signature, and what reaches it from outside comes through your own TLS proxy or tunnel.

        Example: tenure webhook listen --forward-to http://localhost:3000/hook --events 'takeover.*'
        """)
    @OptionGroup var options: ClientOptions
    @Option(help: "Where to pass events on to, such as http://localhost:3000/hook")
    var forwardTo: String?
    @Option(help: "Only these types, such as 'takeover.*,control.*'") var events: String?
    @Option(help: "Receive: a file that holds whsec_… or whpk_…") var secretFile: String?
    @Option(help: "Receive: the port to listen on") var port = 3_001

    func run() async throws {
      let filter = try EventFilter(events)
      let loop = EventLoop(name: "listen")
      loop.start()
      let forwarder = try forwardTo.map { try Forwarder(to: $0, loop: loop) }
      if let secretFile {
        try await receive(secretFile, filter, forwarder, loop)
      } else {
        try await fetch(filter, forwarder)
      }
    }

    private func fetch(_ filter: EventFilter, _ forwarder: Forwarder?) async throws {
      let client = try Client(options)
      let secret = try LocalSecret.read()
      let digests = try Digests()
      guard let key = WebhookVerifier.keyBytes(secret) else {
        throw Failure.failed("config", "the local secret is damaged")
      }
      let signer = try WebhookSigner(WebhookKeys(secret: key, seed: Array(key.prefix(32))))
      var after: String?
      // What has been is passed over.
      while true {
        let page = try await page(client, after)
        after = page.events.last?["id"]?.string ?? after
        if !page.hasMore { break }
      }
      Terminal.say("signing with \(secret); waiting for events, ctrl-C ends it")
      while true {
        let page = try await page(client, after)
        for event in page.events {
          after = event["id"]?.string
          guard filter.matches(event["type"]?.string ?? "") else { continue }
          let text = event.bytes
          Terminal.put(text + [0x0A])
          guard let forwarder else { continue }
          let (id, now) = (event["id"]?.string ?? "", Int64(Date().timeIntervalSince1970))
          let message = WebhookSigner.message(id: id, timestamp: now, body: text)
          let status = await forwarder.send(
            text,
            headers: [
              ("webhook-id", id), ("webhook-timestamp", "\(now)"),
              ("webhook-signature", try signer.v1(message, digests)),
            ])
          Terminal.say("\(id) \(status.map { "answered \($0)" } ?? "not taken")")
        }
        if !page.hasMore { try await Task.sleep(for: .seconds(1)) }
      }
    }

    private func page(
      _ client: Client, _ after: String?
    ) async throws -> (events: [JSONValue], hasMore: Bool) {
      var query = ["limit": "200"]
      if let after { query["after"] = after }
      let page = try await client.call("GET", "/v1/events", query: query)
      return (page["data"]?.array ?? [], page["has_more"]?.bool == true)
    }

    private func receive(
      _ secretFile: String, _ filter: EventFilter, _ forwarder: Forwarder?, _ loop: EventLoop
    ) async throws {
      let text = try ClientOptions.readSecret(secretFile)
      guard let key = WebhookVerifier.keyBytes(text) else {
        throw Failure.usage("\(secretFile) holds neither whsec_… nor whpk_…")
      }
      let receiver = try Receiver(
        key: key, isPublic: text.hasPrefix("whpk_"), filter: filter, forwarder: forwarder)
      let server = HTTPServer(loop: loop, service: receiver)
      let acceptor = try Acceptor(host: "127.0.0.1", port: port, servers: [server]) { nil }
      try await loop.run { server.start() }
      acceptor.start()
      Terminal.say("listening on http://127.0.0.1:\(acceptor.port); ctrl-C ends it")
      while true { try await Task.sleep(for: .seconds(3_600)) }
    }
  }

  /// Checks every signature, prints the event, and may pass it on.
  private final class Receiver: HTTPService, @unchecked Sendable {
    private let key: [UInt8]
    private let isPublic: Bool
    private let digests: Digests
    private let filter: EventFilter
    private let forwarder: Forwarder?

    init(key: [UInt8], isPublic: Bool, filter: EventFilter, forwarder: Forwarder?) throws {
      self.key = key
      self.isPublic = isPublic
      self.filter = filter
      self.forwarder = forwarder
      digests = try Digests()
    }

    func bodyPolicy(for request: HTTPRequest) -> BodyPolicy { .buffered(bytesMax: 65_536) }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
      let names: [StaticString] = ["webhook-id", "webhook-timestamp", "webhook-signature"]
      let values = names.map { request.header($0) ?? "" }
      do {
        try WebhookVerifier.verify(
          id: values[0], timestamp: values[1], signatures: values[2], body: request.body,
          secret: isPublic ? nil : key, publicKey: isPublic ? key : nil,
          now: Int64(Date().timeIntervalSince1970), digests: digests)
      } catch {
        let reason = (error as? WebhookVerifier.Refusal)?.rawValue ?? "\(error)"
        Terminal.say("refused: \(reason)")
        return HTTPResponse(status: 401)
      }
      let type = (try? JSONValue(parsing: request.body))?["type"]?.string ?? ""
      guard filter.matches(type) else { return HTTPResponse(status: 204) }
      Terminal.put(request.body + [0x0A])
      guard let forwarder else { return HTTPResponse(status: 204) }
      let status = await forwarder.send(
        request.body, headers: zip(names, values).map { (name: "\($0)", value: $1) })
      return HTTPResponse(status: status ?? 502)
    }

    func refusal(status: Int, reason: StaticString) -> HTTPResponse { HTTPResponse(status: status) }
  }
}
