import CSystem
import Foundation
import Glibc
package import Tenure
import TenureKernel
package import Vault

/// The file of epoch keys, outside the database.
///
/// Each epoch that still has its key is a line, with the key wrapped under the root key:
///
///     number · RFC 3339 · root id · base64 of the wrapped key · base64 of its commitment
package struct EpochFile: Sendable {
  package struct Epoch: Sendable {
    let number: Int
    let begunAt: Timestamp
    let rootID: String
    let key: WrappedKey

    package init(number: Int, begunAt: Timestamp, rootID: String, key: WrappedKey) {
      self.number = number
      self.begunAt = begunAt
      self.rootID = rootID
      self.key = key
    }
  }

  let path: String

  package init(directory: String) { path = directory + "/epochs" }

  /// The epochs, oldest first; none where there is no file yet.
  package func read() throws -> [Epoch] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: " ")
      guard parts.count == 5, let number = Int(parts[0]),
        let begunAt = Timestamp(parsing: String(parts[1])),
        let wrapped = Data(base64Encoded: String(parts[3])),
        let commitment = Data(base64Encoded: String(parts[4]))
      else { throw ServiceFailure(description: "\(path) is damaged") }
      return Epoch(
        number: number, begunAt: begunAt, rootID: String(parts[2]),
        key: WrappedKey(
          version: number, wrapped: Array(wrapped), commitment: Array(commitment)))
    }.sorted { $0.number < $1.number }
  }

  /// Replaces the file by these epochs, whole or not at all; it is on the disk when this returns.
  ///
  /// The contents of the old file are overwritten, because destroyed keys must not remain.
  package func write(_ epochs: [Epoch]) throws {
    let lines = epochs.map { epoch in
      "\(epoch.number) \(epoch.begunAt) \(epoch.rootID) "
        + "\(Data(epoch.key.wrapped).base64EncodedString()) "
        + "\(Data(epoch.key.commitment).base64EncodedString())\n"
    }
    let old = Glibc.open(path, O_RDWR)
    try DurableFile.replace(path, with: Array(lines.joined().utf8))
    // The path leads to the new file now; the blocks of the old one are overwritten as far as the
    // disk does that.
    guard old >= 0 else { return }
    defer { close(old) }
    let count = Int(lseek(old, 0, SEEK_END))
    let zeros = [UInt8](repeating: 0, count: max(0, count))
    _ = pwrite(old, zeros, zeros.count, 0)
    fsync(old)
  }

  /// The unwrapped keys by epoch; those that cannot be unwrapped are left out.
  package func open(_ keyring: Keyring) -> [Int: KeyMaterial] {
    guard let epochs = try? read(), let sealer = try? Sealer() else { return [:] }
    var keys: [Int: KeyMaterial] = [:]
    for epoch in epochs {
      keys[epoch.number] = try? keyring.unwrapEpochKey(
        epoch.key, rootID: epoch.rootID, sealer: sealer)
    }
    return keys
  }
}
