import HTTP
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

extension Call {
  /// Answers what to reply while a second person has not agreed to exactly this request; nil once
  /// one has: the approval is used up then, with the change.
  ///
  /// Whoever agrees belongs to whoever does it, wherever what it is done to lies.
  ///
  /// A dry run says what would happen once somebody has.
  ///
  /// `content`: a digest of what came as a stream, and is not in the request's body.
  func secondPerson(
    _ action: String, _ object: some CustomStringConvertible, _ change: Change,
    content: [UInt8] = []
  ) async throws -> Reply? {
    if isDryRun { return nil }
    guard let key = change.access.caller.key else { throw Problem(.forbidden) }
    let digests = worker.sealer.digests
    let head = "\(request.method.rawValue)\0\(request.path)\0"
    let fingerprint = try digests.sha256(Array(head.utf8) + request.body + content)
    return try await change.transaction.within(change.access) {
      try await agreement(action, object.description, by: key, fingerprint, change)
    }
  }

  private func agreement(
    _ action: String, _ object: String, by key: KeyID, _ fingerprint: [UInt8], _ change: Change
  ) async throws -> Reply? {
    let found = try await change.transaction.run(
      ApprovalStore.find(fingerprint: fingerprint, by: key, change.access)
    ).first.map(ApprovalStore.approval)
    if let found, found.expiresAt > now {
      if found.state == .approved {
        try await change.transaction.run(ApprovalStore.use(found.id, change.access))
        change.telling.approvedBy = found.decidedBy?.description
        return nil
      }
      return Self.accepted(found)
    }
    var statements: [SQL] = []
    if let found { statements.append(ApprovalStore.expire(found.id, change.access)) }
    let approval = Approval(
      id: ApprovalID(at: now), action: action, object: object, requestedBy: key,
      requestedAt: now, expiresAt: now.adding(seconds: ApprovalRoutes.waitSeconds),
      state: .pending)
    statements.append(ApprovalStore.insert(approval, fingerprint: fingerprint, change.access))
    try await change.transaction.run(statements)
    change.record("approval.requested", approval.id, subject: approval.subject)
    return Self.accepted(approval)
  }

  private static func accepted(_ approval: Approval) -> Reply {
    Reply(
      status: 202, approval, version: approval.version, location: "/v1/approvals/\(approval.id)")
  }
}

extension Approval: PersonalView {
  /// What is to be approved is often done to somebody.
  package var reading: Reading { Reading("approval.read", id, subject: subject) }

  /// Whose account it is about; nil where it is about a list, or something else.
  var subject: AccountID? { try? AccountID(parsing: object) }
}
