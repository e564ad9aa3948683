import Tenure
import Testing

@Suite struct DisposalGateTests {
  private func judge(
    _ act: DisposalAct, _ obstacles: Set<DisposalObstacle>,
    _ moment: DisposalGate.Moment = .asked
  ) -> DisposalGate.Answer {
    DisposalGate.judge(act, obstacles, moment)
  }

  @Test func `nothing in the way allows everything`() {
    for act in DisposalAct.allCases {
      for moment in DisposalGate.Moment.allCases { #expect(judge(act, [], moment) == .allowed) }
    }
  }

  /// What destroys data in the end, as somebody asks for it.
  static let destroying: [DisposalAct] = [.delete, .anonymise, .erase]

  @Test(arguments: destroying) func `whoever asks to destroy is told what may be known`(
    act: DisposalAct
  ) {
    for obstacle in DisposalObstacle.allCases where ![.handing, .heldSecretly].contains(obstacle) {
      #expect(judge(act, [obstacle]) == .refused(obstacle), "\(act) \(obstacle)")
    }
  }

  @Test func `a secret hold changes no answer to whoever asks`() {
    for act in DisposalAct.allCases where act != .destroyContent {
      for obstacle in DisposalObstacle.allCases {
        let known = judge(act, [obstacle])
        let both = judge(act, [obstacle, .heldSecretly])
        // What moves to another custodian is put off.
        #expect(both == known || (known == .allowed && both == .waits), "\(act) \(obstacle)")
        if act.isAccepted { #expect(both == known) }
      }
    }
  }

  @Test func `what was accepted waits for whatever stands in its way, and never says no`() {
    for obstacle in DisposalObstacle.allCases where obstacle != .lastOwner {
      #expect(judge(.purge, [obstacle], .due) == .waits, "\(obstacle)")
    }
  }

  @Test func `people get their way out whatever became of the proof`() {
    for obstacle in [DisposalObstacle.frozen, .suspended] {
      #expect(judge(.release, [obstacle]) == .allowed)
      #expect(judge(.undo, [obstacle]) == .allowed)
    }
    #expect(judge(.restore, [.frozen]) == .allowed)
    #expect(judge(.reactivate, [.frozen]) == .allowed)
    #expect(judge(.restore, [.suspended]) == .refused(.suspended))
  }

  @Test func `rights in doubt destroy, hide, give away, rename and hold nothing`() {
    for obstacle in [DisposalObstacle.frozen, .suspended] {
      for act: DisposalAct in [
        .delete, .erase, .anonymise, .isolate, .deactivate, .giveRole, .takeRole,
        .changeAddress, .placeHold, .transferContent,
      ] {
        #expect(judge(act, [obstacle]) == .refused(obstacle), "\(act) \(obstacle)")
        #expect(judge(act, [obstacle], .due) == .waits, "\(act) \(obstacle)")
      }
      for act: DisposalAct in [.assumeControl, .detachAddress, .blockSignIn] {
        #expect(judge(act, [obstacle], .due) == .refused(obstacle))
      }
    }
  }

  @Test func `the strongest reason is the one that is said`() {
    #expect(judge(.erase, Set(DisposalObstacle.allCases)) == .refused(.suspended))
    #expect(judge(.erase, [.asked, .locked, .heldSecretly]) == .refused(.locked))
  }
}
