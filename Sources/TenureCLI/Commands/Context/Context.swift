import ArgumentParser
import JSON

struct ContextCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "Name services and keys, and choose among them",
    subcommands: [Set.self, Use.self, List.self, Delete.self])

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add or change a context, and use it",
      discussion: "Example: tenure context set local --url http://127.0.0.1:8080 --token-file key")
    @Argument(help: "Its name") var name: String
    @Option(help: "The service's URL") var url: String
    @Option(help: "A file that holds the key") var tokenFile: String?
    @Flag(help: "Read the key from standard input and keep it") var tokenStdin = false
    @Option(help: "The tenant to act in (operator keys only)") var tenant: String?

    func run() async throws {
      try Contexts.check(name)
      var contexts = try Contexts.load()
      contexts.entries[name] = Contexts.Entry(url: url, tenant: tenant, tokenFile: tokenFile)
      contexts.current = name
      if tokenStdin {
        guard let token = readLine(strippingNewline: true), !token.isEmpty else {
          throw Failure.usage("standard input holds no key")
        }
        try Contexts.keepCredential(token, for: name)
      }
      try contexts.save()
      Terminal.say("using context '\(name)'")
    }
  }

  struct Use: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Use a context from now on")
    @Argument(help: "Its name") var name: String

    func run() async throws {
      var contexts = try Contexts.load()
      guard contexts.entries[name] != nil else {
        throw Failure.failed("not_found", "there is no context '\(name)'", exitCode: 3)
      }
      contexts.current = name
      try contexts.save()
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the contexts")
    @Option(name: .shortAndLong, help: "table, json, jsonl, yaml, csv or id") var output: Output =
      .table

    func run() async throws {
      let contexts = try Contexts.load()
      let rows = contexts.entries.sorted { $0.key < $1.key }.map { name, entry in
        JSONValue.object([
          ("id", .string(name)), ("url", .string(entry.url)),
          ("tenant", entry.tenant.map { .string($0) } ?? .null),
          ("current", .bool(name == contexts.current)),
        ])
      }
      try output.show(.array(rows), columns: ["id", "url", "tenant", "current"])
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a context and its key")
    @Argument(help: "Its name") var name: String

    func run() async throws {
      var contexts = try Contexts.load()
      guard contexts.entries.removeValue(forKey: name) != nil else {
        throw Failure.failed("not_found", "there is no context '\(name)'", exitCode: 3)
      }
      if contexts.current == name { contexts.current = "" }
      Contexts.forgetCredential(name)
      try contexts.save()
    }
  }
}
