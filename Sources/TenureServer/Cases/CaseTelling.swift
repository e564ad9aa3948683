import Postgres
import Tenure
import TenureKernel

/// What is said of cases: to the tenant, and from the platform to the operator and the person.
extension TakeoverEffect {
  /// What events say of a case.
  private func members(of item: TakeoverCase) -> EventMembers {
    [
      ("case_id", item.id.description), ("takeover_id", item.takeover.description),
      ("account_id", item.account.description), ("tenant_id", access.tenant.description),
      ("domain", takeover.domain.text), ("state", item.state.rawValue),
      ("outcome", item.outcome?.rawValue), ("effect_at", item.effectAt?.description),
    ]
  }

  /// Says of each what has come of it; nothing of those that were put aside.
  func tell(_ cases: [TakeoverCase], _ telling: Telling) {
    for item in cases {
      switch item.state {
      case .noticePending, .running, .disputed: continue
      case .effective:
        // A block that goes on without the answer that could not be followed.
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

  /// Says to the tenant and the operator what keeps a case from going on.
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
  /// Writes what is to be said at once, for work that no request waits for.
  func write(by worker: Worker, _ access: Access, _ transaction: Transaction) async throws {
    try await transaction.within(access) {
      let statements = try await statements(by: worker, transaction)
      if !statements.isEmpty { try await transaction.run(statements) }
    }
  }
}
