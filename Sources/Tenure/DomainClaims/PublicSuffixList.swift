/// The public suffixes (publicsuffix.org): names below which anybody may register.
///
/// Rules are kept as A-labels. A name that no rule matches has its last label as its suffix, as if
/// the list ended with the rule `*`.
package struct PublicSuffixList: Sendable {
  private enum Rule { case plain, wildcard, exception }

  /// The list's version, such as `2023-02-09T20:06:57Z`; empty where its text names none.
  package let version: String
  private var rules: [String: (rule: Rule, isPrivate: Bool)] = [:]

  /// Reads a list in the format of publicsuffix.org.
  package init(text: String) {
    var version = ""
    var isPrivate = false
    // By bytes: each process reads the 10,000 rules at its start, and characters take ten times as
    // long.
    for line in Array(text.utf8).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      if line.starts(with: "//".utf8) {
        let comment = String(decoding: line, as: UTF8.self)
        if comment.contains("===BEGIN PRIVATE DOMAINS===") { isPrivate = true }
        if comment.hasPrefix("// VERSION: ") { version = String(comment.dropFirst(12)) }
        continue
      }
      // A rule ends at the first space; behind it may be anything.
      var name = line.drop { $0 <= 0x20 }.prefix { $0 > 0x20 }
      var rule = Rule.plain
      if name.first == UInt8(ascii: "!") {
        (rule, name) = (.exception, name.dropFirst())
      } else if name.starts(with: "*.".utf8) {
        (rule, name) = (.wildcard, name.dropFirst(2))
      }
      guard let ascii = InternationalName.ascii(String(decoding: name, as: UTF8.self)) else {
        continue
      }
      rules[rule == .wildcard ? "*." + ascii : ascii] = (rule, isPrivate)
    }
    self.version = version
  }

  package var count: Int { rules.count }

  /// The public suffix of a name in A-labels, and whether the rule is in the list's private
  /// section.
  package func suffix(of name: String) -> (suffix: String, isPrivate: Bool) {
    let labels = name.split(separator: ".")
    // The longest rule wins; an exception wins over all, and its suffix is one label shorter.
    for start in labels.indices {
      let candidate = labels[start...].joined(separator: ".")
      if let found = rules[candidate] {
        guard found.rule == .exception else { return (candidate, found.isPrivate) }
        return (labels[(start + 1)...].joined(separator: "."), found.isPrivate)
      }
      let parent = labels[(start + 1)...].joined(separator: ".")
      if !parent.isEmpty, let found = rules["*." + parent] {
        return (candidate, found.isPrivate)
      }
    }
    return (labels.last.map(String.init) ?? "", false)
  }

  /// The registrable domain: the suffix and one label more; nil where the name is itself a suffix.
  package func registrable(_ name: String) -> String? {
    let suffix = suffix(of: name).suffix
    if name == suffix { return nil }
    let depth = suffix.split(separator: ".").count + 1
    return name.split(separator: ".").suffix(depth).joined(separator: ".")
  }
}
