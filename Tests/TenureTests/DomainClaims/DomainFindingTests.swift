import Foundation
import Tenure
import Testing

/// What a look at DNS that proved nothing says to whoever set the record.
@Suite struct DomainFindingTests {
  private typealias Observation = DomainClaim.Observation
  private static let token = String(repeating: "Ab1_", count: 10) + "xyz"
  private let challenge = DomainChallenge(
    DomainClaim(
      id: DomainClaimID(uuid: UUID()), tenant: TenantID(uuid: UUID()),
      domain: DomainName(stored: "acme.test"), scope: .exact, at: Timestamp(microseconds: 0)),
    label: "abcd", token: token)

  private func said(
    _ outcome: Observation.Outcome, _ records: [String] = [], isProof: Bool = false,
    by resolver: String = "192.0.2.1"
  ) -> Observation {
    Observation(resolver: resolver, outcome: outcome, isProof: isProof, records: records)
  }

  private func finding(_ observations: Observation...) -> String? {
    challenge.finding(observations)
  }

  @Test func `where the proof was seen nothing is to be said`() {
    #expect(finding() == nil)
    #expect(finding(said(.found, [challenge.value], isProof: true)) == nil)
    #expect(
      finding(
        said(.found, isProof: true), said(.found, isProof: true, by: "b"), said(.timeout, by: "c"))
        == nil)
  }

  @Test(arguments: [
    (Observation.Outcome.nxdomain, "does not exist"), (.nodata, "no TXT record"),
    (.servfail, "refused, or failed"), (.timeout, "no answer in time"),
  ])
  private func `each outcome says what it is, of which name, by whom`(
    outcome: Observation.Outcome, words: String
  ) throws {
    let text = try #require(finding(said(outcome), said(outcome, by: "192.0.2.2")))
    #expect(text.hasPrefix("192.0.2.1, 192.0.2.2: ") && text.contains(words), "\(text)")
    #expect(text.contains("_abcd._tenure-challenge.acme.test"), "\(text)")
    #expect(!text.contains("More than half"), "they agree")
  }

  @Test(arguments: [
    ("v=spf1 -all", "something else"), ("x token=\(token)", "not at its beginning"),
    ("token=\(token.uppercased())", "other letters"), ("token=other", "another token"),
    ("\(token.prefix(20))", "not all of the value"),
  ])
  func `a record that is not the proof is quoted, with why`(record: String, words: String) throws {
    let text = try #require(finding(said(.found, [record])))
    #expect(text.contains("'\(record)'") && text.contains(words), "\(text)")
  }

  @Test func `resolvers that differ are told apart, and how many are needed`() throws {
    let text = try #require(
      finding(said(.found, [challenge.value], isProof: true), said(.nxdomain, by: "192.0.2.2")))
    #expect(text.contains("192.0.2.1: the proof is there.") && text.contains("192.0.2.2: the name"))
    #expect(text.contains("More than half"))
  }

  @Test func `what a zone says is kept within bounds, with what nobody sees written out`() {
    let many = said(.found, (0..<12).map { "r\($0)" })
    #expect(many.records.count == 10)
    let long = said(.found, [String(repeating: "ä", count: 300)])
    #expect(long.records[0].unicodeScalars.count == 255)
    #expect(said(.found, ["a\u{1B}[2Jb\u{7F}\u{85}"]).records == ["a\\u{1b}[2Jb\\u{7f}\\u{85}"])
  }

  @Test(arguments: [
    "200B", "200D", "200E", "202E", "2028", "2029", "2060", "2066", "61C", "AD", "34F", "3164",
    "FE0F", "FEFF", "E0041", "2800",
  ])
  func `what turns text around, or shows nothing, is written out`(code: String) throws {
    let scalar = try #require(UInt32(code, radix: 16).flatMap(Unicode.Scalar.init))
    let seen = said(.found, ["token\(Character(scalar))=x ä\u{308}"])
    #expect(seen.records == ["token\\u{\(code.lowercased())}=x ä\u{308}"])
    #expect(try #require(finding(seen)).contains("\\u{\(code.lowercased())}"))
  }
}
