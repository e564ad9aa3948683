import Foundation
import HTTP
import Tenure
import TenureAPI
import TenureAssembly
import TenureKernel

/// The contract as it is composed: a file a noun under `openapi/nouns`, what they share in
/// `openapi/shared.yaml`, and from the table of endpoints what no file need say.
///
/// Works on lines: what somebody wrote stays as they wrote it. Paths stand at two blanks, methods at
/// four, what an endpoint says at six; a section of a file is moved in by two where it becomes one of
/// the components.
struct Contract {
  struct Malformed: Error {
    let file: String
    let line: String
  }

  private static let lineMax = 100
  private static let parts = ["parameters", "headers", "responses", "schemas"]
  /// What every change and list takes, and who calls; specific parameters stand in the noun's file.
  private static let paging = ["limit", "cursor"]

  let shared: Sections
  let nouns: [Sections]
  private let endpoints: [String: Endpoint]
  let answers: [String: [Answer]]
  let shapes: [String: Component]

  init(folder: URL, endpoints: [Endpoint]) throws {
    shared = try Sections(file: folder.appendingPathComponent("shared.yaml"))
    let files = try FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent("nouns"), includingPropertiesForKeys: nil)
    let byName = try Dictionary(
      uniqueKeysWithValues: files.map {
        ($0.deletingPathExtension().lastPathComponent, try Sections(file: $0))
      })
    // In the order of the tags, which is the order of the nouns.
    let tags = shared["tags"].compactMap { line in
      line.firstMatch(of: /name: (\w+)/).map { $0.output.1.lowercased() }
    }
    guard Set(byName.keys).isSubset(of: tags) else {
      throw Malformed(file: "shared.yaml", line: "a noun without a tag")
    }
    nouns = tags.compactMap { byName[$0] }
    self.endpoints = Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id, $0) })
    shapes = Dictionary(uniqueKeysWithValues: Shapes.components.map { ($0.name, $0) })
    answers = Self.answers(nouns, self.endpoints)
  }

  /// The names a file gives to components of a kind.
  func names(_ part: String) -> [String] {
    ([shared] + nouns).flatMap { file in
      Self.blocks(file[part], indent: 2).map { $0.name.replacing("'", with: "") }
    }
  }

  /// Where an endpoint's answer says what it is.
  struct Answer {
    let endpoint: Endpoint
    let status: String
    /// Whether it takes a condition on the version.
    let isConditional: Bool
    /// Whether a dry run is answered by something else.
    let hasTried: Bool
  }

  /// By the name of the component they refer to: what answers with it.
  private static func answers(
    _ nouns: [Sections], _ endpoints: [String: Endpoint]
  ) -> [String: [Answer]] {
    var answers: [String: [Answer]] = [:]
    for noun in nouns {
      for path in blocks(noun["paths"], indent: 2) {
        for method in blocks(Array(path.lines.dropFirst()), indent: 4) {
          let text = method.lines.joined(separator: "\n")
          guard let id = text.firstMatch(of: /operationId: (\w+)/).map({ String($0.output.1) }),
            let endpoint = endpoints[id]
          else { continue }
          for answer in text.matches(of: /'(2..)': \{\$ref: '#\/components\/responses\/(\w+)'/) {
            answers[String(answer.output.2), default: []].append(
              Answer(
                endpoint: endpoint, status: String(answer.output.1),
                isConditional: text.contains("/parameters/if"),
                hasTried: text.contains("/responses/Tried")))
          }
        }
      }
    }
    return answers
  }

  /// The whole document.
  func text() throws -> String {
    var lines = [
      "# Composed from nouns/ and shared.yaml: change those, and record with TENURE_RECORD=1."
    ]
    for name in ["openapi", "info", "servers", "security", "tags"] {
      lines += shared.whole(name)
    }
    lines.append("paths:")
    for noun in nouns { lines += try paths(noun["paths"]) }
    lines.append("webhooks:")
    for noun in nouns { lines += noun["webhooks"] }
    lines.append("components:")
    lines += shared.whole("securitySchemes").map { "  " + $0 }
    for part in Self.parts {
      lines.append("  \(part):")
      for file in [shared] + nouns { lines += file[part].map { "  " + $0 } }
      if part == "responses" { lines += try composedResponses() }
      if part == "schemas" { lines += try composedSchemas() }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Endpoints

  private func paths(_ lines: [String]) throws -> [String] {
    var result: [String] = []
    var path = ""
    var endpoint: [String] = []
    func close() throws {
      if !endpoint.isEmpty { result += try completed(endpoint, at: path) }
      endpoint = []
    }
    for line in lines {
      switch line.prefix(while: { $0 == " " }).count {
      case 2, 4:
        try close()
        if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
        result.append(line)
      default: endpoint.append(line)
      }
    }
    try close()
    return result
  }

  /// An endpoint with what follows from its line in the table.
  private func completed(_ lines: [String], at path: String) throws -> [String] {
    let blocks = Self.blocks(lines, indent: 6)
    guard
      let id = blocks.first(where: { $0.name == "operationId" })?.lines.first?
        .split(separator: " ").last.map(String.init), let endpoint = endpoints[id]
    else { throw Malformed(file: path, line: lines.first ?? "") }
    var result: [String] = []
    for name in ["operationId", "summary", "description", "tags"] {
      result += blocks.first { $0.name == name }?.lines ?? []
    }
    if case .permission(let permission) = endpoint.audience {
      result.append("      x-permission: \(permission.rawValue)")
    }
    if endpoint.audience == .anyone { result.append("      security: []") }
    let own = blocks.first { $0.name == "parameters" }?.lines.joined(separator: " ") ?? ""
    let named = own.matches(of: /parameters\/(\w+)'/).map { String($0.output.1) }
    result += Self.list("parameters", parameters(of: endpoint, path: path, own: named))
    result += blocks.first { $0.name == "requestBody" }?.lines ?? []
    result.append("      responses:")
    result += try responses(of: endpoint, blocks.first { $0.name == "responses" }, at: path)
    return result
  }

  private func parameters(
    of endpoint: Endpoint, path: String, own: [String]
  ) -> [String] {
    var names = path.matches(of: /\{(\w+)\}/).map { String($0.output.1) }
    if endpoint.audience != .anyone { names.append("reason") }
    if case .permission = endpoint.audience { names.append("tenant") }
    if endpoint.needsIdempotencyKey { names.append("idempotency") }
    if endpoint.takesDryRun { names.append("dry_run") }
    return names + own + Self.paging.filter(endpoint.parameters.contains)
  }

  private func responses(
    of endpoint: Endpoint, _ block: Block?, at path: String
  ) throws -> [String] {
    guard let block else { throw Malformed(file: path, line: endpoint.id) }
    var answers = Self.blocks(Array(block.lines.dropFirst()), indent: 8)
    var refusals = ["4XX", "5XX"]
    if endpoint.body != .none { refusals.append("422") }
    // Whoever may name a tenant may name one that there is not.
    if case .permission = endpoint.audience { refusals.append("404") }
    for status in refusals where !answers.contains(where: { $0.name == "'\(status)'" }) {
      answers.append(
        Block(
          name: "'\(status)'",
          lines: ["        '\(status)': {$ref: '#/components/responses/\(status)'}"]))
    }
    return answers.sorted { $0.name < $1.name }.flatMap(\.lines)
      .map { withoutStrayLinks($0, of: endpoint) }
  }

  // MARK: Lines

  struct Block {
    let name: String
    var lines: [String]
  }

  /// The members of a mapping whose names stand at an indent, each with all its lines.
  static func blocks(_ lines: [String], indent: Int) -> [Block] {
    var blocks: [Block] = []
    for line in lines {
      let blanks = line.prefix { $0 == " " }.count
      if blanks == indent, !line.dropFirst(indent).hasPrefix("- ") {
        let name = line.dropFirst(indent).prefix { $0 != ":" }
        blocks.append(Block(name: String(name), lines: [line]))
      } else if !blocks.isEmpty {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
    return blocks
  }

  /// A list of references, as many on a line as there is room for.
  private static func list(_ part: String, _ names: [String]) -> [String] {
    if names.isEmpty { return [] }
    var lines: [String] = []
    var line = "      \(part): ["
    for (index, name) in names.enumerated() {
      let end = index == names.count - 1 ? "]" : ","
      let item = "{$ref: '#/components/\(part)/\(name)'}" + end
      let isFirst = line.hasSuffix("[")
      if !isFirst, line.count + 1 + item.count > lineMax {
        lines.append(line)
        line = "        " + item
      } else {
        line += (isFirst ? "" : " ") + item
      }
    }
    return lines + [line]
  }

  /// A file by its sections: what stands under each name at the margin.
  struct Sections {
    private let lines: [String: [String]]

    init(file: URL) throws {
      let text = try String(contentsOf: file, encoding: .utf8)
      var lines: [String: [String]] = [:]
      var name = ""
      for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        if line.first?.isLetter == true {
          name = String(line.prefix { $0 != ":" })
          guard lines[name] == nil else {
            throw Malformed(file: file.lastPathComponent, line: String(line))
          }
          lines[name] = []
        }
        lines[name, default: []].append(String(line))
      }
      self.lines = lines
    }

    /// A section with its name.
    func whole(_ name: String) -> [String] { lines[name] ?? [] }

    /// What stands under it.
    subscript(name: String) -> [String] { Array((lines[name] ?? []).dropFirst()) }
  }
}
