import Foundation
import TOMLKit

/// A settings' file in TOML 1.0: names with their values at the top, and in tables below it.
///
/// Files come from people and from machines: a byte order mark and whatever ends the lines are taken as
/// they come.
package struct SettingsFile: Sendable, Equatable {
  /// What keeps a file from being read, in a sentence that says where.
  package struct Malformed: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Contexts and settings take some kilobytes.
  private static let bytesMax = 1_024 * 1_024

  /// What stands at the top; a number or a truth as its text.
  package var values: [String: String]
  /// What stands in each table, such as `[context.work]`, by its whole name.
  package var tables: [String: [String: String]]

  package init(values: [String: String] = [:], tables: [String: [String: String]] = [:]) {
    self.values = values
    self.tables = tables
  }

  /// Reads a file; `path` stands in what is said of its faults.
  package init(reading path: String) throws(Malformed) {
    // One byte more than may be there is read: a device has no end.
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: Self.bytesMax + 1) ?? Data()
    else { throw Malformed(description: "\(path) cannot be read") }
    if data.count > Self.bytesMax {
      throw Malformed(description: "\(path): \(Self.tooLarge)")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw Malformed(description: "\(path) is not UTF-8")
    }
    do throws(Malformed) { try self.init(parsing: text) } catch {
      throw Malformed(description: "\(path): \(error.description)")
    }
  }

  private static let tooLarge = "more than \(bytesMax) bytes are no settings"

  package init(parsing text: String) throws(Malformed) {
    if text.utf8.count > Self.bytesMax { throw Malformed(description: Self.tooLarge) }
    if let line = SettingsDepth.excess(in: text) {
      throw Malformed(
        description:
          "line \(line): a key has more than \(SettingsDepth.depthMax) parts, or as many "
          + "arrays and tables are in each other")
    }
    let table: TOMLTable
    do { table = try TOMLTable(string: text) } catch let error as TOMLParseError {
      throw Malformed(
        description:
          "line \(error.source.begin.line): \(error.description); text stands in quotes, "
          + "as in name = \"value\"")
    } catch {
      throw Malformed(description: "\(error)")
    }
    self.init()
    try read(table, named: "")
  }

  private mutating func read(_ table: TOMLTable, named name: String) throws(Malformed) {
    for key in table.keys {
      let whole = name.isEmpty ? key : "\(name).\(key)"
      if let inner = table[key]?.table {
        tables[whole] = [:]
        try read(inner, named: whole)
        continue
      }
      guard let text = Self.text(table[key]) else {
        throw Malformed(description: "\(whole): text, a whole number or a truth is expected")
      }
      if name.isEmpty { values[key] = text } else { tables[name, default: [:]][key] = text }
    }
  }

  private static func text(_ value: (any TOMLValueConvertible)?) -> String? {
    value?.string ?? value?.int.map { String($0) } ?? value?.bool.map { String($0) }
  }

  /// The file's text.
  package var text: String {
    let whole = TOMLTable()
    for (name, value) in values { whole[name] = value }
    for (name, members) in tables where !members.isEmpty {
      // `a.b` is the table b of the table a.
      let path = name.split(separator: ".").map(String.init)
      var table = whole
      for part in path {
        if table[part]?.table == nil { table[part] = TOMLTable() }
        guard let inner = table[part]?.table else { break }
        table = inner
      }
      for (member, value) in members { table[member] = value }
    }
    return whole.convert(options: []) + "\n"
  }
}
