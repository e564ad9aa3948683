import Glibc
import HTTP
import Reactor

/// A fixed 300-byte JSON answer by our own server, to be measured against a bare epoll loop and
/// against Hummingbird. Usage: FixedAnswer PORT [CERTIFICATE KEY]
final class FixedAnswer: HTTPService {
  private let response: HTTPResponse

  init() {
    let filler = String(repeating: "x", count: 300 - #"{"filler":""}"#.utf8.count)
    response = HTTPResponse(status: 200, body: Array(#"{"filler":"\#(filler)"}"#.utf8))
  }

  func bodyPolicy(for request: HTTPRequest) -> BodyPolicy { .buffered(bytesMax: 1 << 20) }

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    request.method == .other ? refusal(status: 405, reason: "unknown method") : response
  }

  func refusal(status: Int, reason: StaticString) -> HTTPResponse {
    HTTPResponse(status: status, contentType: "text/plain", body: Array("\(reason)".utf8))
  }
}

@main
struct Main {
  nonisolated static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2, let port = Int(arguments[1]) else {
      print("usage: FixedAnswer PORT [CERTIFICATE KEY]")
      exit(2)
    }
    signal(SIGPIPE, SIG_IGN)
    let tls =
      arguments.count == 4
      ? try TLSContext(certificateFile: arguments[2], keyFile: arguments[3]) : nil
    let service = FixedAnswer()
    let loops = (0..<2).map { EventLoop(name: "loop-\($0)") }
    let servers = loops.map { HTTPServer(loop: $0, service: service) }
    for (loop, server) in zip(loops, servers) {
      loop.start()
      loop.execute { server.start() }
    }
    let acceptor = try Acceptor(host: "127.0.0.1", port: port, servers: servers, tls: { tls })
    acceptor.start()
    print("listening on \(acceptor.port)")
    while true { try await Task.sleep(for: .seconds(3_600)) }
  }
}
