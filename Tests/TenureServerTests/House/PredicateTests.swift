import Foundation
import Testing

/// Every statement on a tenant's table says whose rows it is about, for each time the table is named.
///
/// Row-level security stands behind it, so that no answer shows a predicate that is missing, and a
/// parent's 404 hides that of a list below it: here the statements themselves are read.
@Suite struct PredicateTests {
  /// Statements of the platform, which sees all tenants: how many of a file on a table, and why.
  private static let exempt: [String: (count: Int, why: String)] = [
    "TenantRounds.swift tenants": (1, "goes through all tenants"),
    "KeyStore.swift keys": (1, "a key is found by its reference, and says whose it is"),
    "KeyStore.swift memberships": (1, "of the person who holds the key that was found"),
    "KeyStore.swift tenants": (1, "of the key that was found"),
    "TenantStore.swift tenants": (2, "common ownership is the operator's to say, of several"),
  ]

  @Test func `every statement on a tenant's table names the tenant`() throws {
    var loose: [String: Int] = [:]
    for statement in try Statement.all() {
      for name in statement.unbound { loose["\(statement.file) \(name)", default: 0] += 1 }
    }
    #expect(loose == Self.exempt.mapValues(\.count))
  }

  @Test func `without any one of its predicates a statement is found`() throws {
    let statements = try Statement.all().filter(\.unbound.isEmpty)
    var (removed, unseen) = (0, [String]())
    for statement in statements {
      for text in statement.withoutOne {
        removed += 1
        if text.unbound.isEmpty { unseen.append("\(text.file): \(text.text.prefix(200))") }
      }
    }
    #expect(removed > 300, "it is the statements that are read: \(removed)")
    #expect(unseen == [])
  }

  @Test(arguments: [
    (#"SELECT a FROM tenure.keys WHERE tenant_id = \(t)"#, []),
    (#"SELECT a FROM tenure.keys WHERE key_id = \(t)"#, ["keys"]),
    (#"SELECT a FROM tenure.keys AS k WHERE k.tenant_id = \(t)"#, []),
    (#"SELECT a FROM tenure.keys AS k WHERE tenant_id = \(t)"#, ["k"]),
    (#"UPDATE tenure.keys SET a = 1 WHERE tenant_id = \(t)"#, []),
    (#"DELETE FROM tenure.keys WHERE true"#, ["keys"]),
    (
      #"SELECT FROM tenure.keys AS k JOIN tenure.tenants AS t ON t.tenant_id = k.tenant_id"#,
      ["k", "t"]
    ),
    (
      #"SELECT FROM tenure.keys AS k JOIN tenure.tenants AS t ON t.tenant_id = k.tenant_id "#
        + #"WHERE t.tenant_id = \(x)"#, []
    ),
    (
      #"SELECT FROM tenure.keys WHERE tenant_id = \(t) AND EXISTS (SELECT FROM tenure.keys)"#,
      ["keys"]
    ),
    (#"SELECT FROM tenure.keys AS k WHERE k.tenant_id = outer_one.tenant_id"#, []),
    (#"INSERT INTO tenure.keys VALUES (1)"#, []), (#"SELECT FROM tenure_global.holder(x)"#, []),
  ])
  private func `a table is bound by a value, or by one that is bound`(
    text: String, unbound: [String]
  ) {
    #expect(
      Statement(file: "", text: text, tables: ["keys", "tenants"]).unbound == Set(unbound),
      "\(text)")
  }
}

/// A statement, or a piece of one, as it stands in the sources.
private struct Statement {
  let file: String
  let text: String
  let tables: Set<String>

  /// Those of the kernel and the features that name a tenant's table.
  static func all() throws -> [Statement] {
    let house = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let schema = try String(contentsOf: house.appendingPathComponent("schema.sql"), encoding: .utf8)
    let tables = Set(
      schema.components(separatedBy: "CREATE TABLE ").dropFirst()
        .filter { $0.prefix { $0 != ";" }.contains("\n    tenant_id uuid") }
        .compactMap { $0.prefix { $0 != " " }.split(separator: ".").last.map(String.init) })
    var statements: [Statement] = []
    for target in ["TenureKernel", "TenureServer"] {
      let folder = house.appendingPathComponent("../../../Sources/\(target)").standardizedFileURL
      let files = try #require(
        FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
      for case let file as URL in files where file.pathExtension == "swift" {
        for text in literals(try String(contentsOf: file, encoding: .utf8)) {
          let statement = Statement(file: file.lastPathComponent, text: text, tables: tables)
          if !statement.references.isEmpty { statements.append(statement) }
        }
      }
    }
    return statements
  }

  /// The texts in quotes: of several lines, and of one.
  private static func literals(_ source: String) -> [String] {
    var texts: [String] = []
    for (index, part) in source.components(separatedBy: "\"\"\"").enumerated() {
      if index % 2 == 1 {
        texts.append(part)
      } else {
        texts += part.split(separator: "\n").compactMap { line in
          guard let first = line.firstIndex(of: "\""), let last = line.lastIndex(of: "\""),
            first < last
          else { return nil }
          return String(line[first...last])
        }
      }
    }
    return texts
  }

  /// Each time a tenant's table is read or changed, with the name by which its columns are called:
  /// nil where they are called by their own.
  var references: [(table: String, name: String?)] {
    let reference =
      /\b(?:FROM|JOIN|UPDATE|USING)\s+(?:ONLY\s+)?tenure(?:_global)?\.(\w+)(?:\s+AS\s+(\w+))?/
    return text.matches(of: reference).compactMap { match in
      tables.contains(String(match.output.1))
        ? (String(match.output.1), match.output.2.map(String.init)) : nil
    }
  }

  nonisolated(unsafe) private static let predicate =
    /\b(?:(\w+)\.)?tenant_id\s*(?:=|IN)\s*(\\\(|\(\\\(|(\w+)\.tenant_id)/

  /// Those that nothing binds to a tenant, or not as often as they are named.
  var unbound: Set<String> {
    let references = references
    let bare = Set(references.filter { $0.name == nil }.map(\.table))
    // What goes by no name of its own is one pool: each needs a predicate.
    func pool(_ name: String) -> String { bare.contains(name) ? "" : name }
    let counts = Dictionary(references.map { ($0.name ?? "", 1) }, uniquingKeysWith: +)
    var bound: [String: Int] = [:]
    var links: [(String, String)] = []
    for match in text.matches(of: Self.predicate) {
      let name = match.output.1.map { pool(String($0)) } ?? ""
      if let other = match.output.3.map({ pool(String($0)) }) {
        links.append((name, other))
      } else {
        bound[name, default: 0] += 1
      }
    }
    // What is bound to one that is bound, or that stands outside of this piece, is bound.
    var grew = true
    while grew {
      grew = false
      for (index, (one, other)) in links.enumerated().reversed() {
        for (a, b) in [(one, other), (other, one)]
        where counts[b] == nil || bound[b, default: 0] >= counts[b, default: 1] {
          bound[a, default: 0] += 1
          links.remove(at: index)
          grew = true
          break
        }
      }
    }
    let loose = counts.filter { bound[$0.key, default: 0] < $0.value }.keys
    return Set(loose.flatMap { $0.isEmpty ? Array(bare) : [$0] })
  }

  /// The statement without one of its predicates, for each of those that bind a table by a value.
  var withoutOne: [Statement] {
    let names = Set(references.flatMap { [$0.table, $0.name].compactMap { $0 } })
    return text.matches(of: Self.predicate).compactMap { match in
      let name = match.output.1.map(String.init)
      guard match.output.3 == nil,
        name.map(names.contains) ?? references.contains(where: { $0.name == nil })
      else { return nil }
      var without = text
      without.replaceSubrange(match.range, with: "true OR \(match.output.2)")
      return Statement(file: file, text: without, tables: tables)
    }
  }
}
