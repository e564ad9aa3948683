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

  /// Ready if the database answers on this loop's connection.
  @Sendable
  static func getReadiness(_ call: Call) async throws -> Reply {
    guard call.worker.database.isConnected,
      (try? await call.worker.database.run(["SELECT 1::bigint"])) != nil
    else { throw Problem(.unavailable, "the database does not answer") }
    return Reply(Health(.ready))
  }

  @Sendable
  static func getContract(_ call: Call) async throws -> Reply {
    var reply = Reply(body: Array(String(cString: cfiles_text("tenure.yaml")).utf8))
    reply.contentType = "application/yaml"
    return reply
  }

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
