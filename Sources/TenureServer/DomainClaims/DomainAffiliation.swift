import Foundation
import HTTP
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Shows that somebody at a domain knows of the claim, by a file on its web server or a code from
/// one of its mailboxes.
///
/// Neither changes the state of the claim: web servers and mailboxes may be run by others than the
/// holder of the domain.
package enum DomainAffiliation {
  private static let fileBytesMax = 4 * 1_024
  private static let httpsPort = 443

  @Sendable
  package static func affiliateDomainClaim(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, DomainClaimID.self)
    let body = try call.body(AffiliationBody.self)
    let rows = try await call.worker.database.find(access, DomainClaimStore.find(id, access))
    guard let row = rows.first else { throw Problem(.notFound) }
    let claim = try DomainClaimStore.claim(row, access)
    guard claim.state == .pending else {
      throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not pending")
    }
    guard let mailbox = body.mailbox else { return try await byFile(claim, call) }
    guard let code = body.code else { return try await sendCode(mailbox, claim, call) }
    return try await byCode(code, mailbox, claim, call)
  }

  // MARK: File

  private static func byFile(_ claim: DomainClaim, _ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let found = try await look(for: try worker.challenge(of: claim), on: claim.domain, worker)
    let observation = DomainClaim.Observation(
      resolver: "web", outcome: found == nil ? .found : .nodata, isProof: found == nil)
    guard let found else { return try await save(claim, .file, observation, call) }
    // The answer is stored as evidence, whether it is the token or not.
    _ = try await worker.database.run(
      [
        access.context,
        DomainClaimStore.insert([observation], claim.id, at: call.now, access),
      ], commits: true)
    throw Problem(.affiliationNotShown, found)
  }

  /// Why the file does not prove affiliation; nil where it does.
  ///
  /// The server's certificate must be the domain's, redirects are not followed, and the file must
  /// be the token and nothing else.
  private static func look(
    for challenge: DomainChallenge, on domain: DomainName, _ worker: Worker
  ) async throws -> String? {
    do {
      let answer = try await worker.outbound.send(
        OutboundRequest(
          method: "GET", host: domain.text, port: httpsPort, target: challenge.filePath,
          headers: [("Accept", "text/plain"), ("User-Agent", "tenure/\(Version.current)")]))
      guard answer.status == 200 else { return "the file's status is \(answer.status), not 200" }
      guard answer.body.count <= fileBytesMax else { return "the file is longer than 4 KiB" }
      let text = String(decoding: answer.body, as: UTF8.self)
      let isExact = text == challenge.fileContent || text == challenge.fileContent + "\n"
      return isExact ? nil : "the file does not hold the token alone"
    } catch let error as OutboundError {
      return "the web server could not be asked: \(error)"
    }
  }

  // MARK: Mailbox

  /// Asks the operator to mail a code; not again while the last one still holds.
  private static func sendCode(
    _ mailbox: DomainClaim.Mailbox, _ claim: DomainClaim, _ call: Call
  ) async throws -> Reply {
    let access = try call.access
    return try await call.change(access) { change in
      let rows = try await change.transaction.run([
        DomainClaimStore.lock(claim.id, access), DomainClaimStore.code(claim.id, access),
      ])
      guard try rows[0].first.map({ try DomainClaimStore.claim($0, access) })?.state == .pending
      else { throw Problem(.domainStateConflict, "the claim is no longer pending") }
      if let row = rows[1].first, try row.optionalChoice(0) == mailbox,
        let until = try row.optionalTime(1), until > call.now
      {
        return Reply(status: 202, CodeSentView(expiresAt: until))
      }
      try await codes(mailbox, claim, call.worker).send(change.transaction)
      let until = call.now.adding(seconds: DomainClaim.codeSeconds)
      try await change.transaction.run(
        DomainClaimStore.keepCode(claim.id, mailbox, until: until, access))
      change.record("domain_claim.code_sent", claim.id)
      change.emit(
        Event(
          .domainClaimCodeRequired, claim.id, at: call.now,
          [
            ("domain_claim_id", claim.id.description), ("tenant_id", access.tenant.description),
            ("domain", claim.domain.text), ("mailbox", mailbox.rawValue),
            ("expires_at", until.description),
          ]), in: SystemCaller(job: "domain_check").access(to: .platform))
      return Reply(status: 202, CodeSentView(expiresAt: until))
    }
  }

  private static func byCode(
    _ code: String, _ mailbox: DomainClaim.Mailbox, _ claim: DomainClaim, _ call: Call
  ) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    // Counted before the code is compared, so that calls at the same time cannot try more often.
    let codes = try codes(mailbox, claim, worker)
    try await codes.take()
    let rows = try await worker.database.find(access, DomainClaimStore.code(claim.id, access))
    guard let row = rows.first, try row.optionalChoice(0) == mailbox,
      let until = try row.optionalTime(1), until > call.now,
      constantTimeEqual(
        Array(code.utf8),
        Array(try worker.mailboxCode(claim.id, mailbox.rawValue, until: until.description).utf8))
    else { throw Problem(.codeWrong) }
    let platform = SystemCaller(job: "codes").access(to: .platform)
    try await worker.database.transaction(in: platform) { try await codes.forgive($0) }
    return try await save(
      claim, .mailbox,
      DomainClaim.Observation(
        resolver: "mailbox:\(mailbox.rawValue)", outcome: .found, isProof: true), call)
  }

  private static func codes(
    _ mailbox: DomainClaim.Mailbox, _ claim: DomainClaim, _ worker: Worker
  ) throws -> CodeGuard {
    try CodeGuard(
      worker, address: "\(mailbox.rawValue)@\(claim.domain.text)", purpose: claim.id)
  }

  // MARK: Both

  /// Saves the affiliation, unless the claim has changed since it was read.
  private static func save(
    _ asked: DomainClaim, _ affiliation: DomainClaim.Affiliation,
    _ observation: DomainClaim.Observation, _ call: Call
  ) async throws -> Reply {
    let access = try call.access
    return try await DomainClaimRoutes.changing(call, "domain_claim.affiliated") { claim, change in
      guard claim.state == .pending, claim.tokenNumber == asked.tokenNumber else {
        throw Problem(.domainStateConflict, "the claim is \(claim.state.rawValue), not pending")
      }
      claim.affiliation = affiliation
      claim.affiliatedAt = call.now
      try await change.transaction.run(
        DomainClaimStore.insert([observation], claim.id, at: call.now, access))
      change.emit(
        Event(
          .domainClaimAffiliated, claim.id, at: call.now,
          [
            ("domain_claim_id", claim.id.description), ("domain", claim.domain.text),
            ("affiliation", affiliation.rawValue),
          ]))
      return true
    }
  }
}
