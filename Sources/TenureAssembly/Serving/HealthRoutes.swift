import CFiles
import Postgres
import TenureAPI
import TenureKernel

/// Endpoints without a key: health, the contract, and the explanations of problems.
enum HealthRoutes {
  @Sendable
  static func getLiveness(_ call: Call) async throws -> Reply {
    Reply(Health(.live))
  }

  /// Ready if this loop is connected to the database, which it watches, and is not about to stop.
  ///
  /// The database is not asked: whoever asks without a key must not have it work.
  @Sendable
  static func getReadiness(_ call: Call) async throws -> Reply {
    if call.worker.isEnding { throw Problem(.unavailable, "the service is stopping") }
    guard call.worker.database.isConnected else {
      throw Problem(.unavailable, "the database is not connected")
    }
    return Reply(Health(.ready))
  }

  @Sendable
  static func getContract(_ call: Call) async throws -> Reply {
    var reply = Reply(body: contract)
    reply.contentType = "application/yaml"
    reply.isStatic = true
    return reply
  }

  private static let contract = Array(String(cString: cfiles_text("tenure.yaml")).utf8)

  @Sendable
  static func listProblems(_ call: Call) async throws -> Reply {
    Reply(page: ProblemCode.allCases.map { ProblemExplanation(code: $0) })
  }

  @Sendable
  static func getProblem(_ call: Call) async throws -> Reply {
    guard let code = ProblemCode(rawValue: call.pathText(0)) else { throw Problem(.notFound) }
    return Reply(ProblemExplanation(code: code))
  }
}
