import ArgumentParser
import JSON
import Yams

/// How an answer is shown.
enum Output: String, CaseIterable, ExpressibleByArgument {
  case table, json, jsonl, yaml, csv, id
  /// For what the service draws.
  case svg

  /// What the running command was told, for errors as well.
  nonisolated(unsafe) static var current = Output.table

  /// Shows one resource or a list; `columns` are what a table and a CSV hold.
  func show(_ value: JSONValue, columns: [String]) throws {
    switch self {
    case .json: Terminal.put(Self.pretty(value, indent: 0) + [0x0A])
    case .svg: throw Self.noPicture
    case .yaml:
      let node = Self.node(value)
      Terminal.put(Array(try Yams.serialize(node: node, allowUnicode: true).utf8))
    default: Lines(self, columns: columns).show(value.array ?? [value], isLast: true)
    }
  }

  static let noPicture = Failure.usage("the service draws no picture of this")

  /// Two spaces a level, members in the order the server gave them.
  static func pretty(_ value: JSONValue, indent: Int) -> [UInt8] {
    let inner = Array(repeating: UInt8(ascii: " "), count: indent + 2)
    let outer = Array(repeating: UInt8(ascii: " "), count: indent)
    func join(_ open: String, _ parts: [[UInt8]], _ close: String) -> [UInt8] {
      if parts.isEmpty { return Array((open + close).utf8) }
      let lines = parts.map { inner + $0 }.joined(separator: Array(",\n".utf8))
      return Array((open + "\n").utf8) + lines + [0x0A] + outer + Array(close.utf8)
    }
    switch value {
    case .object(let members):
      return join(
        "{",
        members.map { name, member in
          var writer = JSONWriter()
          writer.string(name)
          return writer.bytes + Array(": ".utf8) + pretty(member, indent: indent + 2)
        }, "}")
    case .array(let elements):
      return join("[", elements.map { pretty($0, indent: indent + 2) }, "]")
    default:
      return value.bytes
    }
  }

  private static func node(_ value: JSONValue) -> Node {
    switch value {
    case .null: Node("null", Tag(.null))
    case .bool(let flag): Node(flag ? "true" : "false", Tag(.bool))
    case .number(let text): Node(text, Tag(text.contains(where: ".eE".contains) ? .float : .int))
    case .string(let text): Node(text, Tag(.str), needsQuotes(text) ? .doubleQuoted : .any)
    case .array(let elements): Node(elements.map(node))
    case .object(let members):
      Node(
        members.map {
          (Node($0.name, Tag(.str), needsQuotes($0.name) ? .doubleQuoted : .any), node($0.value))
        })
    }
  }

  /// Text that another reader would take for a number, a date or a truth value.
  private static func needsQuotes(_ text: String) -> Bool {
    guard let first = text.first else { return true }
    let words = ["null", "true", "false", "yes", "no", "on", "off", "~", "y", "n"]
    return first.isNumber || "-+.".contains(first) || words.contains(text.lowercased())
  }
}

/// Rows shown as they come: a table, CSV, ids, or one JSON object a line.
struct Lines {
  private let output: Output
  private let columns: [String]

  init(_ output: Output, columns: [String]) {
    self.output = output
    self.columns = columns
  }

  func show(_ items: [JSONValue], isLast: Bool, isFirst: Bool = true) {
    switch output {
    case .jsonl, .json, .yaml:
      for item in items {
        Terminal.put(item.bytes + [0x0A])
      }
    case .id:
      for item in items {
        let id = item["id"] ?? item["account_id"]
        Terminal.put(Array(((id?.string ?? "") + "\n").utf8))
      }
    case .csv:
      if isFirst { Terminal.put(Array((columns.joined(separator: ",") + "\r\n").utf8)) }
      for item in items {
        let cells = columns.map { Self.csv(item, $0) }
        Terminal.put(Array((cells.joined(separator: ",") + "\r\n").utf8))
      }
    case .table, .svg: table(items, isFirst: isFirst)
    }
  }

  /// Aligned with a head on a terminal; tabs without a head for other programs.
  private func table(_ items: [JSONValue], isFirst: Bool) {
    let rows = items.map { item in columns.map { Self.printable(Self.cell(item, $0)) } }
    guard Terminal.hasOutput else {
      for row in rows { Terminal.put(Array((row.joined(separator: "\t") + "\n").utf8)) }
      return
    }
    let head = columns.map { $0.uppercased() }
    let widths = columns.indices.map { column in
      ([head] + rows).map { $0[column].count }.max() ?? 0
    }
    for row in (isFirst ? [head] : []) + rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      Terminal.put(Array((line + "\n").utf8))
    }
  }

  /// A member by its path, such as `progress.done`.
  private static func member(_ item: JSONValue, _ path: String) -> JSONValue? {
    var value: JSONValue? = item
    for name in path.split(separator: ".") {
      value = name == "0" ? value?.array?.first : value?[String(name)]
    }
    return value
  }

  /// A member as a table shows it.
  static func cell(_ item: JSONValue, _ path: String) -> String {
    switch member(item, path) {
    case nil, .null?: return ""
    case .string(let text)?: return text
    case let other?:
      return String(decoding: other.bytes, as: UTF8.self)
    }
  }

  /// Control characters in data must not steer the terminal, nor turn its lines around.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { steers($0) ? "\u{FFFD}" : $0 }))
  }

  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: scalar.properties.isBidiControl
    }
  }

  /// What a spreadsheet takes for the beginning of a formula, in full width too, and what it may
  /// skip before one.
  private static let formulaStarts = Set("=+-@＝＋－＠﹦﹢﹣﹫\t\r\n".unicodeScalars)
  /// What some spreadsheet takes for the end of a cell, whatever the file's separator is.
  private static let cellEnds = Set(";|\t\r\n".unicodeScalars)

  /// A cell of CSV (RFC 4180): text in quotes, numbers and truths bare.
  static func csv(_ item: JSONValue, _ path: String) -> String {
    let text = cell(item, path)
    switch member(item, path) {
    case nil, .null?, .number?, .bool?: return text
    default: return "\"" + inert(text).replacing("\"", with: "\"\"") + "\""
    }
  }

  /// The text with an apostrophe before whatever a spreadsheet would run, which it then shows as
  /// text.
  ///
  /// Quotes alone do not help where it separates by `;`: it ends such a cell in the middle of the
  /// text, and runs the rest.
  private static func inert(_ text: String) -> String {
    if text.wholeMatch(of: /[+\-]?[0-9]+(\.[0-9]+)?/) != nil { return text }
    var inert = ""
    let scalars = Array(text.unicodeScalars)
    for index in scalars.indices {
      let isStart = index == 0 || cellEnds.contains(scalars[index - 1])
      if isStart {
        let rest = scalars[index...].drop { $0 == "\"" || $0 == " " }
        if let first = rest.first, formulaStarts.contains(first) { inert += "'" }
      }
      inert.unicodeScalars.append(scalars[index])
    }
    return inert
  }
}
