import ArgumentParser
import JSON

struct AuthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auth", abstract: "Say who you are to the service",
    subcommands: [WhoAmI.self])

  struct WhoAmI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "whoami", abstract: "Show the key's role and permissions",
      discussion: "Example: tenure auth whoami -o json")
    @OptionGroup var options: ClientOptions

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/whoami"),
        columns: ["plane", "role", "tenant_id", "key_id"])
    }
  }
}

struct RoleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role", abstract: "Show roles", subcommands: [List.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the roles with what they allow", discussion: "Example: tenure role list")
    @OptionGroup var options: ClientOptions

    func run() async throws {
      let client = try Client(options)
      let roles = try await client.call("GET", "/v1/roles")
      try Output.current.show(roles["data"] ?? .array([]), columns: ["name", "permissions"])
    }
  }
}
