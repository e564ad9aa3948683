/// Which names are public suffixes (publicsuffix.org): below them anybody may register.
///
/// Rules are held as A-labels; a name no rule fits has its last label as its suffix, as if the list
/// ended in `*`.
package struct PublicSuffixList: Sendable {
  private enum Rule { case plain, wildcard, exception }

  /// The first line that names a version, such as `2023-02-09T20:06:57Z`; empty where none does.
  package let version: String
  private var rules: [String: (rule: Rule, isPrivate: Bool)] = [:]

  /// Reads the list's own format.
  package init(text: String) {
    var version = ""
    var isPrivate = false
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("//") {
        if line.contains("===BEGIN PRIVATE DOMAINS===") { isPrivate = true }
        if line.hasPrefix("// VERSION: ") { version = String(line.dropFirst(12)) }
        continue
      }
      guard var name = line.split(whereSeparator: \.isWhitespace).first else { continue }
      var rule = Rule.plain
      if name.hasPrefix("!") {
        (rule, name) = (.exception, name.dropFirst())
      } else if name.hasPrefix("*.") {
        (rule, name) = (.wildcard, name.dropFirst(2))
      }
      guard let ascii = InternationalName.ascii(String(name)) else { continue }
      let key = (rule == .wildcard ? "*." : "") + ascii
      rules[key] = (rule, isPrivate)
    }
    self.version = version
  }

  package var count: Int { rules.count }

  /// The public suffix of a name in A-labels, and whether a private party registered the rule.
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

  /// The shortest name below the public suffix; nil for a suffix itself.
  package func registrable(_ name: String) -> String? {
    let suffix = suffix(of: name).suffix
    if name == suffix { return nil }
    let depth = suffix.split(separator: ".").count + 1
    return name.split(separator: ".").suffix(depth).joined(separator: ".")
  }
}
