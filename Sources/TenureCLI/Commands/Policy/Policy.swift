import ArgumentParser
import Foundation
import Glibc
import JSON
import Reactor
import TenureAPI

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Publish documents, and see who accepted them",
    subcommands: [
      List.self, Show.self, Publish.self, Diff.self, Acceptances.self, Pending.self, Delete.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List policies", discussion: "Example: tenure policy list --name terms")
    @OptionGroup var listing: Listing
    @Option(help: "Only of this name") var name: String?

    func run() async throws {
      try await listing.list(
        "/v1/policies", query: ["name": name], columns: Columns.policy)
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a policy with its text",
      discussion: "Example: tenure policy show pol_… -o json | jq -r .body")
    @OptionGroup var target: Target

    func run() async throws {
      try await target.show("/v1/policies", columns: Columns.policy)
    }
  }

  struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Publish a version; the text is read from a file",
      discussion: """
        Example: tenure policy publish terms.md --name terms --version 2 --language en \
        --title 'Terms of use' --needs acceptance
        """)
    @OptionGroup var options: ClientOptions
    @Argument(help: "The file with the text; - for standard input") var file: String
    @Option(help: "Its name, the same for all versions") var name: String
    @Option(help: "A whole number, never lower than the latest") var version: Int
    @Option(help: "BCP 47, such as en or de-CH") var language: String
    @Option(help: "Its title in that language") var title: String
    @Option(help: "acceptance or notice") var needs: String
    @Option(help: "From when; from now on where it is not said") var effectiveAt: String?

    func run() async throws {
      let body = try PolicyBody.json([
        "name": name, "version": version, "language": language, "title": title,
        "body": try Input.text(of: file), "needs": needs, "effective_at": effectiveAt,
      ])
      let client = try Client(options)
      try client.show(
        try await client.call("POST", "/v1/policies", body: body), columns: Columns.policy)
    }
  }

  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how one text differs from another, by diff -u",
      discussion: "Example: tenure policy diff pol_… pol_…")
    @OptionGroup var options: ClientOptions
    @Argument(help: "The earlier one") var earlier: String
    @Argument(help: "The later one") var later: String

    func run() async throws {
      let client = try Client(options)
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("tenure-diff-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      var paths: [String] = []
      var labels: [String] = []
      for (place, id) in [("a", earlier), ("b", later)] {
        let policy = try await client.call("GET", "/v1/policies/\(id.pathSafe)")
        let path = folder.appendingPathComponent(place)
        let text = policy["body"]?.string ?? ""
        try (text.hasSuffix("\n") ? text : text + "\n").write(
          to: path, atomically: true, encoding: .utf8)
        paths.append(path.path)
        let version = policy["version"]?.int.map(String.init) ?? ""
        labels.append(
          "\(policy["name"]?.string ?? "") \(version) \(policy["language"]?.string ?? "")")
      }
      let process = try ChildProcess(
        "/usr/bin/env", ["diff", "-u", "--label", labels[0], "--label", labels[1]] + paths,
        output: STDOUT_FILENO, errors: STDERR_FILENO)
      // 1 says that they differ: that is no failure.
      if process.wait() > 1 { throw ExitCode(1) }
    }
  }

  struct Acceptances: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List who accepted a version",
      discussion: "Example: tenure policy acceptances pol_… -o csv")
    @OptionGroup var listing: Listing
    @Argument(help: "The policy's id") var id: String

    func run() async throws {
      try await listing.list(
        "/v1/policies/\(id.pathSafe)/acceptances",
        columns: Columns.acceptance)
    }
  }

  struct Pending: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List who has not accepted a version",
      discussion: "Example: tenure policy pending pol_… -o csv")
    @OptionGroup var listing: Listing
    @Argument(help: "The policy's id") var id: String

    func run() async throws {
      try await listing.list(
        "/v1/policies/\(id.pathSafe)/pending", columns: Columns.pendingAcceptance)
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a text away; what was accepted of it stays",
      discussion: "Example: tenure policy delete pol_… --yes")
    @OptionGroup var target: Target
    @OptionGroup var consent: Consent

    func run() async throws {
      if !target.options.dryRun { try consent.ask("Delete \(target.id)") }
      let client = try Client(target.options)
      let path = "/v1/policies/\(target.id.pathSafe)"
      try await client.call("DELETE", path, headers: try await client.precondition(path))
    }
  }
}
