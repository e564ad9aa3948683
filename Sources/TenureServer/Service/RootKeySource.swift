import Foundation
import Vault

/// Where the root key comes from: the setting, its file, or a command that prints it.
enum RootKeySource {
  static func read(_ configuration: Configuration) throws -> RootKey {
    var text = configuration["root_key"]
    if text.isEmpty { text = try run(configuration["root_key_command"]) }
    guard let key = RootKey(text: text, digests: try Digests()) else {
      throw Service.Failure(
        description: "the root key must be 32 bytes, as 64 hexadecimal digits or as base64")
    }
    return key
  }

  private static func run(_ command: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Service.Failure(
        description: "root_key_command failed with status \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
