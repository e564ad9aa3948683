import Foundation
import Glibc

/// Writes files so that they survive a crash of the machine.
package enum DurableFile {
  package static func replace(_ path: String, with bytes: [UInt8]) throws {
    let temporary = path + ".new"
    let fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard fd >= 0 else { throw failure(temporary) }
    defer { close(fd) }
    guard write(fd, bytes, bytes.count) == bytes.count, fsync(fd) == 0,
      rename(temporary, path) == 0
    else { throw failure(path) }
    try syncDirectory(of: path)
  }

  package static func append(_ path: String, _ bytes: [UInt8]) throws {
    let fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard fd >= 0 else { throw failure(path) }
    defer { close(fd) }
    guard write(fd, bytes, bytes.count) == bytes.count, fsync(fd) == 0 else {
      throw failure(path)
    }
    try syncDirectory(of: path)
  }

  private static func syncDirectory(of path: String) throws {
    let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY)
    guard directory >= 0 else { throw failure(path) }
    defer { close(directory) }
    fsync(directory)
  }

  private static func failure(_ path: String) -> ServiceFailure {
    ServiceFailure(description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
