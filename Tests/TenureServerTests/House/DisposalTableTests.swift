import Foundation
import Tenure
import Testing

/// What must stay true of everything that cannot be undone, printed and compared like the matrix of
/// permissions: `TENURE_RECORD=1` prints it anew.
@Suite struct DisposalTableTests {
  @Test func `what stands in the way of which act is what was agreed`() throws {
    try compare("disposal.txt", Self.table)
  }

  /// A line for each act and moment that differ, a column for each obstacle.
  private static var table: String {
    let head = """
      # What stands in the way of what cannot be undone, and what follows.
      # no: refused, and the reason is said. waits: put off, and nobody is told why. -: nothing.
      # asked: somebody wants it now. due: its day has come. Where one line stands, both are alike.
      # two: where a tenant has two people, both must agree.

      """
    let names = DisposalObstacle.allCases.map(\.rawValue)
    func line(_ first: String, _ second: String, _ cells: [String], _ two: String) -> String {
      var text = first.padded(21) + second.padded(7)
      for (name, cell) in zip(names, cells) { text += cell.padded(name.count + 2) }
      return text + two + "\n"
    }
    var text = head + line("act", "moment", names, "two")
    for act in DisposalAct.allCases {
      func cells(_ moment: DisposalGate.Moment) -> [String] {
        DisposalObstacle.allCases.map {
          DisposalGate.bearing(of: $0, on: act, moment).rawValue
        }
      }
      let two = act.takesTwo ? "two" : "-"
      let (asked, due) = (cells(.asked), cells(.due))
      if asked == due {
        text += line(act.rawValue, "", asked, two)
      } else {
        text += line(act.rawValue, "asked", asked, two)
        text += line("", "due", due, "-")
      }
    }
    return text
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
