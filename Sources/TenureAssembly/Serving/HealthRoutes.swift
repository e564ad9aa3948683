import CFiles
import JSON
import Postgres
import TenureAPI
import TenureKernel
import TenureServer

/// What anybody may ask: is the service alive, what is its contract, what does an error mean.
enum HealthRoutes {
  @Sendable
  static func getLiveness(_ call: Call) async throws -> Reply {
    Reply(body: Array(#"{"status":"live"}"#.utf8))
  }

  /// Ready when the database answers on this loop's connection.
  @Sendable
  static func getReadiness(_ call: Call) async throws -> Reply {
    guard call.worker.database.isConnected,
      (try? await call.worker.database.run(["SELECT 1::bigint"])) != nil
    else { throw Problem(.unavailable, "the database does not answer") }
    return Reply(body: Array(#"{"status":"ready"}"#.utf8))
  }

  @Sendable
  static func getContract(_ call: Call) async throws -> Reply {
    var reply = Reply(body: Array(String(cString: cfiles_text("tenure.yaml")).utf8))
    reply.contentType = "application/yaml"
    return reply
  }

  @Sendable
  static func listProblems(_ call: Call) async throws -> Reply {
    var writer = JSONWriter()
    writer.page(ProblemCode.allCases.map { ProblemPage(code: $0) }, nextCursor: nil)
    return Reply(body: writer.bytes)
  }

  @Sendable
  static func getProblem(_ call: Call) async throws -> Reply {
    guard let code = ProblemCode(rawValue: call.pathText(0)) else { throw Problem(.notFound) }
    return Reply(ProblemPage(code: code))
  }
}

/// The page behind a problem's `type`.
private struct ProblemPage: View {
  let code: ProblemCode

  func write(to writer: inout JSONWriter) {
    let entry = code.entry
    writer.object { writer in
      writer.key("code")
      writer.string(code.rawValue)
      writer.key("status")
      writer.int(entry.status)
      writer.key("title")
      writer.string(entry.title)
      writer.key("help")
      writer.string(entry.help)
      writer.key("retryable")
      writer.bool(code.isRetryable)
    }
  }
}
