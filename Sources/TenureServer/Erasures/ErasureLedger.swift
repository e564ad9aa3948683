import Foundation
import Glibc
import Tenure
import TenureKernel
import Vault

/// A file outside the database that lists everything that was erased, so that a restored backup can
/// be told what must not come back.
///
/// Each erasure is a line: number · tenant · account · method · RFC 3339 · SHA-256 over the line
/// before and this one. A line that is deleted or changed breaks the chain.
struct ErasureLedger: Sendable {
  struct Entry: Sendable, Equatable {
    let tenant: TenantID
    let account: AccountID
    let method: String
    let erasedAt: Timestamp
  }

  /// The number of lines in the ledger, and the hash of the last one.
  struct Head: Sendable, Equatable {
    var entries = 0
    var hash = ""
  }

  let path: String

  init(directory: String) { path = directory + "/erasures" }

  /// The id of the ledger's directory, by which a database recognises its own ledger.
  func identity() throws -> String {
    let path = (self.path as NSString).deletingLastPathComponent + "/id"
    if let data = FileManager.default.contents(atPath: path) {
      return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let identity = UUID().uuidString.lowercased()
    try DurableFile.replace(path, with: Array((identity + "\n").utf8))
    return identity
  }

  /// Every entry, with the head as it was after it.
  func read() throws -> [(entry: Entry, head: Head)] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let digests = try Digests()
    var head = Head()
    var lines = String(decoding: data, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    // The text after the last line feed: a crash has cut that line short, and the database never
    // counted it.
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

  /// Appends entries after a head, and returns the new head; they are on the disk by then.
  ///
  /// Lines after the head, which a crash left behind uncounted, are cut off first.
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

  /// The head that the file's last line gives; nil where that line is cut short.
  ///
  /// A ledger grows too long to be read whole each time.
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
