import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoint that makes tokens with which a signed-in person reaches their own account.
///
/// The operator, which has signed the person in, asks for them, and states whether somebody who
/// only reads the person's mailbox could have got as far.
package enum PersonTokenRoutes {
  @Sendable
  package static func createPersonToken(_ call: Call) async throws -> Reply {
    let body = try call.body(PersonTokenBody.self)
    let access = try call.platformAccess
    guard try await AccountStore.custodian(body.account, call.worker.database) != nil else {
      throw Problem.invalid("/account_id", "there is no such account")
    }
    if case .session(let signedInAt?, _) = body.assurance, signedInAt > call.now {
      throw Problem.invalid("/signed_in_at", "lies in the future")
    }
    let token = KeyToken(kind: .session)
    let digest = try call.worker.sealer.digests.sha256(token.secret)
    let expiresAt = call.now.adding(seconds: Int64(body.expiresInSeconds))
    let key = Key(
      id: KeyID(at: call.now), tenant: access.tenant, reference: token.reference,
      name: "person token", role: .auditor, scopes: nil, createdAt: call.now,
      createdBy: access.caller.actor, expiresAt: expiresAt)
    return try await call.commit(
      access,
      KeyStore.insert(
        key, role: "person", digest: digest, account: body.account, assurance: body.assurance,
        access),
      Reply(
        status: 201,
        PersonTokenView(
          account: body.account, token: token.text, assurance: body.assurance,
          expiresAt: expiresAt))
    ) { $0.record("person_token.created", key.id, subject: body.account, in: access) }
  }
}
