import ArgumentParser
import Foundation
import JSON
import TenureAPI

struct TenantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenant", abstract: "Administer tenants",
    subcommands: [
      List.self, Show.self, Create.self, Update.self, Suspend.self, Resume.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List tenants", discussion: "Example: tenure tenant list -o csv")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list("/v1/tenants", limit: limit, columns: Columns.tenant)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a tenant", discussion: "Example: tenure tenant show ten_… -o yaml")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("GET", "/v1/tenants/\(id.pathSafe)"), columns: Columns.tenant)
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a tenant", discussion: "Example: tenure tenant create --name Acme -o id")
    @OptionGroup var options: ClientOptions
    @Option(help: .of(TenantPatch.self, "name")) var name: String

    func run() async throws {
      let client = try Client(options)
      let body = try TenantBody.json(["name": name])
      try client.show(
        try await client.call("POST", "/v1/tenants", body: body), columns: Columns.tenant)
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a tenant; what is not named stays",
      discussion: "Example: tenure tenant update ten_… --time-zone Europe/Berlin")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String
    @Option(help: .of(TenantPatch.self, "name")) var name: String?
    @Option(help: .of(TenantPatch.self, "time_zone")) var timeZone: String?
    @Option(help: "Days between deleting an account and erasing it, 7 to 90") var purgeDays: Int?
    @Option(help: "keep or delete: shared content when its author is erased")
    var erasedContent: String?
    @Option(help: "How much a daily run of retention may dispose of; 0 for no daily run")
    var retentionBudget: Int?
    @Option(help: .of(TenantPatch.self, "common_ownership")) var commonOwnership: [String] = []

    func run() async throws {
      let client = try Client(options)
      let body = try TenantPatch.json([
        "name": name, "time_zone": timeZone, "purge_days": purgeDays,
        "erased_content": erasedContent,
        "retention_budget": retentionBudget.map { $0 == 0 ? JSONValue.null : $0.given },
        "common_ownership": commonOwnership,
      ])
      if body == .object([]) { throw Failure.usage("nothing is to be changed") }
      try client.show(
        try await client.call(
          "PATCH", "/v1/tenants/\(id.pathSafe)", body: body,
          contentType: "application/merge-patch+json"), columns: Columns.tenant)
    }
  }

  struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Refuse every key of a tenant", discussion: "Example: tenure tenant suspend ten_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("POST", "/v1/tenants/\(id.pathSafe):suspend"),
        columns: Columns.tenant)
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a suspended tenant's keys in again",
      discussion: "Example: tenure tenant resume ten_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      try client.show(
        try await client.call("POST", "/v1/tenants/\(id.pathSafe):resume"),
        columns: Columns.tenant)
    }
  }
}

extension String {
  /// An argument as a path segment: it cannot reach another resource.
  var pathSafe: String {
    addingPercentEncoding(
      withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? ""
  }
}
