import ArgumentParser
import JSON
import TenureAPI

struct DomainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "domain", abstract: "Claim and prove email domains",
    subcommands: [
      List.self, Show.self, Add.self, Check.self, Watch.self, Affiliate.self, Release.self,
      Grant.self, Grants.self, Withdraw.self, Observations.self, Allow.self, Attest.self,
    ])

  static let path = "/v1/domain_claims"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List claims", discussion: "Example: tenure domain list -o json")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(path, limit: limit, columns: Columns.domainClaim)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a claim with the record to publish",
      discussion: "Example: tenure domain show dom_… -o yaml")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "GET", "\(path)/\(id.pathSafe)", columns: Columns.domainClaim)
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Claim a domain",
      discussion: """
        The answer names the TXT record to publish.

        Example: tenure domain add acme.test --scope subtree -o yaml
        """)
    @OptionGroup var options: ClientOptions
    @Argument(help: .of(DomainClaimBody.self, "domain")) var name: String
    @Option(help: "exact, or subtree for all names below it too") var scope = "exact"

    func run() async throws {
      let body = try DomainClaimBody.json(["domain": name, "scope": scope])
      try await Client(options).perform("POST", path, body: body, columns: Columns.domainClaim)
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask the resolvers now", discussion: "Example: tenure domain check dom_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      let claim = try await client.call("POST", "\(path)/\(id.pathSafe):check")
      if let finding = claim["finding"]?.string { Terminal.say(finding) }
      try client.show(claim, columns: Columns.domainClaim)
    }
  }

  struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Wait until a claim is proven",
      discussion: "Example: tenure domain watch dom_… && tenure takeover preview --claim dom_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "Its id") var id: String

    func run() async throws {
      let client = try Client(options)
      var said = ""
      while true {
        let claim = try await client.call("POST", "\(path)/\(id.pathSafe):check")
        let state = claim["state"]?.string ?? ""
        let found = claim["finding"]?.string.map { "\(state): \($0)" } ?? state
        if found != said { Terminal.say(found) }
        said = found
        if state == "verified" { return try client.show(claim, columns: Columns.domainClaim) }
        if state != "pending" {
          throw Failure.failed("domain_\(state)", "the claim is \(state)", exitCode: 5)
        }
        try await Task.sleep(for: .seconds(5))
      }
    }
  }

  struct Affiliate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show that somebody on the domain knows of the claim",
      discussion: """
        Without --mailbox the file named by the claim is fetched; with it a code is mailed there, \
        and comes back with --code. Neither proves the domain.

        Example: tenure domain affiliate dom_… --mailbox postmaster --code 04816236
        """)
    @OptionGroup var options: ClientOptions
    @Argument(help: "The claim's id") var id: String
    @Option(help: "admin, administrator, hostmaster, postmaster or webmaster")
    var mailbox: String?
    @Option(help: .of(AffiliationBody.self, "code")) var code: String?

    func run() async throws {
      let body = try AffiliationBody.json([
        "method": mailbox == nil ? "file" : "mailbox", "mailbox": mailbox, "code": code,
      ])
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):affiliate", body: body, columns: Columns.domainClaim)
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a name up; control that rests on it is suspended",
      discussion: "Example: tenure domain release dom_… --yes")
    @OptionGroup var options: ClientOptions
    @OptionGroup var consent: Consent
    @Argument(help: "Its id") var id: String

    func run() async throws {
      if !options.dryRun { try consent.ask("Release \(id)") }
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):release", columns: Columns.domainClaim)
    }
  }

  struct Grant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let another tenant prove the name, or one below it",
      discussion: """
        Good for 14 days, and for one proof.

        Example: tenure domain grant dom_… --to ten_… --name lab.acme.test
        """)
    @OptionGroup var options: ClientOptions
    @Argument(help: "The claim's id") var id: String
    @Option(help: "The other tenant") var to: String
    @Option(help: .of(DomainGrantBody.self, "domain")) var name: String?

    func run() async throws {
      try await Client(options).perform(
        "POST", "\(path)/\(id.pathSafe):grant",
        body: try DomainGrantBody.json(["tenant_id": to, "domain": name]),
        columns: Columns.domainClaim)
    }
  }

  struct Grants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what names were given and received",
      discussion: "Example: tenure domain grants")
    @OptionGroup var options: ClientOptions
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(
        "/v1/domain_grants", limit: limit,
        columns: Columns.domainGrant)
    }
  }

  struct Withdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take back what was granted and has not been used",
      discussion: "Example: tenure domain withdraw grt_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The grant's id") var id: String

    func run() async throws {
      try await Client(options).perform(
        "DELETE", "/v1/domain_grants/\(id.pathSafe)", columns: Columns.endedGrant)
    }
  }

  struct Observations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what resolvers said", discussion: "Example: tenure domain observations dom_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The claim's id") var id: String
    @Option(help: "Show at most so many") var limit: Int?

    func run() async throws {
      try await Client(options).list(
        "\(path)/\(id.pathSafe)/observations", limit: limit,
        columns: Columns.observation)
    }
  }
}
