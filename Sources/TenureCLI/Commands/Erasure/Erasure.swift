import ArgumentParser
import Foundation
import HTTP
import JSON

struct ErasureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erasure", abstract: "See and prove what was erased",
    subcommands: [List.self, Show.self, Certificate.self, Verify.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what was erased", discussion: "Example: tenure erasure list -o csv")
    @OptionGroup var listing: Listing
    @Option(help: "Only of this account") var account: String?

    func run() async throws {
      try await listing.list(
        "/v1/erasures", query: ["account_id": account], columns: Columns.erasure)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an erasure", discussion: "Example: tenure erasure show ers_…")
    @OptionGroup var target: Target

    func run() async throws {
      try await target.show("/v1/erasures", columns: Columns.erasure)
    }
  }

  struct Certificate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetch the signed certificate of an erasure",
      discussion: "Example: tenure erasure certificate ers_… > certificate.json")
    @OptionGroup var target: Target

    func run() async throws {
      let client = try Client(target.options)
      let answer = try await client.send("GET", "/v1/erasures/\(target.id.pathSafe)/certificate")
      FileHandle.standardOutput.write(Data(answer.body + [0x0A]))
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a certificate offline, and show what it certifies",
      discussion: "Example: tenure erasure verify certificate.json --key \"$(cat log.vkey)\"")
    @Option(help: "The verifier key of the tenant's audit log, kept apart from the service")
    var key: String
    @Argument(help: "The certificate; - for standard input") var file: String

    func run() throws {
      let data = try Input.data(of: file)
      do {
        var bytes = Array(data)
        while bytes.last == 0x0A { bytes.removeLast() }
        let claims = try ErasureVerifier.verify(bytes, key: key)
        print(String(decoding: claims, as: UTF8.self))
      } catch let refusal as ErasureVerifier.Refusal {
        throw Failure.failed("not_proven", refusal.description)
      }
    }
  }
}
