import ArgumentParser
import JSON
import Tenure

struct EventCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "event", abstract: "Read what happened", subcommands: [Tail.self, Types.self])

  struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print events, and with -f those to come",
      discussion: "Example: tenure event tail -f --type 'takeover.*' -o jsonl")
    @OptionGroup var options: ClientOptions
    @Flag(name: .shortAndLong, help: "Go on with what is to come") var follow = false
    @Option(help: "Only this type, or such as 'takeover.*'") var type: String?
    @Option(help: "Only those after this event") var after: String?

    func run() async throws {
      let client = try Client(options)
      let lines = Lines(
        Output.current, columns: Columns.event)
      var after = after
      var isFirst = true
      while true {
        var query = ["limit": "200"]
        if let type { query["type"] = type }
        if let after { query["after"] = after }
        let page = try await client.call("GET", "/v1/events", query: query)
        let events = page["data"]?.array ?? []
        if !events.isEmpty { lines.show(events, isLast: false, isFirst: isFirst) }
        isFirst = isFirst && events.isEmpty
        if let last = events.last?["id"]?.string { after = last }
        if page["has_more"]?.bool == true { continue }
        if !follow { return }
        try await Task.sleep(for: .seconds(1))
      }
    }
  }

  struct Types: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the types of events", discussion: "Example: tenure event types")

    func run() throws {
      for type in EventType.allCases { Terminal.put(Array((type.rawValue + "\n").utf8)) }
    }
  }
}
