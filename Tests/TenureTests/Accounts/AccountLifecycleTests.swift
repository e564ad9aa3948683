import Tenure
import Testing

@Suite struct AccountLifecycleTests {
  @Test func `each verb has one effect, from where it makes sense`() {
    for status in AccountStatus.allCases {
      for verb in AccountVerb.allCases {
        let result = Result { () throws(AccountVerb.Refusal) in
          try verb.status(after: status, isLastOwner: false)
        }
        let expected: Result<AccountStatus?, AccountVerb.Refusal> =
          switch (verb, status) {
          case (.restrict, .active): .success(.restricted)
          case (.restrict, .restricted): .success(nil)
          case (.restrict, .blocked), (.restrict, .deactivated): .failure(.notFrom(status))
          case (.deactivate, .deactivated): .success(nil)
          case (.deactivate, _): .success(.deactivated)
          case (.reactivate, .active): .success(nil)
          case (.reactivate, .restricted), (.reactivate, .deactivated): .success(.active)
          // What a takeover blocked is unblocked by undoing it.
          case (.reactivate, .blocked): .failure(.notFrom(.blocked))
          }
        #expect(result == expected, "\(verb) from \(status)")
      }
    }
  }

  @Test func `the last owner stays able to sign in`() {
    #expect(throws: AccountVerb.Refusal.lastOwner) {
      _ = try AccountVerb.deactivate.status(after: .active, isLastOwner: true)
    }
    #expect(throws: Never.self) {
      _ = try AccountVerb.restrict.status(after: .active, isLastOwner: true)
    }
    #expect(AccountStatus.allCases.filter(\.allowsSignIn) == [.active, .restricted])
  }
}
