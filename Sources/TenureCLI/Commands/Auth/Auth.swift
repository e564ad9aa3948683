import ArgumentParser
import JSON

struct AuthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "auth", abstract: "Say who you are to the service",
    subcommands: [Login.self, Logout.self, WhoAmI.self])

  struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try a key and keep it for later commands",
      discussion: """
        The key comes from a file or from standard input, never from the command line.

        Example: tenure auth login --url https://tenure.acme.test --token-stdin <key
        """)
    @OptionGroup var options: ClientOptions

    func run() async throws {
      var contexts = try Contexts.load()
      let name = options.context ?? (contexts.current.isEmpty ? "default" : contexts.current)
      try Contexts.check(name)
      guard let token = try options.token(), !token.isEmpty else {
        throw Failure.usage("a key is needed: --token-file FILE or --token-stdin")
      }
      guard let url = options.url ?? contexts.entries[name]?.url else {
        throw Failure.usage("the context '\(name)' is new: --url says where the service is")
      }
      let settings = Settings(url: url, token: token, tenant: options.tenant)
      let who = try await Client(options, settings).call("GET", "/v1/whoami")
      contexts.entries[name] = Contexts.Entry(
        url: url, tenant: options.tenant, tokenFile: options.tokenFile)
      contexts.current = name
      if options.tokenStdin { try Contexts.keepCredential(token, for: name) }
      try contexts.save()
      Terminal.say("signed in as \(who["role"]?.string ?? "person"), context '\(name)'")
    }
  }

  struct Logout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget the kept key; the service still knows it",
      discussion: "Example: tenure auth logout --context local")
    @Option(help: "The context to sign out of") var context: String?

    func run() async throws {
      var contexts = try Contexts.load()
      let name = context ?? contexts.current
      guard contexts.entries[name] != nil else {
        throw Failure.failed("not_found", "there is no context '\(name)'", exitCode: 3)
      }
      contexts.entries[name]?.tokenFile = nil
      Contexts.forgetCredential(name)
      try contexts.save()
    }
  }

  struct WhoAmI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "whoami", abstract: "Show the key's role and permissions",
      discussion: "Example: tenure auth whoami -o json")
    @OptionGroup var options: ClientOptions

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/whoami"),
        columns: Columns.caller)
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
      try Output.current.show(roles["data"] ?? .array([]), columns: Columns.role)
    }
  }
}
