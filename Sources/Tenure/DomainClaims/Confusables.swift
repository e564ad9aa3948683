import CFiles
import Foundation

/// How domain names look to people (UTS 39 revision 31), from the table that `Deploy/checks/looks`
/// writes.
package enum Confusables {
  /// A text that stands for the look of a name: two different names with one skeleton can be taken
  /// for each other (UTS 39 section 4, for names that look like ASCII).
  ///
  /// `name` is in A-labels or U-labels.
  package static func skeleton(ofName name: String) -> String {
    let text = InternationalName.unicode(name).name.decomposedStringWithCanonicalMapping
    var looks = ""
    for scalar in text.unicodeScalars {
      if let other = table.looks[scalar.value] {
        looks += other
      } else {
        looks.unicodeScalars.append(scalar)
      }
    }
    return looks.decomposedStringWithCanonicalMapping
  }

  /// Whether a label mixes scripts in another way than Chinese, Japanese and Korean do with Latin
  /// (UTS 39 section 5.2, "highly restrictive").
  package static func mixesScripts(_ name: String) -> Bool {
    // Nearly all names are ASCII, which is one script.
    if !name.contains("xn--") && name.utf8.allSatisfy({ $0 < 0x80 }) { return false }
    return InternationalName.unicode(name).name.split(separator: ".").contains { label in
      let scripts = Set(label.unicodeScalars.compactMap(script))
      return scripts.count > 1 && !mixtures.contains { scripts.isSubset(of: $0) }
    }
  }

  private static let mixtures: [Set<Substring>] = [
    ["Latn", "Hani", "Hira", "Kana"], ["Latn", "Hani", "Bopo"], ["Latn", "Hani", "Hang"],
  ]

  /// The script of a character; nil for characters that all scripts use.
  private static func script(_ scalar: Unicode.Scalar) -> Substring? {
    // The last range that begins at or before it.
    var (low, high) = (0, table.scripts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if table.scripts[middle].start <= scalar.value { low = middle } else { high = middle }
    }
    let name = table.scripts[low].name
    return name == "-" ? nil : name
  }

  /// Read once, when the first claim is made: under a millisecond.
  private static let table = {
    var scripts: [(start: UInt32, name: Substring)] = []
    var looks: [UInt32: String] = [:]
    for line in String(cString: cfiles_text("looks.txt")).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, let code = UInt32(words[1], radix: 16) else { continue }
      switch words[0] {
      case "S": scripts.append((code, words[2]))
      case "C": looks[code] = String(words[2])
      default: continue
      }
    }
    return (scripts: scripts, looks: looks)
  }()
}

extension DomainName {
  /// The name and its parent domains, without the top-level domain.
  package var registrableNames: [String] {
    let labels = text.split(separator: ".")
    return (0..<max(labels.count - 1, 1)).map { labels[$0...].joined(separator: ".") }
  }
}
