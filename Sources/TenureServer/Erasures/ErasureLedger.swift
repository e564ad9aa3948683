import Foundation
import Glibc
import Tenure
import TenureKernel
import Vault

/// What was erased, written down outside the database: a restored backup learns from it what must
/// not come back.
///
/// A line for each: number · tenant · account · method · RFC 3339 · SHA-256 over the line before and
/// this one. Whoever drops or changes a line breaks the chain.
struct ErasureLedger: Sendable {
  struct Entry: Sendable, Equatable {
    let tenant: TenantID
    let account: AccountID
    let method: String
    let erasedAt: Timestamp
  }

  /// How far the ledger goes, and the hash of its last line.
  struct Head: Sendable, Equatable {
    var entries = 0
    var hash = ""
  }

  let path: String

  init(directory: String) { path = directory + "/erasures" }

  /// Names the directory: a database knows by it which one is its own.
  func identity() throws -> String {
    let path = (self.path as NSString).deletingLastPathComponent + "/id"
    if let data = FileManager.default.contents(atPath: path) {
      return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let identity = UUID().uuidString.lowercased()
    try DurableFile.replace(path, with: Array((identity + "\n").utf8))
    return identity
  }

  /// Every entry with the head after it.
  func read() throws -> [(entry: Entry, head: Head)] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let digests = try Digests()
    var head = Head()
    var lines = String(decoding: data, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    // A line that a crash cut short was never counted by the database.
    lines.removeLast()
    return try lines.map { line in
      let parts = line.split(separator: " ").map(String.init)
      guard parts.count == 6, Int(parts[0]) == head.entries + 1,
        let erasedAt = Timestamp(parsing: parts[4])
      else { throw damaged(head.entries + 1) }
      let entry = Entry(
        tenant: try TenantID(parsing: parts[1]), account: try AccountID(parsing: parts[2]),
        method: parts[3], erasedAt: erasedAt)
      let (text, next) = try Self.line(entry, after: head, digests)
      guard text == line else { throw damaged(head.entries + 1) }
      head = next
      return (entry, next)
    }
  }

  /// Writes entries after a head, and answers the new one; on the disk when this returns.
  ///
  /// What a crash left behind the head is cut off first: the database never counted it.
  func append(_ entries: [Entry], after head: Head) throws -> Head {
    let digests = try Digests()
    var text = ""
    var next = head
    for entry in entries {
      let (line, after) = try Self.line(entry, after: next, digests)
      text += line + "\n"
      next = after
    }
    if try lastLine() == head {
      try DurableFile.append(path, Array(text.utf8))
    } else {
      let known = try read().prefix { $0.head.entries <= head.entries }
      guard known.last?.head ?? Head() == head else { throw damaged(head.entries) }
      var before = Head()
      var kept = ""
      for item in known {
        kept += try Self.line(item.entry, after: before, digests).text + "\n"
        before = item.head
      }
      try DurableFile.replace(path, with: Array((kept + text).utf8))
    }
    return next
  }

  /// What the file ends with, where that is a whole line: reading all of it takes long in time.
  private func lastLine() throws -> Head? {
    guard let file = FileHandle(forReadingAtPath: path) else { return Head() }
    defer { try? file.close() }
    let size = try file.seekToEnd()
    if size == 0 { return Head() }
    try file.seek(toOffset: size > 1_024 ? size - 1_024 : 0)
    let tail = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    guard tail.hasSuffix("\n"), let line = tail.split(separator: "\n").last else { return nil }
    let parts = line.split(separator: " ")
    guard parts.count == 6, let number = Int(parts[0]) else { return nil }
    return Head(entries: number, hash: String(parts[5]))
  }

  private static func line(
    _ entry: Entry, after head: Head, _ digests: Digests
  ) throws -> (text: String, head: Head) {
    let text =
      "\(head.entries + 1) \(entry.tenant) \(entry.account) \(entry.method) \(entry.erasedAt)"
    let hash = Hexadecimal.encode(try digests.sha256(Array("\(head.hash)\n\(text)".utf8)))
    return ("\(text) \(hash)", Head(entries: head.entries + 1, hash: hash))
  }

  private func damaged(_ line: Int) -> ServiceFailure {
    ServiceFailure(
      description: "\(path) is damaged, or not the ledger of this database: line \(line)")
  }
}
