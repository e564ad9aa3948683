import Foundation
import Reactor
import TenureKernel
import TenureServer
import Vault

/// Where the root key is read from: the setting, a file, or a command that prints it.
enum RootKeySource {
  static func read(_ configuration: Configuration) throws -> RootKey {
    var text = configuration["root_key"]
    if text.isEmpty { text = try run(configuration["root_key_command"]) }
    guard let key = RootKey(text: text, digests: try Digests()) else {
      throw ServiceFailure(
        description: "the root key must be 32 bytes, as 64 hexadecimal digits or as base64")
    }
    return key
  }

  /// The root key with its predecessor, and the epochs' keys if a directory for them is set.
  static func keyring(_ configuration: Configuration) throws -> Keyring {
    let root = try read(configuration)
    let text = configuration["root_key_previous"]
    let previous = RootKey(text: text, digests: try Digests())
    if !text.isEmpty && previous == nil {
      throw ServiceFailure(
        description: "root_key_previous must be 32 bytes, as 64 hexadecimal digits or as base64")
    }
    let bare = Keyring(root: root, previous: previous)
    let directory = configuration["vault_dir"]
    if directory.isEmpty { return bare }
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let file = EpochFile(directory: directory)
    if try file.read().isEmpty {
      let key = try bare.makeEpochKey(1, sealer: try Sealer())
      try file.write([
        .init(number: 1, begunAt: SystemClock().now, rootID: root.id, key: key)
      ])
    }
    return Keyring(root: root, previous: previous, epochs: EpochKeys { file.open(bare) })
  }

  private static func run(_ command: String) throws -> String {
    let ended = try ChildProcess.run("/bin/sh", ["-c", command], isAttended: true)
    guard ended.status == 0 else {
      throw ServiceFailure(description: "root_key_command failed with status \(ended.status)")
    }
    return ended.output
  }
}
