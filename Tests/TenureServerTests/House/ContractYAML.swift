import JSON

/// A JSON value as YAML, as few lines as 100 columns allow: what the contract is composed in.
enum ContractYAML {
  static let lineMax = 100

  /// A member of a mapping at an indent: on its line in flow style, or its members below it.
  ///
  /// - Parameter levels: How many levels of mappings are written as blocks.
  static func member(_ name: String, _ value: JSONValue, indent: Int, levels: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    guard levels > 0, case .object(let members) = value, !members.isEmpty else {
      return wrapped("\(margin)\(key(name)): \(flow(value))", indent: indent + 2)
    }
    return ["\(margin)\(key(name)):"]
      + members.flatMap { member($0.name, $0.value, indent: indent + 2, levels: levels - 1) }
  }

  /// Breaks a line at blanks; YAML folds them back, inside a text too.
  private static func wrapped(_ line: String, indent: Int) -> [String] {
    var lines: [String] = []
    var current = ""
    for word in line.dropFirst(indent - 2).split(separator: " ", omittingEmptySubsequences: false) {
      let margin = String(repeating: " ", count: lines.isEmpty ? indent - 2 : indent)
      if current.isEmpty {
        current = margin + word
      } else if current.count + 1 + word.count > lineMax {
        lines.append(current)
        current = String(repeating: " ", count: indent) + word
      } else {
        current += " " + word
      }
    }
    return lines + [current]
  }

  private static func flow(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let text): text
    case .string(let text): scalar(text)
    case .array(let elements): "[" + elements.map(flow).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(key($0.name)): \(flow($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  private static func key(_ name: String) -> String {
    name.allSatisfy { $0.isLetter || "_$-".contains($0) } ? name : "'\(name)'"
  }

  /// Text without quotes where YAML reads it as text in every place, else in single ones.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      text.wholeMatch(of: /[A-Za-z_$\/][^\[\]{},:#'"`&*!|>%@\\\u0000-\u001f]*/) != nil
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"].contains(
        text.lowercased())
      && text.last != " "
    return isPlain ? text : "'" + text.replacing("'", with: "''") + "'"
  }
}
