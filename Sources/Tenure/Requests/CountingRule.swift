/// How the time to answer a request is counted in a jurisdiction: data, so that one more is one line.
package struct CountingRule: Sendable, Equatable {
  package let jurisdiction: String
  /// From receipt to answer.
  package let period: CalendarPeriod
  /// From receipt to answer once the time was extended; nil where the law knows no extension.
  package let extended: CalendarPeriod?

  package static let all = [
    // GDPR Article 12(3): a month, and two more where that is necessary.
    CountingRule("eu", CalendarPeriod(months: 1, days: 0), CalendarPeriod(months: 3, days: 0)),
    // UK GDPR Article 12(3).
    CountingRule("uk", CalendarPeriod(months: 1, days: 0), CalendarPeriod(months: 3, days: 0)),
    // California Civil Code 1798.130(a)(2)(A): 45 days, and 45 more.
    CountingRule("us-ca", CalendarPeriod(months: 0, days: 45), CalendarPeriod(months: 0, days: 90)),
    // LGPD (Brazil) Article 19 II: 15 days.
    CountingRule("br", CalendarPeriod(months: 0, days: 15), nil),
  ]

  /// The rule of a jurisdiction; nil for one that nobody has entered.
  package static func of(_ jurisdiction: String) -> CountingRule? {
    all.first { $0.jurisdiction == jurisdiction }
  }

  private init(_ jurisdiction: String, _ period: CalendarPeriod, _ extended: CalendarPeriod?) {
    self.jurisdiction = jurisdiction
    self.period = period
    self.extended = extended
  }
}
