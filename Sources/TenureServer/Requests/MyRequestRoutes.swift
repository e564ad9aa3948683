import Foundation
import HTTP
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Requests of people, as they make and follow them themselves.
package enum MyRequestRoutes {
  /// Goes to whoever controls the account now.
  @Sendable
  package static func createMyRequest(_ call: Call) async throws -> Reply {
    let draft = try call.body(MyRequestBody.self).draft
    // Asking for data brings it to the person's own places, and objecting harms nobody; the others
    // decide about the account.
    if ![.access, .portability, .objection].contains(draft.kind) {
      try await PersonStanding.require(call)
    }
    guard let caller = call.caller, case .person(let id) = caller.plane,
      let custodian = try await AccountStore.custodian(id, call.worker.database),
      let (account, access) = caller.authorizeOwnAccount(custodian: custodian)
    else { throw Problem(.notFound) }
    return try await SubjectRequestRoutes.receive(draft, of: account, call, access)
  }

  @Sendable
  package static func listMyRequests(_ call: Call) async throws -> Reply {
    let (account, records) = try call.ownRecords
    let worker = call.worker
    let isPersons = try await PersonStanding.isPersons(call)
    return try await call.list(records, id: \SubjectRequestView.request.id.uuid) { after, limit in
      let found = try await SubjectRequestStore.requests(
        of: account, after: after, limit: limit, worker.database)
      return try await call.ownPage(found, id: \SubjectRequestView.request.id) { ids, access in
        let rows = try await worker.database.read(access, SubjectRequestStore.find(ids, access))
        let stored = try rows.map { try SubjectRequestStore.stored($0, access) }
        return try await SubjectRequestRoutes.views(stored, worker, access)
          .map { isPersons ? $0 : $0.withoutWords }
      }
    }
  }

  @Sendable
  package static func getMyRequest(_ call: Call) async throws -> Reply {
    let (id, access) = try await mine(call)
    let rows = try await call.worker.database.find(access, SubjectRequestStore.find(id, access))
    guard let stored = try rows.first.map({ try SubjectRequestStore.stored($0, access) }),
      let view = try await SubjectRequestRoutes.views([stored], call.worker, access).first
    else { throw Problem(.notFound) }
    // What was said is read by its own person, not by whoever reads a mailbox.
    let isPersons = try await PersonStanding.isPersons(call)
    return Reply(isPersons ? view : view.withoutWords, version: stored.request.version)
  }

  @Sendable
  package static func withdrawMyRequest(_ call: Call) async throws -> Reply {
    let (id, access) = try await mine(call)
    return try await SubjectRequestRoutes.move(id, call, access, .requestWithdrawn) {
      request, _, change in
      if request.state == .granted {
        try await SubjectRequestRoutes.takeBack(request, change)
      }
      try request.withdraw(at: call.now)
      return nil
    }
  }

  /// Hands the package out: to the person, as often as they like, and to whoever holds its link,
  /// once.
  @Sendable
  package static func collectMyPackage(_ call: Call) async throws -> Reply {
    let (id, access) = try await mine(call)
    if call.caller?.link == nil { try await PersonStanding.require(call) }
    let worker = call.worker
    let (account, _) = try call.ownRecords
    let answer = try await call.change(access) { change in
      let rows = try await change.transaction.run(PackageStore.find(id, access).forUpdate)
      guard let package = try rows.first.map(PackageStore.package), package.manifest != nil,
        let expiresAt = package.expiresAt, expiresAt > call.now
      else { throw Problem(.packagePending) }
      if call.caller?.link != nil {
        try await change.transaction.run(PackageStore.collect(id, at: call.now, access))
      }
      change.record("package.collected", id, subject: account)
      return Reply.noContent
    }
    if call.isDryRun { return answer }
    guard let view = try await PackageRoutes.view(id, worker, access),
      let key = try await worker.existingPersonKeys(of: [account], access)[account]
    else { throw Problem(.packagePending) }
    var reply = Reply()
    reply.stream = { body in
      // The list stands last and is written file by file: a package may be large.
      try await body.write(Array(PackageDownload(view).json.dropLast(2)))
      var number = 0
      while let row = try await worker.database.read(
        access, PackageStore.file(after: number, of: id, access)
      ).first {
        let file = try PackageStore.file(row)
        let content = try worker.open(file, of: account, key, access)
        let part = PackageFile(name: file.name, content: String(decoding: content, as: UTF8.self))
        try await body.write((number == 0 ? [] : Array(",".utf8)) + part.json)
        number = file.number
      }
      try await body.write(Array("]}".utf8))
    }
    return reply
  }

  /// The request of the path, where it is the caller's; by a link, only the one it was sent for.
  private static func mine(_ call: Call) async throws -> (id: SubjectRequestID, access: Access) {
    let id = try call.id(0, SubjectRequestID.self)
    let (account, records) = try call.ownRecords
    if let link = records.caller.link, link != .package(id) { throw Problem(.notFound) }
    guard let found = try await SubjectRequestStore.tenant(of: id, call.worker.database),
      found.account == account,
      let (_, access) = records.caller.authorizeOwnAccount(custodian: found.tenant)
    else { throw Problem(.notFound) }
    return (id, access)
  }
}
