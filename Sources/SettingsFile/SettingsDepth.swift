/// How deep a settings' file goes, found before a parser goes there.
///
/// The parser calls itself for each part of a dotted key, so that a key of many parts would end the
/// process (`a.a.a.…`).
enum SettingsDepth {
  /// The most parts of a key, and the most arrays and tables in each other.
  static let depthMax = 16

  /// The first line that goes deeper than `depthMax`; nil where none does.
  static func excess(in text: String) -> Int? {
    let bytes = Array(text.utf8)
    var (line, dots, brackets, index) = (1, 0, 0, 0)
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "#"): index = endOfLine(bytes, index)
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        let end = endOfString(bytes, index)
        line += bytes[index..<end].count { $0 == 0x0A }
        index = end
        continue
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): (brackets, dots) = (brackets + 1, 0)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): (brackets, dots) = (max(0, brackets - 1), 0)
      case UInt8(ascii: "="), UInt8(ascii: ","): dots = 0
      default: break
      }
      if index < bytes.count, bytes[index] == 0x0A { (line, dots) = (line + 1, 0) }
      if dots >= depthMax || brackets > depthMax { return line }
      index += 1
    }
    return nil
  }

  private static func endOfLine(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
  }

  /// Where the text after a quoted one begins: one in three quotes ends at three to five of them,
  /// any other at its quote or, being broken, with its line.
  private static func endOfString(_ bytes: [UInt8], _ start: Int) -> Int {
    let quote = bytes[start]
    let isLong = run(of: quote, bytes, start) >= 3
    var index = start + (isLong ? 3 : 1)
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""): index += 2
      case quote where !isLong: return index + 1
      case quote:
        let count = run(of: quote, bytes, index)
        if count >= 3 { return index + min(count, 5) }
        index += count
      case 0x0A where !isLong: return index
      default: index += 1
      }
    }
    return bytes.count
  }

  private static func run(of byte: UInt8, _ bytes: [UInt8], _ start: Int) -> Int {
    bytes[start...].prefix { $0 == byte }.count
  }
}
