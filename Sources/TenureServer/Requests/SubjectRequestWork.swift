package import Foundation
package import Postgres
package import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Carries out what was granted: makes a package, a file a transaction, or erases the account once
/// nothing keeps it any more.
///
/// Where it stands lies in the rows: after a kill it goes on there.
package struct SubjectRequestWork: PiecewiseWork {
  /// When an erasure that something keeps from happening is looked at again.
  private static let waitSeconds: Int64 = 3_600

  let worker: Worker
  package let access: Access
  let id: SubjectRequestID
  /// Who granted it.
  var origin: JobOrigin?

  package var job: UUID { id.uuid }

  package func runPiece(_ transaction: Transaction, at now: Timestamp) async throws -> Bool {
    guard
      let stored = try await transaction.run(SubjectRequestStore.find(id, access).forUpdate).first
        .map({ try SubjectRequestStore.stored($0, access) }), stored.request.state == .granted
    else {
      try await transaction.run(JobStore.finish(job, next: nil, access))
      return false
    }
    if stored.request.kind.isPackaged { return try await pack(stored, now, transaction) }
    try await erase(stored.request, now, transaction)
    let later = now.adding(seconds: Self.waitSeconds)
    try await transaction.run(JobStore.finish(job, next: later, access))
    return false
  }

  // MARK: Erasing

  /// Has the account erased, where the order of decision says so; its disposal fulfils the request.
  private func erase(
    _ request: SubjectRequest, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    let rows = try await transaction.run([
      AccountStore.find(request.account, access),
      AccountChangeStore.pending([request.account], access),
    ])
    guard let account = try rows[0].first.map(AccountStore.stored), account.status.hasPerson
    else { return }
    // Accepted already: whether it is done by now is nobody's to see. One that follows a deletion
    // and is further off gives way to this one.
    let wait = try await DisposalWait.seconds(worker, access, transaction)
    if account.status == .deleted, let pending = try rows[1].first?.time(2),
      pending <= now.adding(seconds: wait)
    {
      return
    }
    let sweep = try await RetentionSweep(
      access, asOf: now, seesSecretHolds: false, transaction)
    let candidate = RetentionSweep.Candidate(
      subject: account.id.uuid, account: account.id, className: RetentionRule.accountClass,
      createdAt: account.createdAt, startsAt: account.createdAt)
    guard try await sweep.decide([candidate], transaction).first?.decision.level == .erasure
    else { return }
    let reason = "request \(request.id)"
    let telling = try await Telling.of(
      job, for: origin, otherwise: request.id, reason: reason, at: now, by: worker, access)
    let lifecycle = AccountLifecycle(
      worker: worker, access: access, verb: .erase, reason: reason, now: now)
    _ = try await lifecycle.perform(
      [account.id], at: nil, isDryRun: false, telling, transaction)
    try await transaction.run(
      telling.statements(by: worker, transaction) + [access.context])
  }

  // MARK: Packing

  /// Makes the next file; signs the list of all when none is left.
  private func pack(
    _ stored: SubjectRequestStore.Stored, _ now: Timestamp, _ transaction: Transaction
  ) async throws -> Bool {
    guard
      let package = try await transaction.run(PackageStore.find(id, access)).first.map(
        PackageStore.package)
    else { return false }
    let sections = PackageSection.all(for: stored.request)
    guard package.section < sections.count else {
      try await complete(stored, now, transaction)
      return false
    }
    let section = sections[package.section]
    let account = stored.request.account
    let contents = PackageContents(
      worker: worker, access: access, account: account,
      isPersonsOwn: stored.request.isPersonsOwn, transaction: transaction)
    let page = try await contents.page(of: section, after: package.place)
    let next = page.next == nil ? package.section + 1 : package.section
    let keys = try await worker.personKeys(of: [account], access) { try await transaction.run($0) }
    var file: PackageStore.File?
    if let json = page.json, let key = keys[account] {
      let number = try await transaction.run(PackageStore.names(id, access)).count + 1
      let fileID = UUID.v7(at: now)
      file = PackageStore.File(
        number: number, id: fileID, name: "\(number)-\(section.rawValue).json",
        digest: try worker.sealer.digests.sha256(json),
        content: try worker.seal(file: fileID, json, of: account, key, access))
    }
    try await transaction.run(
      PackageStore.add(file, section: next, place: page.next, to: id, access))
    return true
  }

  private func complete(
    _ stored: SubjectRequestStore.Stored, _ now: Timestamp, _ transaction: Transaction
  ) async throws {
    var request = stored.request
    try request.fulfil(at: now)
    let names = try await transaction.run(PackageStore.names(id, access)).map {
      (name: try $0.string(0), digest: try $0.string(1))
    }
    let name = PackageView.origin(of: access.tenant)
    let note = try SignedNote.sign(
      "\(name)\n\(PackageManifest(request: request, at: now, files: names).text)\n", name: name,
      key: try worker.auditKey(of: access.tenant), digests: worker.sealer.digests)
    let expiresAt = now.adding(seconds: PackageStore.keptSeconds)
    let telling = try await Telling.of(
      job, for: origin, otherwise: id, at: now, by: worker, access)
    telling.record("request.fulfilled", id, subject: request.account, in: access)
    telling.tell(.requestFulfilled, request, of: access)
    let platform = SystemCaller(job: "request").access(to: .platform)
    telling.emit(
      Event(
        .requestPackageReady, id, account: request.account, at: now,
        [
          ("dsr_id", id.description), ("account_id", request.account.description),
          ("expires_at", expiresAt.description),
        ]), in: platform)
    try await transaction.run(
      telling.statements(by: worker, transaction) + [
        access.context,
        PackageStore.complete(id, manifest: note, expiresAt: expiresAt, access),
        SubjectRequestStore.save(request, details: stored.details, access),
        JobStore.finish(job, next: nil, access),
      ])
  }
}

extension JobKind {
  package static let request = JobKind("request")
}

extension SubjectRequestWork {
  package static let job = Job(
    .request, subject: { SubjectRequestID(uuid: $0.id).description },
    .pieces { worker, access, taken in
      SubjectRequestWork(
        worker: worker, access: access, id: SubjectRequestID(uuid: taken.id), origin: taken.origin)
    })
}
