import ArgumentParser
import CSystem
import Foundation
import Logging
import TenureAPI
import TenureAssembly
import TenureKernel
import TenureServer

/// The daemon: reads its configuration, serves, and stops cleanly.
@main
struct Tenured: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenured", abstract: "Serve Tenure", version: "tenured \(Version.current)",
    subcommands: [
      Serve.self, CheckConfig.self, Migrate.self, BackupCommand.self, VerifyBackup.self,
      RestoreCommand.self, RotateKeys.self, HealthCheck.self,
    ], defaultSubcommand: Serve.self)

}

/// Settings shared by the commands: `--set name=value`, the environment, a file.
struct SettingOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "The configuration file")
  var file: String?

  @Option(name: .customLong("set"), help: "A setting as NAME=VALUE; repeatable")
  var settings: [String] = []

  /// Reads the configuration, or ends with every problem it has.
  func load() throws -> Configuration {
    var flags: [String: String] = [:]
    for setting in settings {
      guard let equals = setting.firstIndex(of: "=") else {
        throw ValidationError("--set wants NAME=VALUE, not '\(setting)'")
      }
      flags[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
    }
    let environment = ProcessInfo.processInfo.environment
    do {
      return try Configuration(
        flags: flags, environment: environment, file: file ?? environment["TENURE_CONFIG"])
    } catch {
      throw ValidationError(error.description)
    }
  }
}

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Serve the API until told to stop")

  @OptionGroup var options: SettingOptions

  func run() async throws {
    let configuration = try options.load()
    let level = Logger.Level(rawValue: configuration["log_level"]) ?? .notice
    LoggingSystem.bootstrap { _ in LineLogHandler(level: level) }
    let log = Logger(label: "tenured")
    csys_watch_signals()
    _ = csys_raise_descriptor_limit()
    csys_forbid_dumps()
    let service = Service(configuration: configuration, clock: SystemClock(), log: log)
    do {
      try await service.start()
    } catch {
      log.critical("cannot start", metadata: ["error": "\(error)"])
      throw ExitCode(1)
    }
    log.notice(
      "listening", metadata: ["address": "\(configuration["listen"])", "port": "\(service.port)"])
    await waitForStop(service, log)
    log.notice("stopping")
    await service.stop()
  }

  /// Returns at SIGTERM or SIGINT; SIGHUP reads the certificate and the trusted roots again.
  private func waitForStop(_ service: Service, _ log: Logger) async {
    while true {
      let number = await withUnsafeContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: csys_wait_signal()) }
      }
      if number != SIGHUP { return }
      do {
        try service.reloadCertificates()
        log.notice("the certificates were read again")
      } catch {
        log.error("the certificates stay as they were", metadata: ["error": "\(error)"])
      }
    }
  }
}

struct CheckConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Print every setting with its value and source")

  @OptionGroup var options: SettingOptions

  func run() throws { print(try options.load().report) }
}

struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring the schema up to date, or say where it is",
    subcommands: [Up.self, Status.self], defaultSubcommand: Up.self)

  struct Up: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Apply what is pending")
    @OptionGroup var options: SettingOptions

    func run() throws {
      let names = try Maintenance.migrate(try options.load())
      print(names.isEmpty ? "nothing to do" : names.map { "applied \($0)" }.joined(separator: "\n"))
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say which steps are applied")
    @OptionGroup var options: SettingOptions

    func run() throws {
      for (name, state) in try Maintenance.migrationStatus(try options.load()) {
        print("\(state) \(name)")
      }
    }
  }
}

struct HealthCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck", abstract: "Succeed when the service on this machine is ready")

  @OptionGroup var options: SettingOptions

  func run() throws {
    let configuration = try options.load()
    guard let (host, port) = configuration.address("listen") else { throw ExitCode(1) }
    guard Maintenance.isReady(host: host, port: port) else { throw ExitCode(1) }
    print("ready")
  }
}
