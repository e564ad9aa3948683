import Hummingbird

/// The fixed 300-byte JSON answer by Hummingbird. Usage: Peer PORT
@main
struct Peer {
  static func main() async throws {
    let port = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 9_003
    let filler = String(repeating: "x", count: 300 - #"{"filler":""}"#.utf8.count)
    let body = ByteBuffer(string: #"{"filler":"\#(filler)"}"#)
    let router = Router()
    router.get("/") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: .init(byteBuffer: body))
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
    try await application.runService()
  }
}
