import Foundation
import Tenure
import Testing

@Suite struct SubjectRequestTests {
  private static let zone = TimeZone(identifier: "Europe/Berlin") ?? .gmt

  private func time(_ text: String) -> Timestamp {
    Timestamp(parsing: text) ?? Timestamp(microseconds: 0)
  }

  private func request(
    _ kind: SubjectRequest.Kind = .access, _ received: String, jurisdiction: String = "eu",
    zone: TimeZone = .gmt
  ) throws -> SubjectRequest {
    let at = time(received)
    return SubjectRequest(
      id: SubjectRequestID(at: at), controller: .platform, account: AccountID(at: at), kind: kind,
      purposes: [], rule: try #require(CountingRule.of(jurisdiction)), receivedAt: at,
      requestedBy: "x", at: at, in: zone)
  }

  @Test(arguments: [
    ("2026-01-31T10:00:00Z", "eu", "2026-02-28T10:00:00Z", "2026-04-30T10:00:00Z"),
    ("2028-01-31T10:00:00Z", "eu", "2028-02-29T10:00:00Z", "2028-04-30T10:00:00Z"),
    ("2026-08-15T10:00:00Z", "uk", "2026-09-15T10:00:00Z", "2026-11-15T10:00:00Z"),
    ("2026-01-31T10:00:00Z", "us-ca", "2026-03-17T10:00:00Z", "2026-05-01T10:00:00Z"),
  ]) func `the answer is due by calendar, and later once extended`(
    received: String, jurisdiction: String, due: String, extended: String
  ) throws {
    var request = try request(.access, received, jurisdiction: jurisdiction)
    #expect(request.dueAt == time(due))
    try request.extend(at: time(received).adding(seconds: 86_400), in: .gmt)
    #expect(request.dueAt == time(extended))
    #expect(throws: SubjectRequest.Refusal.extendedBefore) {
      try request.extend(at: time(received).adding(seconds: 90_000), in: .gmt)
    }
  }

  @Test func `a month has the hour of the calendar it is counted in`() throws {
    // Summer time begins in between: the same time of day, an hour less.
    let request = try request(.access, "2026-03-15T11:00:00Z", zone: Self.zone)
    #expect(request.dueAt == time("2026-04-15T10:00:00Z"))
  }

  @Test func `the clock stands while identity is checked, also for what is extended after`() throws
  {
    var request = try request(.access, "2026-01-31T10:00:00Z")
    try request.pause(at: time("2026-02-02T10:00:00Z"))
    #expect(throws: SubjectRequest.Refusal.notWhile(.paused)) {
      try request.grant(at: time("2026-02-03T10:00:00Z"))
    }
    try request.resume(at: time("2026-02-05T10:00:00Z"))
    #expect(request.dueAt == time("2026-03-03T10:00:00Z"))
    try request.extend(at: time("2026-02-06T10:00:00Z"), in: .gmt)
    #expect(request.dueAt == time("2026-05-03T10:00:00Z"))
  }

  @Test func `more time is taken before the time is over, and only where the law gives it`() throws
  {
    var late = try request(.access, "2026-01-31T10:00:00Z")
    #expect(throws: SubjectRequest.Refusal.noExtension) {
      try late.extend(at: time("2026-02-28T10:00:01Z"), in: .gmt)
    }
    var strict = try request(.access, "2026-01-31T10:00:00Z", jurisdiction: "br")
    #expect(throws: SubjectRequest.Refusal.noExtension) {
      try strict.extend(at: time("2026-02-01T10:00:00Z"), in: .gmt)
    }
  }

  @Test func `what has ended stays as it is`() throws {
    for end in [SubjectRequest.State.refused, .withdrawn, .fulfilled] {
      var ended = try request(.restriction, "2026-01-31T10:00:00Z")
      let now = time("2026-02-01T10:00:00Z")
      switch end {
      case .refused: try ended.refuse(at: now)
      case .withdrawn: try ended.withdraw(at: now)
      default: try ended.fulfil(at: now)
      }
      #expect(ended.state == end && ended.endedAt == now && !ended.state.isOpen)
      #expect(throws: SubjectRequest.Refusal.notWhile(end)) { try ended.pause(at: now) }
      #expect(throws: SubjectRequest.Refusal.notWhile(end)) { try ended.fulfil(at: now) }
      #expect(throws: SubjectRequest.Refusal.notWhile(end)) { try ended.refuse(at: now) }
      if end == .fulfilled {
        try ended.lift(at: now)
      }
      #expect(throws: SubjectRequest.Refusal.nothingToLift) { try ended.lift(at: now) }
    }
  }

  @Test func `a link's token says what it shows, and no other fits`() throws {
    let id = SubjectRequestID(at: time("2026-01-31T10:00:00Z"))
    let token = LinkToken(link: .package(id), digest: Array(repeating: 7, count: 32))
    let parsed = try #require(LinkToken(parsing: token.text.utf8))
    #expect(parsed == token && parsed.link == .package(id))
    let notice = token.text.replacing("tnrp_", with: "tnrn_")
    #expect(LinkToken(parsing: notice.utf8) == nil, "the checksum covers what it is for")
  }

  @Test func `what takes time is taken back by either side, until it is done`() throws {
    let later = time("2026-02-02T10:00:00Z")
    for kind in SubjectRequest.Kind.allCases {
      var request = try request(kind, "2026-01-31T10:00:00Z")
      try request.grant(at: later)
      var other = request
      if kind == .erasure || kind.isPackaged {
        try request.withdraw(at: later)
        try other.refuse(at: later)
        #expect(request.state == .withdrawn && other.state == .refused)
      } else {
        #expect(throws: SubjectRequest.Refusal.notWhile(.granted)) {
          try request.withdraw(at: later)
        }
        #expect(throws: SubjectRequest.Refusal.notWhile(.granted)) {
          try other.refuse(at: later)
        }
      }
    }
    for kind in [SubjectRequest.Kind.erasure, .portability] {
      var done = try request(kind, "2026-01-31T10:00:00Z")
      try done.grant(at: later)
      try done.fulfil(at: later)
      #expect(throws: SubjectRequest.Refusal.notWhile(.fulfilled)) { try done.withdraw(at: later) }
    }
  }
}
