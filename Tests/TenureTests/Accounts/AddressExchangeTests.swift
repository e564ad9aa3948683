import Foundation
import Tenure
import Testing

/// Who gives addresses to whom: in a circle, or not at all.
@Suite struct AddressExchangeTests {
  private let a = AccountID(uuid: UUID())
  private let b = AccountID(uuid: UUID())
  private let c = AccountID(uuid: UUID())
  private let d = AccountID(uuid: UUID())

  private func circles(_ gifts: [(AccountID, Set<AccountID>)]) -> Set<Set<AccountID>> {
    var exchange = AddressExchange()
    for (receiver, givers) in gifts { exchange.give(to: receiver, from: givers) }
    return Set(exchange.circles)
  }

  @Test func `two that give to each other are a circle, and so are three in a ring`() {
    #expect(circles([(a, [b]), (b, [a])]) == [[a, b]])
    #expect(circles([(a, [b]), (b, [c]), (c, [a])]) == [[a, b, c]])
    #expect(circles([(a, [b]), (b, [a]), (c, [d]), (d, [c])]) == [[a, b], [c, d]])
  }

  @Test func `whoever gives and gets nothing, or gets and gives nothing, makes it none`() {
    #expect(circles([]) == [])
    #expect(circles([(a, [b])]) == [])
    #expect(circles([(a, [b]), (b, [c])]) == [])
    // A third takes from a pair, or gives to it.
    #expect(circles([(a, [b]), (b, [a]), (c, [a])]) == [])
    #expect(circles([(a, [b, c]), (b, [a])]) == [])
  }

  @Test(.timeLimit(.minutes(1))) func `a long ring or chain takes no longer than its length`() {
    let many = (0..<10_000).map { _ in AccountID(uuid: UUID()) }
    let chain = zip(many, many.dropFirst()).map { ($0, Set([$1])) }
    #expect(circles(chain) == [])
    #expect(circles(chain + [(many[many.count - 1], [many[0]])]) == [Set(many)])
  }
}
