import ArgumentParser
import Foundation
import Logging
import TenureAssembly
import TenureKernel
import TenureServer

/// Progress and failures of work from the command line, on standard error.
private func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

private func failing(_ body: () async throws -> Void) async throws {
  do { try await body() } catch let failure as ServiceFailure {
    say("tenured: \(failure.description)")
    throw ExitCode(1)
  }
}

private let log = Logger(label: "tenured") { _ in LineLogHandler(level: .warning) }

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Write a backup into a new directory",
    discussion: """
      Keys of people lie in a file of their own: take them often (--keys-only), the data as seldom as
      you like. Keep the root key and vault_dir elsewhere.
      """)

  @OptionGroup var options: SettingOptions
  @Flag(help: "Only the keys") var keysOnly = false
  @Argument(help: "The directory") var directory: String

  func run() async throws {
    try await failing {
      try Backup(configuration: try options.load()).write(to: directory, keysOnly: keysOnly)
      print(directory)
    }
  }
}

struct VerifyBackup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-backup", abstract: "Check that a backup is what its manifest says")

  @OptionGroup var options: SettingOptions
  @Argument(help: "The directory") var directory: String

  func run() async throws {
    try await failing {
      let counts = try Restore(configuration: try options.load(), directory: directory).verify()
      for (name, count) in counts { print("\(name) \(count)") }
    }
  }
}

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Restore a backup into the empty database of the settings",
    discussion: """
      What was erased since is erased again, by the ledger in vault_dir, before anybody is served;
      without the ledger that the database knows nothing is.
      """)

  @OptionGroup var options: SettingOptions
  @Option(help: "A newer file of keys: 'keys' of a later backup") var keys: String?
  @Argument(help: "The directory") var directory: String

  func run() async throws {
    try await failing {
      let restore = Restore(configuration: try options.load(), directory: directory)
      let repeated = try await restore.run(keys: keys, log: log)
      print("restored; \(repeated) erasures were repeated")
    }
  }
}

struct RotateKeys: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-keys", abstract: "Move keys on while the service serves",
    discussion: """
      `root` puts every tenant's key under the present root key (root_key_previous names the one
      before). `epoch` begins a new epoch, moves everybody's key into it and destroys the key of the
      epochs before: what was erased is unreadable in every backup from then on. `tenants` gives
      every tenant a new key and wraps people's keys under it; what the audit log says stays under
      the key it was written with. `accounts` gives every account a new key and seals it anew: data
      that was backed up before does not open with the new keys, so take a backup after it. All go
      on where a kill left them.
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable { case root, epoch, tenants, accounts }

  @OptionGroup var options: SettingOptions
  @Option(help: "Keys of tenants and accounts that are younger, in hours, stay")
  var olderThanHours = 24
  @Argument(help: "root, epoch, tenants or accounts") var kind: Kind

  func run() async throws {
    try await failing {
      let configuration = try options.load()
      let service = Service(configuration: configuration, clock: SystemClock(), log: log)
      let (kind, hours) = (kind, olderThanHours)
      let isDone = try await service.maintain { worker in
        let rotation = KeyRotation(
          worker: worker, directory: configuration["vault_dir"],
          epochDays: configuration.int("epoch_days"))
        let renewal = KeyRenewal(worker: worker, olderThan: .seconds(hours * 3_600))
        switch kind {
        case .tenants:
          try await renewal.renewTenants(rotation) { say($0) }
          return true
        case .accounts:
          say("\(try await renewal.renewAccounts { say($0) }) accounts in all")
          return true
        case .root, .epoch: break
        }
        if kind == .epoch {
          if configuration["vault_dir"].isEmpty {
            throw ServiceFailure(description: "vault_dir is not set: there are no epochs")
          }
          try rotation.begin()
        }
        let moved = try await rotation.moveAll { say("\($0) keys moved") }
        say("\(moved) keys moved in all")
        return kind == .root ? true : try await rotation.close()
      }
      if isDone { return print("done") }
      say("something still uses an old epoch: its key stays; run this again")
      throw ExitCode(1)
    }
  }
}
