import ArgumentParser
import Glibc
import TenureAPI

/// The command line of Tenure: speaks the public contract and nothing else.
@main
struct Tenure: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenure", abstract: "Administer organisational accounts",
    discussion: """
      Data goes to standard output, everything else to standard error.

      Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 not signed in or forbidden, 5 conflict,
      6 refused by policy, 7 rate limited or unavailable after retries, 8 partial, 9 plan stale,
      130 interrupted.

      Environment: TENURE_URL, TENURE_TOKEN, TENURE_TENANT, TENURE_CONTEXT, TENURE_OUTPUT,
      TENURE_NO_INPUT; HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; SSL_CERT_FILE.
      """,
    version: "tenure \(Version.current)",
    subcommands: [
      ContextCommand.self, AuthCommand.self, TenantCommand.self, KeyCommand.self,
      AccountCommand.self, DomainCommand.self, TakeoverCommand.self, DisputeCommand.self,
      WebhookCommand.self,
      EventCommand.self, MembershipCommand.self, HoldCommand.self, ApprovalCommand.self,
      ErasureCommand.self, RetentionCommand.self, ContentCommand.self, DSRCommand.self,
      PolicyCommand.self, SuppressionCommand.self,
      OperationCommand.self, AuditCommand.self,
      RoleCommand.self, APICommand.self, Doctor.self, Completion.self,
    ])

  static func main() async {
    // A reader that went away ends us quietly, as it should.
    signal(SIGPIPE, SIG_DFL)
    do {
      var command = try parseAsRoot(nil)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      failure.report()
      Glibc.exit(failure.exitCode)
    } catch let code as ExitCode {
      Glibc.exit(code.rawValue)
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if code.isSuccess {
        print(message)
        Glibc.exit(0)
      }
      Terminal.say(message)
      // ArgumentParser ends usage errors with 64; the table says 2.
      Glibc.exit(code == .validationFailure ? 2 : 1)
    }
  }
}
