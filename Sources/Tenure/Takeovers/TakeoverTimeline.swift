/// A picture of a takeover over time, with a row for each case from its notice to its outcome.
///
/// For screen readers the rows are a table, with the same facts in words.
package struct TakeoverTimeline: Sendable {
  /// The most rows that are drawn; the other cases of a takeover show only in its counts.
  package static let casesMax = 40

  private static let width = 960
  private static let left = 250
  private static let right = 50
  private static let top = 96
  private static let rowHeight = 26

  private let takeover: Takeover
  private let cases: [TakeoverCase]
  private let total: Int
  private let now: Timestamp
  private let start: Timestamp
  private let end: Timestamp

  package init(_ takeover: Takeover, cases: [TakeoverCase], total: Int, at now: Timestamp) {
    self.takeover = takeover
    self.cases = Array(cases.prefix(Self.casesMax))
    self.total = total
    self.now = now
    start = takeover.createdAt
    let times = cases.compactMap(\.deadlineAt) + cases.compactMap(\.effectAt) + [now]
    let last = times.max() ?? now
    end = max(last, takeover.createdAt.adding(seconds: 86_400))
  }

  package var svg: String {
    let height = Self.top + cases.count * Self.rowHeight + 64
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" \
      width="\(Self.width)" height="\(height)" role="figure" aria-labelledby="title desc" \
      font-family="system-ui, sans-serif" font-size="12">
      <title id="title">Takeover of accounts on \(takeover.domain.text.escapedForXML)</title>
      <desc id="desc">\(summary.escapedForXML)</desc>
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="20" y="30" font-size="18" font-weight="600" fill="#111827">\
      Takeover of \(takeover.domain.text.escapedForXML)</text>
      <text x="20" y="50" fill="#4b5563">\(summary.escapedForXML)</text>

      """
    text += axis(height)
    text += "<g role=\"table\" aria-label=\"Cases\">\n" + header
    for (index, item) in cases.enumerated() { text += row(item, index) }
    return text + "</g>\n" + legend(height) + "</svg>\n"
  }

  private var summary: String {
    let shown = cases.count < total ? ", the first \(cases.count) shown" : ""
    return "\(takeover.id), \(takeover.state.rawValue); \(total) cases\(shown); without an answer: "
      + "\(takeover.noAnswer.rawValue) after \(takeover.noticeDays) days from the receipt"
  }

  private func x(_ time: Timestamp) -> Int {
    let length = max(1, end.seconds(since: start))
    let share = Double(time.seconds(since: start)) / Double(length)
    let span = Double(Self.width - Self.left - Self.right)
    return Self.left + Int(span * min(max(share, 0), 1))
  }

  private func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

  private func axis(_ height: Int) -> String {
    let bottom = height - 56
    var text = ""
    for step in 0...4 {
      let at = start.adding(seconds: end.seconds(since: start) * Int64(step) / 4)
      text += """
        <line x1="\(x(at))" y1="\(Self.top - 8)" x2="\(x(at))" y2="\(bottom)" stroke="#e5e7eb"/>
        <text x="\(x(at))" y="\(Self.top - 14)" text-anchor="\(step == 4 ? "end" : "middle")" \
        fill="#6b7280">\(day(at))</text>

        """
    }
    return text + """
      <line x1="\(x(now))" y1="\(Self.top - 8)" x2="\(x(now))" y2="\(bottom)" stroke="#dc2626" \
      stroke-dasharray="4 3"/>
      <text x="\(x(now))" y="\(bottom + 14)" text-anchor="middle" fill="#dc2626">now</text>

      """
  }

  private var header: String {
    let names = ["case", "state", "notice", "receipt", "deadline", "effect"]
    let cells = names.map { "<tspan role=\"columnheader\" fill=\"none\">\($0) </tspan>" }
    return "<text role=\"row\" x=\"0\" y=\"0\" font-size=\"1\">\(cells.joined())</text>\n"
  }

  private func row(_ item: TakeoverCase, _ index: Int) -> String {
    let y = Self.top + index * Self.rowHeight + 12
    let facts = [
      item.id.description, outcome(of: item),
      item.noticeAt.map(day) ?? "-", item.clockStartedAt.map(day) ?? "-",
      item.deadlineAt.map(day) ?? "-", item.effectAt.map(day) ?? "-",
    ]
    let cells = facts.map { "<tspan role=\"cell\" fill=\"none\" font-size=\"1\">\($0) </tspan>" }
    var text = """
      <g role="row">
      <text x="20" y="\(y + 4)" fill="#111827">…\(item.id.description.suffix(8)) \
      <tspan fill="\(Self.color(item))">\(facts[1])</tspan>\(cells.joined())</text>

      """
    if let notice = item.noticeAt {
      text += bar(notice, item.clockStartedAt ?? item.effectAt ?? now, y, "#d1d5db")
      text += "<circle cx=\"\(x(notice))\" cy=\"\(y)\" r=\"4\" fill=\"#2563eb\"/>\n"
    }
    if let clock = item.clockStartedAt {
      text += bar(clock, item.effectAt ?? item.deadlineAt ?? now, y, Self.color(item))
      text += """
        <path d="M\(x(clock)) \(y - 6) l6 6 l-6 6 l-6 -6 z" fill="#059669"/>

        """
    }
    if let deadline = item.deadlineAt, item.effectAt == nil {
      text += """
        <line x1="\(x(deadline))" y1="\(y - 8)" x2="\(x(deadline))" y2="\(y + 8)" \
        stroke="#111827" stroke-width="2"/>

        """
    }
    if let effect = item.effectAt {
      text += """
        <rect x="\(x(effect) - 5)" y="\(y - 5)" width="10" height="10" fill="#111827"/>

        """
    }
    return text + "</g>\n"
  }

  private func outcome(of item: TakeoverCase) -> String {
    guard item.state == .effective, let outcome = item.outcome else { return item.state.rawValue }
    return outcome.rawValue
  }

  private func bar(_ from: Timestamp, _ to: Timestamp, _ y: Int, _ color: String) -> String {
    """
    <line x1="\(x(from))" y1="\(y)" x2="\(x(to))" y2="\(y)" stroke="\(color)" stroke-width="5"/>

    """
  }

  private func legend(_ height: Int) -> String {
    let y = height - 18
    return """
      <g fill="#374151" aria-hidden="true">
      <circle cx="26" cy="\(y - 4)" r="4" fill="#2563eb"/><text x="36" y="\(y)">notice sent</text>
      <path d="M136 \(y - 10) l6 6 l-6 6 l-6 -6 z" fill="#059669"/>
      <text x="148" y="\(y)">receipt: the clock starts</text>
      <line x1="316" y1="\(y - 12)" x2="316" y2="\(y + 3)" stroke="#111827" stroke-width="2"/>
      <text x="324" y="\(y)">deadline</text>
      <rect x="396" y="\(y - 9)" width="10" height="10" fill="#111827"/>
      <text x="412" y="\(y)">effect</text>
      </g>

      """
  }

  private static func color(_ item: TakeoverCase) -> String {
    switch item.state {
    case .noticePending: "#6b7280"
    case .running: "#2563eb"
    case .disputed: "#b45309"
    case .effective: "#047857"
    case .cancelled, .undone, .released: "#6b7280"
    case .blocked: "#b91c1c"
    }
  }
}
