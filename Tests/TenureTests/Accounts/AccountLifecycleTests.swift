import Tenure
import Testing

@Suite struct AccountLifecycleTests {
  /// What each verb makes of each status, in the order of `AccountStatus.allCases`: a status, '='
  /// where it is that already, '-' where it does not follow.
  private static let table = """
    verb        active       blocked      restricted   deactivated  isolated   deleted      anonymised erased
    restrict    restricted   -            =            -            -          -            -          -
    deactivate  deactivated  deactivated  deactivated  =            -          -            -          -
    reactivate  =            active       active       active       active     -            -          -
    isolate     isolated     isolated     isolated     isolated     =          -            -          -
    delete      deleted      deleted      deleted      deleted      deleted    =            -          -
    restore     -            -            -            -            -          deactivated  -          -
    anonymise   anonymised   anonymised   anonymised   anonymised   anonymised anonymised   =          -
    erase       erased       erased       erased       erased       erased     erased       erased     =
    release     active       active       active       active       -          -            -          -
    """

  @Test func `each verb has one effect, from where it makes sense`() throws {
    let lines = Self.table.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines[0].dropFirst().map(String.init) == AccountStatus.allCases.map(\.rawValue))
    for line in lines.dropFirst() {
      let verb = try #require(AccountVerb(rawValue: String(line[0])))
      for (status, expected) in zip(AccountStatus.allCases, line.dropFirst()) {
        let result = Result { () throws(AccountVerb.Refusal) in
          try verb.status(after: status)
        }
        let found =
          switch result {
          case .success(let next): next?.rawValue ?? "="
          case .failure: "-"
          }
        #expect(found == expected, "\(verb) from \(status)")
      }
    }
    #expect(lines.count == AccountVerb.allCases.count + 1)
  }

  @Test func `a restored account is what it was before it was deleted`() throws {
    #expect(
      try AccountVerb.restore.status(after: .deleted, before: .restricted)
        == .restricted)
  }

  @Test func `the last owner stays able to sign in`() {
    for verb in AccountVerb.allCases {
      let answer = DisposalGate.judge(verb.act, [.lastOwner], .asked)
      let isRefused = [.deactivate, .isolate, .delete, .anonymise, .erase].contains(verb)
      #expect((answer == .refused(.lastOwner)) == isRefused, "\(verb)")
    }
    #expect(AccountStatus.allCases.filter(\.allowsSignIn) == [.active, .restricted])
  }
}
