import ArgumentParser
import JSON

extension TakeoverCommand {
  struct Disputes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the disputes of one case, and what was decided",
      discussion: "Example: tenure takeover disputes cas_… -o json")
    @OptionGroup var target: Target

    func run() async throws {
      let client = try Client(target.options)
      let disputes = try await client.call(
        "GET", "/v1/takeover_cases/\(target.id.pathSafe)/disputes")
      try Output.current.show(disputes["data"] ?? .array([]), columns: Columns.dispute)
    }
  }
}
