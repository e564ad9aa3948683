import ArgumentParser
import Foundation
import HTTP
import JSON
import Reactor
import Vault

extension WebhookCommand {
  /// A receiver on this machine: checks every signature, prints the event, and may pass it on.
  struct Listen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Receive events here, check them and print them",
      discussion: """
        Listens on loopback; what reaches it from outside comes through your own TLS proxy or tunnel.

        Example: tenure webhook listen --port 3001 --secret-file whsec --forward-to 127.0.0.1:3000
        """)
    @Option(help: "The port to listen on") var port = 3_001
    @Option(help: "A file that holds whsec_… or whpk_…") var secretFile: String
    @Option(help: "Address and port of a local server to pass events on to") var forwardTo: String?

    func run() async throws {
      let text = try ClientOptions.readSecret(secretFile)
      guard let key = WebhookVerifier.keyBytes(text) else {
        throw Failure.usage("\(secretFile) holds neither whsec_… nor whpk_…")
      }
      let loop = EventLoop(name: "listen")
      loop.start()
      let receiver = try Receiver(
        key: key, isPublic: text.hasPrefix("whpk_"), loop: loop, forwardTo: forwardTo)
      let server = HTTPServer(loop: loop, service: receiver)
      let acceptor = try Acceptor(host: "127.0.0.1", port: port, servers: [server]) { nil }
      try await loop.run { server.start() }
      acceptor.start()
      Terminal.say("listening on http://127.0.0.1:\(acceptor.port); ctrl-C ends it")
      while true { try await Task.sleep(for: .seconds(3_600)) }
    }
  }

  private final class Receiver: HTTPService, @unchecked Sendable {
    private let key: [UInt8]
    private let isPublic: Bool
    private let digests: Digests
    private let client: HTTPClient
    private let forward: (host: String, port: Int)?

    init(key: [UInt8], isPublic: Bool, loop: EventLoop, forwardTo: String?) throws {
      self.key = key
      self.isPublic = isPublic
      digests = try Digests()
      var limits = HTTPClient.Limits()
      limits.requiresGlobalAddress = false
      client = HTTPClient(loop: loop, tls: nil, limits: limits)
      forward = try forwardTo.map { text in
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else {
          throw Failure.usage("--forward-to wants such as 127.0.0.1:3000")
        }
        return (String(parts[0]), port)
      }
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
      Terminal.put(request.body + [0x0A])
      guard let forward, let address = OutboundAddress(forward.host) else {
        return HTTPResponse(status: 204)
      }
      var out = OutboundRequest(
        method: "POST", host: forward.host, port: forward.port, target: "/")
      out.headers = zip(names, values).map { (name: "\($0)", value: $1) }
      out.headers.append(("Content-Type", "application/json"))
      out.body = request.body
      guard let answer = try? await client.send(out, to: address) else {
        return HTTPResponse(status: 502)
      }
      return HTTPResponse(status: answer.status)
    }

    func refusal(status: Int, reason: StaticString) -> HTTPResponse { HTTPResponse(status: status) }
  }
}
