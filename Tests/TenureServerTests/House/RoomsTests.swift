import Foundation
import Testing

/// Which feature knows which: a folder of `TenureServer` is a room, and uses another one where it
/// names a type of it, or a member that it adds to a type of the floor (`Worker`, `Call`, `JobKind`).
///
/// A member is seen by its name alone, so one that several declare is not seen.
/// What a type of the kernel or the assembly is, the compiler sees to; between features, this does.
@Suite struct RoomsTests {
  /// Rooms that know each other, each with why that is better than a wall.
  private static let circles: [[String]: String] = [
    ["Accounts", "Cases"]:
      "a takeover's effect is done by the verbs of accounts, and a verb may end a takeover's effect"
  ]

  @Test func `which room uses which is what was agreed`() throws {
    try compare("rooms.txt", Rooms().text(circles: Self.circles))
  }

  @Test func `rooms stand one upon another, but for those that are named`() throws {
    #expect(try Set(Rooms().circles) == Set(Self.circles.keys))
  }

  @Test func `no room uses the routes of another`() throws {
    let routes = try Rooms().names.filter { $0.name.hasSuffix("Routes") }
    #expect(routes.isEmpty, "\(routes)")
  }

  /// Both sides of what counts as a use.
  @Test func `a use is a name in the code, and not in a comment, a path or another's member`() {
    func names(_ text: String) -> Set<String> { Rooms.words(Rooms.code(text)) }
    #expect(names("let a = CaseStore.find()").contains("CaseStore"))
    #expect(names("let a = [CaseStore]()").contains("CaseStore"))
    #expect(names(#""\(CaseStore.columns)""#).contains("CaseStore"))
    #expect(!names("// CaseStore does it").contains("CaseStore"))
    #expect(!names("let a = 1  // see CaseStore").contains("CaseStore"))
    #expect(!names("Other.CaseStore").contains("CaseStore"))
    #expect(!names("MyCaseStore").contains("CaseStore"))
    #expect(Rooms.declared("package struct Case: Sendable {\n  struct Inner {\n") == ["Case"])
    #expect(Rooms.declared("extension Case {\nfinal class Book {\n") == ["Book"])
    #expect(names("try worker.openProfile(it)").contains("openProfile"))
    #expect(names("try openProfile (it)").contains("openProfile") == false)
    #expect(names("try openProfile(it)").contains("openProfile"))
    let code =
      "extension Worker {\n  func open() {\n    let it = 1\n  }\n  private var key: Int { 1 }\n}"
    #expect(
      Rooms.members(code).map(\.name) == ["open"]
        && Rooms.identifiers(code) == ["open", "it", "key"])
  }
}

/// The folders of `TenureServer`, and what each names of the others.
private struct Rooms {
  struct Use: Hashable {
    let room: String
    let name: String
    let owner: String
  }

  let rooms: [String]
  private(set) var names: Set<Use> = []

  init() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Sources/TenureServer").standardizedFileURL
    var code: [String: [String]] = [:]
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let room = file.deletingLastPathComponent().lastPathComponent
      code[room, default: []].append(Self.code(try String(contentsOf: file, encoding: .utf8)))
    }
    rooms = code.keys.sorted()
    var owners: [String: Set<String>] = [:]
    var others = try Self.floor(sources)
    for (room, texts) in code {
      let types = Set(texts.flatMap(Self.declared))
      for name in types { owners[name, default: []].insert(room) }
      let added = texts.flatMap(Self.members).filter { !types.contains($0.type) }.map(\.name)
      for name in added { owners[name, default: []].insert(room) }
      others += texts.flatMap(Self.identifiers).filter { !added.contains($0) }
    }
    for name in Set(others) { owners[name] = nil }
    owners = owners.filter { $0.value.count == 1 || $0.key.first?.isUppercase == true }
    for (room, texts) in code {
      for name in Set(texts.flatMap(Self.words)) {
        for owner in owners[name] ?? [] where owners[name]?.contains(room) == false {
          names.insert(Use(room: room, name: name, owner: owner))
        }
      }
    }
  }

  /// A file without its comments.
  static func code(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in line.range(of: "//").map { line[..<$0.lowerBound] } ?? line }
      .joined(separator: "\n")
  }

  /// The types that a file declares at its top.
  static func declared(_ code: String) -> [String] {
    let kinds: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]
    return code.split(separator: "\n").compactMap { line in
      let words = line.split(maxSplits: 6) { " :<{=".contains($0) }
      guard line.first?.isLetter == true,
        let kind = words.firstIndex(where: { kinds.contains(String($0)) }), kind + 1 < words.count
      else { return nil }
      return String(words[kind + 1])
    }
  }

  /// What the floor declares: names that no room's member is told by.
  private static func floor(_ sources: URL) throws -> [String] {
    var names: [String] = []
    for target in ["Tenure", "TenureAPI", "TenureKernel"] {
      let folder = sources.deletingLastPathComponent().appendingPathComponent(target)
      let files = try #require(
        FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
      for case let file as URL in files where file.pathExtension == "swift" {
        names += identifiers(code(try String(contentsOf: file, encoding: .utf8)))
      }
    }
    return names
  }

  /// Functions, variables and cases that a file declares, at whatever depth.
  static func identifiers(_ code: String) -> [String] {
    code.split(separator: "\n").compactMap { identifier($0) }
  }

  private static func identifier(_ line: Substring) -> String? {
    let words = line.split { " :<(={".contains($0) }
    guard let kind = words.firstIndex(where: { ["func", "var", "let", "case"].contains($0) }),
      kind + 1 < words.count,
      words[..<kind].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") })
    else { return nil }
    return String(words[kind + 1])
  }

  private static let modifiers: Set<Substring> = [
    "package", "private", "fileprivate", "static", "mutating", "nonisolated",
  ]

  /// What a file adds to types by extensions, but for what it keeps to itself.
  static func members(_ code: String) -> [(type: String, name: String)] {
    var members: [(type: String, name: String)] = []
    var type: Substring?
    for line in code.split(separator: "\n") {
      if let start = line.range(of: "extension ")?.upperBound, !line.hasPrefix(" ") {
        type = line[start...].prefix { $0.isLetter }
      } else if line.hasPrefix("}") {
        type = nil
      } else if let type, line.hasPrefix("  "), !line.hasPrefix("   "), !line.contains("private "),
        let name = identifier(line)
      {
        members.append((String(type), name))
      }
    }
    return members
  }

  /// Names that begin with a capital letter and are no other name's member, and all members and
  /// calls.
  static func words(_ code: String) -> Set<String> {
    var words: Set<String> = []
    let bytes = Array(code.utf8)
    var index = 0
    while index < bytes.count {
      guard isWord(bytes[index]) else {
        index += 1
        continue
      }
      let start = index
      while index < bytes.count, isWord(bytes[index]) { index += 1 }
      let isMember = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
      let isType = bytes[start] >= 0x41 && bytes[start] <= 0x5A
      let isCall = index < bytes.count && bytes[index] == UInt8(ascii: "(")
      if isType ? !isMember : isMember || isCall {
        words.insert(String(decoding: bytes[start..<index], as: UTF8.self))
      }
    }
    return words
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F
  }

  // MARK: The drawing

  /// What a room uses beyond the tables of others: a Store is its table's, and anybody's to call.
  private func used(by room: String) -> Set<String> {
    Set(names.filter { $0.room == room && !$0.name.hasSuffix("Store") }.map(\.owner))
  }

  private func stores(of room: String) -> Set<String> {
    Set(names.filter { $0.room == room && $0.name.hasSuffix("Store") }.map(\.owner))
  }

  /// Everything a room uses, and what that uses, and so on.
  private var reach: [String: Set<String>] {
    var reach = Dictionary(uniqueKeysWithValues: rooms.map { ($0, used(by: $0)) })
    var grew = true
    while grew {
      grew = false
      for room in rooms {
        let further = (reach[room] ?? []).union((reach[room] ?? []).flatMap { reach[$0] ?? [] })
        if further != reach[room] { (reach[room], grew) = (further, true) }
      }
    }
    return reach
  }

  /// The rooms that use each other, be it by way of a third.
  var circles: [[String]] {
    let reach = reach
    var circles: Set<[String]> = []
    for room in rooms where reach[room]?.contains(room) == true {
      circles.insert(
        rooms.filter {
          $0 == room || (reach[room]?.contains($0) == true && reach[$0]?.contains(room) == true)
        })
    }
    return circles.sorted { $0.joined() < $1.joined() }
  }

  /// A line a room, those that use the fewest others first.
  func text(circles: [[String]: String]) -> String {
    let reach = reach
    let order = rooms.sorted { ((reach[$0]?.count ?? 0), $0) < ((reach[$1]?.count ?? 0), $1) }
    var text = """
      # The rooms of TenureServer, the lowest first: what each uses of the others, and in brackets whose
      # stores alone it calls.

      """
    for room in order {
      let used = used(by: room).sorted()
      let stores = stores(of: room).subtracting(used).sorted()
      text += "\n\(room):"
      if !used.isEmpty { text += " " + used.joined(separator: " ") }
      if !stores.isEmpty { text += " (" + stores.joined(separator: " ") + ")" }
    }
    text += "\n\n# Rooms that use each other, and why.\n"
    for (circle, reason) in circles.sorted(by: { $0.value < $1.value }) {
      text += "\n" + circle.joined(separator: " ") + ": " + reason
    }
    return text + "\n"
  }
}
