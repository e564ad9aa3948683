import ArgumentParser
import TenureAPI

extension DomainCommand {
  struct Attest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Vouch for a claim that DNS does not prove, as the operator",
      discussion: """
        Example: tenure domain attest dom_… --tenant ten_… --review-on 2027-06-01T00:00:00Z \
        --reason 'the register of companies' --yes
        """)
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent
    @Option(help: "When somebody is to look again (RFC 3339)") var reviewOn: String

    func run() async throws {
      guard let reason = target.options.reason else { throw Failure.usage("--reason says why") }
      if !target.options.dryRun { try consent.ask("Vouch for \(target.id)") }
      try await Client(target.options).perform(
        "POST", "\(path)/\(target.id.pathSafe):attest",
        body: try AttestationBody.json(["reason": reason, "review_on": reviewOn]),
        columns: Columns.domainClaim)
    }
  }
}
