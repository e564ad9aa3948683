import Postgres
import Tenure
package import TenureKernel

/// The events about cases, to the tenant, the operator and the person.
extension TakeoverEffect {
  /// The members of an event about a case.
  private func members(of item: TakeoverCase) -> EventMembers {
    [
      ("case_id", item.id.description), ("takeover_id", item.takeover.description),
      ("account_id", item.account.description), ("tenant_id", access.tenant.description),
      ("domain", takeover.domain.text), ("state", item.state.rawValue),
      ("outcome", item.outcome?.rawValue), ("effect_at", item.effectAt?.description),
    ]
  }

  /// Sends the event about the outcome of each case; none for cases that go on.
  func tell(_ cases: [TakeoverCase], _ telling: Telling) {
    for item in cases {
      switch item.state {
      case .noticePending, .running, .disputed: continue
      case .effective:
        // A block that stays, because the person's answer could not be carried out.
        if item.blocker != nil {
          tellPutAside(item, telling)
          continue
        }
        let action = "takeover.\(item.outcome?.rawValue ?? "")"
        telling.record(action, item.id, subject: item.account, in: access)
        telling.record(action, item.id, subject: item.account, in: platform)
      case .cancelled, .undone, .released, .blocked: break
      }
      let isControl = item.outcome == .assumeControl
      switch item.state {
      case .effective where isControl:
        telling.tell(
          .controlTaken, item.account, account: item.account, of: access, members(of: item))
      case .undone where isControl, .released:
        telling.notify(
          .controlReleased, item.id, account: item.account, of: access, members(of: item))
      default:
        telling.tell(.caseEnded, item.id, account: item.account, of: access, members(of: item))
      }
    }
  }

  /// Sends the tenant and the operator the event that something keeps a case from going on.
  func tellPutAside(_ item: TakeoverCase, _ telling: Telling) {
    telling.tell(
      .casePutAside, item.id, account: nil, of: access,
      [
        ("case_id", item.id.description), ("takeover_id", item.takeover.description),
        ("account_id", item.account.description), ("tenant_id", access.tenant.description),
        ("domain", takeover.domain.text), ("blocker", item.blocker?.rawValue),
      ])
  }
}

extension Telling {
  /// Writes the events at once, for a job, which has no reply to write them with.
  func write(by worker: Worker, _ access: Access, _ transaction: Transaction) async throws {
    try await transaction.within(access) {
      let statements = try await statements(by: worker, transaction)
      if !statements.isEmpty { try await transaction.run(statements) }
    }
  }
}

extension TakeoverCase: PersonalView {
  package var reading: Reading { Reading("takeover_case.read", id, subject: account) }
}
