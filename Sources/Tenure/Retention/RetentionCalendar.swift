/// What retention will dispose of in the coming weeks: how many accounts or items of which class,
/// by which rule.
package struct RetentionCalendar: Sendable {
  package struct Entry: Sendable {
    package let rule: RetentionRule
    package let className: String
    /// Which week of the calendar, from 0; what is overdue is in week 0.
    package let week: Int
    package fileprivate(set) var count: Int
  }

  private static let weekSeconds: Int64 = 7 * 86_400
  private static let left = 260
  private static let top = 70
  private static let cell = 46
  private static let rowHeight = 28

  package let from: Timestamp
  package let weeks: Int
  private var counts: [String: Entry] = [:]

  package init(from: Timestamp, weeks: Int) {
    self.from = from
    self.weeks = weeks
  }

  package mutating func add(_ rule: RetentionRule, _ className: String, dueAt: Timestamp) {
    let week = max(0, Int(dueAt.seconds(since: from) / Self.weekSeconds))
    if week >= weeks { return }
    let name = "\(rule.id) \(className) \(week)"
    counts[name, default: Entry(rule: rule, className: className, week: week, count: 0)].count += 1
  }

  /// The entries by week, then by rule.
  package var entries: [Entry] {
    counts.values.sorted {
      ($0.week, $0.rule.name, $0.className) < ($1.week, $1.rule.name, $1.className)
    }
  }

  /// The first day of a week, as `2026-01-31`.
  package func day(of week: Int) -> String {
    String(from.adding(seconds: Int64(week) * Self.weekSeconds).description.prefix(10))
  }

  /// The calendar in iCalendar's format (RFC 5545): an event for each week and rule.
  package var ics: String {
    var lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tenure//retention//EN"]
    let stamp = from.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    for entry in entries {
      let day = day(of: entry.week).filter { $0 != "-" }
      lines += [
        "BEGIN:VEVENT", "UID:\(entry.rule.id)-\(entry.className)-\(day)@tenure",
        "DTSTAMP:\(stamp)", "DTSTART;VALUE=DATE:\(day)", "DURATION:P1W",
        "SUMMARY:" + Self.escaped(ics: summary(entry)), "END:VEVENT",
      ]
    }
    return (lines + ["END:VCALENDAR"]).map { Self.folded($0) + "\r\n" }.joined()
  }

  private func summary(_ entry: Entry) -> String {
    "\(entry.rule.action.rawValue) \(entry.count) × \(entry.className): \(entry.rule.name)"
  }

  private static func escaped(ics text: String) -> String {
    text.reduce(into: "") { result, character in
      if [",", ";", "\\"].contains(character) { result.append("\\") }
      result.append(character)
    }
  }

  /// Breaks lines after 75 octets, as RFC 5545 section 3.1 asks.
  private static func folded(_ line: String) -> String {
    var (text, octets) = ("", 0)
    for character in line {
      let size = String(character).utf8.count
      if octets + size > 74 {
        text += "\r\n "
        octets = 1
      }
      text.append(character)
      octets += size
    }
    return text
  }

  package var svg: String {
    let rows = Array(Set(entries.map { "\($0.rule.name)\u{0}\($0.className)" })).sorted()
    let width = Self.left + weeks * Self.cell + 30
    let height = Self.top + max(rows.count, 1) * Self.rowHeight + 30
    let total = entries.reduce(0) { $0 + $1.count }
    let summary = "\(total) things in \(weeks) weeks from \(day(of: 0)), by \(rows.count) rows"
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" role="figure" aria-labelledby="title desc" \
      font-family="system-ui, sans-serif" font-size="12">
      <title id="title">Retention calendar</title>
      <desc id="desc">\(summary)</desc>
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="20" y="28" font-size="18" font-weight="600" fill="#111827">Retention calendar</text>

      """
    for week in 0..<weeks {
      text +=
        "<text x=\"\(Self.left + week * Self.cell)\" y=\"\(Self.top - 10)\" fill=\"#4b5563\">"
        + "\(day(of: week).suffix(5))</text>\n"
    }
    for (index, row) in rows.enumerated() {
      let parts = row.split(separator: "\u{0}", omittingEmptySubsequences: false)
      let y = Self.top + index * Self.rowHeight
      let name = String(parts[0].prefix(28)).escapedForXML
      let className = String(parts[1]).escapedForXML
      text +=
        "<g role=\"row\"><text x=\"20\" y=\"\(y + 18)\" fill=\"#111827\">"
        + "\(name) (\(className))</text>\n"
      for entry in entries where "\(entry.rule.name)\u{0}\(entry.className)" == row {
        let x = Self.left + entry.week * Self.cell
        let title = self.summary(entry).escapedForXML
        text +=
          "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(Self.cell - 4)\" height=\"22\" rx=\"3\" "
          + "fill=\"\(Self.colour(entry.rule.action))\"/><text x=\"\(x + 6)\" y=\"\(y + 16)\" "
          + "fill=\"#ffffff\">\(entry.count)<title>\(title)</title>"
          + "</text>\n"
      }
      text += "</g>\n"
    }
    return text + "</svg>\n"
  }

  private static func colour(_ action: RetentionRule.Action) -> String {
    switch action {
    case .retain: "#15803d"
    case .isolate: "#b45309"
    case .anonymise: "#1d4ed8"
    case .delete: "#b91c1c"
    }
  }
}
