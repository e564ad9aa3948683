import JSON
import Tenure
import TenureAPI
import Testing

@testable import TenureCLI

/// A column that no answer has a member for is empty in every table and CSV file.
@Suite struct ColumnTests {
  /// Columns, and what the contract says of what they show.
  struct Table: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let columns: [String]
    let members: [String]

    init<Shown: Shaped>(_ type: Shown.Type, _ columns: [String]) {
      testDescription = Shown.shape.name
      self.columns = columns
      members = Shown.shape.members.map(\.name)
    }
  }

  static let tables = [
    Table(Tenant.self, Columns.tenant), Table(WhoAmIView.self, Columns.caller),
    Table(RoleView.self, Columns.role), Table(KeyView.self, Columns.key),
    Table(KeyView.self, Columns.newKey), Table(AccountView.self, Columns.account),
    Table(PersonTokenView.self, Columns.personToken),
    Table(Membership.self, Columns.membership),
    Table(DomainClaimView.self, Columns.domainClaim),
    Table(DomainGrantView.self, Columns.domainGrant),
    Table(DomainGrantView.self, Columns.endedGrant),
    Table(DomainObservation.self, Columns.observation),
    Table(TakeoverPreviewView.self, Columns.takeoverPreview),
    Table(TakeoverView.self, Columns.takeover), Table(TakeoverCase.self, Columns.takeoverCase),
    Table(Receipt.self, Columns.receipt), Table(DisputeView.self, Columns.dispute),
    Table(WebhookEndpointView.self, Columns.endpoint),
    Table(WebhookEndpointView.self, Columns.newEndpoint),
    Table(WebhookEndpointView.self, Columns.endpointSecret),
    Table(EventDelivery.self, Columns.delivery), Table(Queued.self, Columns.queued),
    Table(NumberedEvent.self, Columns.event), Table(Operation.self, Columns.operation),
    Table(AccountChange.self, Columns.change), Table(SignInStatusView.self, Columns.signIn),
    Table(AccountOutcomeView.self, Columns.outcome), Table(Approval.self, Columns.approval),
    Table(Hold.self, Columns.hold), Table(Custodian.self, Columns.custodian),
    Table(RetentionRuleVersion.self, Columns.rule), Table(RetentionRun.self, Columns.run),
    Table(RetentionResult.self, Columns.runResult), Table(AccountDatesView.self, Columns.dates),
    Table(RetentionDecisionView.self, Columns.decision),
    Table(RetentionSimulationView.Group.self, Columns.simulated),
    Table(RetentionCalendarView.Entry.self, Columns.calendar),
    Table(Erasure.self, Columns.erasure), Table(ContentItemView.self, Columns.content),
    Table(ContentOutcomeView.self, Columns.contentOutcome),
    Table(ContentTransferPreview.self, Columns.transferPreview),
    Table(SubjectRequestView.self, Columns.request),
    Table(PackageView.self, Columns.requestPackage), Table(PolicyView.self, Columns.policy),
    Table(Acceptance.self, Columns.acceptance),
    Table(PendingAcceptanceView.self, Columns.pendingAcceptance),
    Table(SuppressionRecord.self, Columns.suppression),
    Table(CommunicationCheckView.self, Columns.communicationCheck),
    Table(AuditEntryView.self, Columns.audit), Table(AuditCheckpointView.self, Columns.checkpoint),
    Table(AuditCheckpointView.self, Columns.newCheckpoint),
    Table(AuditProofView.self, Columns.proof), Table(Effect.self, Columns.effect),
  ]

  @Test(arguments: [
    ("a", "a"), ("", ""), ("-5", "-5"), ("+49.5", "+49.5"), ("-1+1", "'-1+1"), ("-inf", "'-inf"),
    ("x;=HYPERLINK(A1)", "x;'=HYPERLINK(A1)"), ("x;\"=1", "x;'\"\"=1"), ("a|@x", "a|'@x"),
    ("=\u{338}", "'=\u{338}"), ("＝1+1", "'＝1+1"), ("＋1", "'＋1"), ("－1", "'－1"), ("＠x", "'＠x"),
    ("\r\n=1", "'\r'\n'=1"), ("\nx", "'\nx"), ("\rx", "'\rx"), ("\tx", "'\tx"), (" =1", "' =1"),
    ("say \"hi\"", "say \"\"hi\"\""), ("a;b", "a;b"),
  ])
  func `a cell that is text is in quotes, and nothing in it runs`(text: String, cell: String) {
    let shown = Lines.csv(.object([("a", .string(text))]), "a")
    #expect(Array(shown.unicodeScalars) == Array("\"\(cell)\"".unicodeScalars))
  }

  @Test func `a cell that is no text is bare`() {
    for (value, cell) in [
      (JSONValue.number("-5"), "-5"), (.bool(true), "true"), (.null, ""),
      (.array([.string("=1")]), #""[""=1""]""#),
    ] {
      #expect(Lines.csv(.object([("a", value)]), "a") == cell)
    }
    #expect(Lines.csv(.object([]), "a") == "")
  }

  @Test(arguments: tables) func `columns name members of what they show`(_ table: Table) {
    let names = table.columns.map { column in column.prefix { $0 != "." } }
    let unknown = names.filter { !table.members.contains(String($0)) }
    #expect(!names.isEmpty && unknown.isEmpty, "\(table.testDescription) has no \(unknown)")
  }
}
