import Tenure
import Testing

/// The life of a case: each verb from each state, and each time at both of its sides.
@Suite struct TakeoverCaseTests {
  private typealias Refusal = TakeoverCase.Refusal
  private let start = Timestamp(microseconds: 1_700_000_000_000_000)

  private func day(_ days: Int64, _ seconds: Int64 = 0) -> Timestamp {
    start.adding(seconds: days * 86_400 + seconds)
  }

  private func fresh() -> TakeoverCase {
    TakeoverCase(
      id: CaseID(at: start), tenant: TenantID(at: start), takeover: TakeoverID(at: start),
      account: AccountID(at: start), at: start)
  }

  private func noticed() throws -> TakeoverCase {
    var item = fresh()
    #expect(try item.send(at: start) == .notice)
    return item
  }

  private func running(days: Int = 30) throws -> TakeoverCase {
    var item = try noticed()
    try item.told(since: start, noticeDays: days, at: start)
    return item
  }

  private func disputed() throws -> TakeoverCase {
    var item = try running()
    try item.dispute(isNew: true, isPersons: true, at: day(1))
    return item
  }

  private func effective(_ outcome: Takeover.Outcome) throws -> TakeoverCase {
    var item = try running()
    try item.takeEffect(outcome, at: day(30))
    #expect(item.state == .effective && item.outcome == outcome && item.effectAt == day(30))
    return item
  }

  /// One case of every state, the block apart.
  private func everyState() throws -> [TakeoverCase] {
    var cancelled = try running()
    try cancelled.cancel(at: day(1))
    var undone = try effective(.assumeControl)
    try undone.undo(at: day(31))
    var released = try effective(.assumeControl)
    try released.release(at: day(31))
    var blocked = try running()
    try blocked.block(.accountGone, at: day(1))
    let all = [
      try noticed(), try running(), try disputed(), try effective(.assumeControl),
      try effective(.detachAddress), try effective(.blockSignIn), cancelled, undone, released,
      blocked,
    ]
    #expect(Set(all.map(\.state)) == Set(TakeoverCase.State.allCases))
    return all
  }

  private func refusal(
    _ item: TakeoverCase, _ verb: (inout TakeoverCase) throws(Refusal) -> Void
  ) -> Refusal? {
    var item = item
    do throws(Refusal) { try verb(&item) } catch { return error }
    return nil
  }

  /// The states from which a verb is done.
  private func from(_ verb: (inout TakeoverCase) throws(Refusal) -> Void) throws -> Set<String> {
    Set(
      try everyState().filter { refusal($0, verb) == nil }.map {
        $0.state == .effective ? "effective " + ($0.outcome?.rawValue ?? "") : $0.state.rawValue
      })
  }

  // MARK: From which states

  @Test func `each verb is done from the states it names, and from no other`() throws {
    let late = day(31)
    #expect(
      try from { item throws(Refusal) in try item.accept(at: late) }
        == ["notice_pending", "running", "effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in try item.detach(at: late) }
        == ["notice_pending", "running", "effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in try item.dispute(isNew: true, isPersons: true, at: late) }
        == ["notice_pending", "running", "effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in try item.export(at: late) }
        == ["notice_pending", "running", "disputed", "effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in try item.told(since: late, noticeDays: 30, at: late) }
        == ["notice_pending"])
    for decision in TakeoverCase.Decision.allCases {
      #expect(
        try from { item throws(Refusal) in try item.decide(decision, at: late) } == ["disputed"])
    }
    #expect(
      try from { item throws(Refusal) in try item.cancel(at: late) }
        == ["notice_pending", "running", "disputed"])
    #expect(
      try from { item throws(Refusal) in try item.block(.accountGone, at: late) }
        == ["notice_pending", "running", "disputed", "effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in _ = try item.putOff(.later, until: late) } == ["running"])
    #expect(
      try from { item throws(Refusal) in try item.takeEffect(.assumeControl, at: late) }
        == ["running"])
    #expect(
      try from { item throws(Refusal) in try item.undo(at: late) }
        == ["effective assume_control", "effective detach_address", "effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in try item.release(at: late) }
        == ["effective assume_control"])
    #expect(
      try from { item throws(Refusal) in try item.lift(at: late) } == ["effective block_sign_in"])
    #expect(
      try from { item throws(Refusal) in try item.endUnnotified(failed: true, at: late) }
        == ["notice_pending"])
    #expect(
      try from { item throws(Refusal) in _ = try item.send(at: late) }
        == ["notice_pending", "running"])
  }

  @Test func `nothing can be answered before somebody was told`() throws {
    let item = fresh()
    #expect(!item.isAnswerable && item.actions.isEmpty)
    #expect(refusal(item) { item throws(Refusal) in try item.accept(at: start) } == .notTold)
    #expect(refusal(item) { item throws(Refusal) in try item.detach(at: start) } == .notTold)
    #expect(
      refusal(item) { item throws(Refusal) in
        try item.dispute(isNew: true, isPersons: true, at: start)
      }
        == .notTold)
    #expect(refusal(item) { item throws(Refusal) in try item.export(at: start) } == .notTold)
    #expect(
      refusal(item) { item throws(Refusal) in
        try item.told(since: start, noticeDays: 30, at: start)
      } == .notTold)
  }

  // MARK: Times

  @Test(arguments: [7, 14, 30, 90])
  func `the deadline comes when its days are over, and not before`(days: Int) throws {
    let item = try running(days: days)
    #expect(item.deadlineAt == day(Int64(days)))
    #expect(item.outcomeDue(.blockSignIn, at: day(Int64(days), -1)) == nil)
    #expect(item.outcomeDue(.blockSignIn, at: day(Int64(days))) == .blockSignIn)
    var early = item
    #expect(throws: Refusal.notDue) { try early.takeEffect(.blockSignIn, at: day(Int64(days), -1)) }
  }

  @Test func `what the person chose is due at once, and nothing else afterwards`() throws {
    var item = try running()
    try item.accept(at: day(1))
    #expect(item.outcomeDue(.detachAddress, at: day(1)) == .assumeControl)
    #expect(item.outcomeDue(.detachAddress, at: day(40)) == .assumeControl)
    #expect(item.nextAt == day(1))
    try item.accept(at: day(2))
    #expect(item.answeredAt == day(1))
    #expect(throws: Refusal.answeredBefore(.accept)) { try item.detach(at: day(2)) }
    #expect(throws: Refusal.answeredBefore(.accept)) {
      try item.dispute(isNew: true, isPersons: true, at: day(2))
    }
    var leaving = try noticed()
    try leaving.detach(at: day(1))
    #expect(leaving.state == .running)
    #expect(leaving.outcomeDue(.assumeControl, at: day(1)) == .detachAddress)
    #expect(throws: Refusal.answeredBefore(.detach)) { try leaving.accept(at: day(2)) }
  }

  @Test func `nothing is due while it is disputed`() throws {
    #expect(try disputed().outcomeDue(.assumeControl, at: day(400)) == nil)
    #expect(try disputed().nextAt == nil)
  }

  @Test func `reminders are sent once each, at half, four fifths, and a day before the end`() throws
  {
    var item = try running()
    for (at, message) in [
      (day(15, -1), nil), (day(15), TakeoverCase.Message.reminder), (day(15, 1), nil),
      (day(24), .reminder), (day(29, -1), nil), (day(29), .reminder), (day(30), nil),
    ] {
      #expect(try item.send(at: at) == message, "\(at)")
    }
    #expect(item.reminders == 3)
  }

  @Test func `an export gives two weeks more, once, also before the clock starts`() throws {
    var item = try running()
    try item.export(at: day(2))
    #expect(item.deadlineAt == day(44))
    #expect(throws: Refusal.exportedBefore) { try item.export(at: day(3)) }
    var waiting = try noticed()
    try waiting.export(at: day(1))
    try waiting.told(since: day(5), noticeDays: 30, at: day(5))
    #expect(waiting.deadlineAt == day(49))
  }

  @Test func `whoever cannot be told is waited for until day 90 after the notice`() throws {
    var item = try noticed()
    #expect(item.nextAt == day(90))
    #expect(!item.isOverdueForNotice(at: day(90, -1)) && item.isOverdueForNotice(at: day(90)))
    var early = item
    #expect(throws: Refusal.notDue) { try early.endUnnotified(failed: false, at: day(90, -1)) }
    try early.endUnnotified(failed: true, at: day(1))
    #expect(early.state == .blocked && early.blocker == .notNotified)
    try item.endUnnotified(failed: false, at: day(90))
    #expect(item.state == .blocked && item.blocker == .notNotified && item.nextAt == nil)
    #expect(!(try running().isOverdueForNotice(at: day(91))))
    #expect(!fresh().isOverdueForNotice(at: day(91)))
  }

  @Test(arguments: Takeover.Outcome.allCases)
  func `an effect is undone for 30 days, the last moment included`(
    outcome: Takeover.Outcome
  ) throws {
    for (days, seconds) in [(0, 0), (29, 0), (30, 0)] as [(Int64, Int64)] {
      var item = try effective(outcome)
      try item.undo(at: day(30 + days, seconds))
      #expect(item.state == .undone && item.nextAt == nil)
    }
    for (days, seconds) in [(30, 1), (31, 0)] as [(Int64, Int64)] {
      var item = try effective(outcome)
      #expect(throws: Refusal.undoOver) { try item.undo(at: day(30 + days, seconds)) }
    }
  }

  // MARK: Disputes

  @Test func `the time of a dispute is not the person's loss`() throws {
    var item = try disputed()
    try item.decide(.dismiss, at: day(11))
    #expect(item.state == .running && item.answer == nil && item.answeredAt == nil)
    #expect(item.deadlineAt == day(40) && item.nextAt == day(11))
    var waiting = try noticed()
    try waiting.dispute(isNew: true, isPersons: true, at: day(1))
    try waiting.decide(.dismiss, at: day(11))
    #expect(waiting.state == .noticePending && waiting.deadlineAt == nil)
    #expect(waiting.nextAt == day(90))
    var upheld = try disputed()
    try upheld.decide(.uphold, at: day(11))
    #expect(upheld.state == .cancelled && upheld.nextAt == nil)
  }

  @Test func `a mailbox disputes three times, and leaves the person three of their own`() throws {
    var item = try running()
    for number in 1...TakeoverCase.disputesMax {
      try item.dispute(isNew: true, isPersons: false, at: day(Int64(number)))
      try item.decide(.dismiss, at: day(Int64(number)))
    }
    #expect(throws: Refusal.disputedTooOften) {
      try item.dispute(isNew: true, isPersons: false, at: day(9))
    }
    for number in 1...TakeoverCase.disputesMax {
      try item.dispute(isNew: true, isPersons: true, at: day(9 + Int64(number)))
      try item.decide(.dismiss, at: day(9 + Int64(number)))
    }
    #expect(throws: Refusal.disputedTooOften) {
      try item.dispute(isNew: true, isPersons: true, at: day(19))
    }
  }

  @Test func `a dispute gives way with its clock put off, and nothing else does`() throws {
    var item = try running()
    let deadline = item.deadlineAt
    #expect(throws: Refusal.notWhile(.running)) { try item.giveWay(at: day(1)) }
    try item.dispute(isNew: true, isPersons: false, at: day(1))
    try item.giveWay(at: day(4))
    #expect(item.state == .running && item.answer == nil)
    #expect(item.deadlineAt == deadline?.adding(seconds: 3 * 86_400))
    try item.detach(at: day(4))
    #expect(item.answer == .detach)
  }

  @Test func `it is disputed anew with something new only, and six times in all`() throws {
    var item = try running()
    for number in 1...(TakeoverCase.disputesMax * 2) {
      // The first time there is nothing it could repeat.
      try item.dispute(isNew: true, isPersons: true, at: day(Int64(number)))
      #expect(item.disputes == number)
      try item.decide(.dismiss, at: day(Int64(number)))
      if number < TakeoverCase.disputesMax * 2 {
        #expect(item.actions.contains("dispute"))
        #expect(throws: Refusal.nothingNew) {
          try item.dispute(isNew: false, isPersons: true, at: day(9))
        }
      }
    }
    #expect(!item.actions.contains("dispute") && item.actions.contains("detach"))
    #expect(throws: Refusal.disputedTooOften) {
      try item.dispute(isNew: true, isPersons: true, at: day(9))
    }
    var first = try running()
    try first.dispute(isNew: false, isPersons: true, at: day(1))
    #expect(first.state == .disputed)
  }

  // MARK: A block

  @Test func `a block leaves the person every way out`() throws {
    let block = try effective(.blockSignIn)
    #expect(block.isBlocking && block.isAnswerable && !block.isOpen)
    #expect(Set(block.actions) == ["acknowledge", "accept", "detach", "dispute", "export"])
    #expect(block.outcomeDue(.blockSignIn, at: day(99)) == nil)
    var accepted = block
    try accepted.accept(at: day(31))
    #expect(accepted.state == .effective && accepted.nextAt == day(31))
    #expect(accepted.outcomeDue(.blockSignIn, at: day(31)) == .assumeControl)
    try accepted.takeEffect(.blockSignIn, at: day(31))
    #expect(accepted.outcome == .assumeControl && accepted.effectAt == day(31))
    #expect(!accepted.isBlocking && accepted.actions.isEmpty)
    var left = block
    try left.detach(at: day(31))
    try left.takeEffect(.blockSignIn, at: day(31))
    #expect(left.state == .effective && left.outcome == .detachAddress)
    var contested = block
    try contested.dispute(isNew: true, isPersons: true, at: day(31))
    #expect(contested.isBlocking && contested.state == .disputed)
    #expect(refusal(contested) { item throws(Refusal) in try item.undo(at: day(32)) } != nil)
    #expect(refusal(contested) { item throws(Refusal) in try item.cancel(at: day(32)) } != nil)
    var dismissed = contested
    try dismissed.decide(.dismiss, at: day(40))
    #expect(dismissed.state == .effective && dismissed.isBlocking && dismissed.nextAt == nil)
    var upheld = contested
    try upheld.decide(.uphold, at: day(40))
    #expect(upheld.state == .undone)
    try contested.lift(at: day(400))
    #expect(contested.state == .undone)
  }

  @Test func `what cannot follow from a block leaves it as it was`() throws {
    var block = try effective(.blockSignIn)
    try block.accept(at: day(31))
    #expect(try block.putOff(.openRequest, until: day(32)))
    #expect(block.state == .effective && block.nextAt == day(32))
    try block.block(.domainNotHeld, at: day(32))
    #expect(block.isBlocking && block.state == .effective && block.answer == nil)
    #expect(block.nextAt == nil && block.actions.contains("detach"))
  }

  // MARK: Put aside

  @Test func `what is put aside says why once, and is tried again`() throws {
    var item = try running()
    try item.accept(at: day(1))
    #expect(try item.putOff(.openRequest, until: day(2)))
    #expect(try !item.putOff(.openRequest, until: day(3)))
    #expect(try item.putOff(.later, until: day(4)))
    #expect(item.nextAt == day(4) && item.state == .running)
    try item.takeEffect(.detachAddress, at: day(4))
    #expect(item.blocker == nil && item.outcome == .assumeControl)
  }

  @Test func `a case knows the state in which it was kept`() throws {
    var item = try noticed()
    #expect(item.savedState == .noticePending && item.version == 1)
    try item.told(since: start, noticeDays: 30, at: start)
    #expect(item.savedState == .noticePending)
    item.saved(at: start)
    #expect(item.savedState == .running && item.version == 2)
  }
}
