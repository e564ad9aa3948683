import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Accounts: registered by the operator, read and changed by whoever has custody of them.
package enum AccountRoutes {
  @Sendable
  package static func createAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let profile = try call.body(AccountProfile.self)
    let tenantKey = try await call.worker.tenantKey(access)
    let id = AccountID(at: call.now)
    let sealed = try call.worker.seal(profile, as: id, under: tenantKey)
    let account = AccountView(
      id: id, status: .active, controller: access.controller, profile: profile.json,
      createdAt: call.now, updatedAt: call.now, version: 1)
    return try await translating {
      try await call.commit(
        access, AccountStore.insert([sealed], at: call.now, access),
        Reply(status: 201, account, version: 1, location: "/v1/accounts/\(id)")
      ) { $0.record("account.created", id, subject: id, in: access) }
    }
  }

  @Sendable
  package static func getAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let rows = try await call.worker.database.find(access, AccountStore.find(id, access))
    return try await answer(call, rows, access)
  }

  /// Finds an account by one of its addresses.
  ///
  /// A POST, because an address has no place in a URL.
  @Sendable
  package static func lookupAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(LookupBody.self)
    let hmac = try call.worker.blindIndex("address", body.address.identity)
    let rows = try await call.worker.database.find(
      access, AccountStore.find(addressHMAC: hmac, access))
    return try await answer(call, rows, access)
  }

  /// A person's own account.
  ///
  /// Reading about oneself leaves no audit entry.
  @Sendable
  package static func getMe(_ call: Call) async throws -> Reply {
    guard let caller = call.caller, case .person(let id) = caller.plane,
      let custodian = try await AccountStore.custodian(id, call.worker.database),
      let (account, access) = caller.authorizeOwnAccount(custodian: custodian)
    else { throw Problem(.notFound) }
    let rows = try await call.worker.database.find(access, AccountStore.find(account, access))
    guard let row = rows.first, try AccountStore.stored(row).status != .erased else {
      throw Problem(.notFound)
    }
    let stored = try AccountStore.stored(row)
    if custodian == .platform {
      let view = try await AccountView.open(stored, call.worker, access)
      return Reply(view, version: view.version)
    }
    // Who may read the claimed mailbox sees what its owner sees.
    let own =
      try await PersonStanding.isPersons(call)
      ? try await PersonalRecords(worker: call.worker).find(account) : nil
    let view = try await AccountView.open(stored, with: own, call.worker, access)
    return Reply(view, version: stored.version)
  }

  /// Opens the one row, leaves an audit entry of the read, and answers.
  private static func answer(_ call: Call, _ rows: Rows, _ access: Access) async throws -> Reply {
    guard let row = rows.first else { throw Problem(.notFound) }
    let stored = try AccountStore.stored(row)
    if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
    if stored.status == .isolated { throw Problem(.accountIsolated) }
    guard stored.status.isShown else { throw Problem(.notFound) }
    if let reply = call.notModified(version: stored.version) { return reply }
    let view = try await AccountView.open(stored, call.worker, access)
    let entry = call.auditEntry("account.read", view.id, in: access, subject: view.id)
    try await call.worker.readAudit.record(try await call.explained([entry], access), access)
    return Reply(view, version: view.version)
  }

  @Sendable
  package static func listAccounts(_ call: Call) async throws -> Reply {
    let access = try call.access
    let filter = call.parameter("filter")
    let condition = try filter.map(AccountFilter.sql)
    let worker = call.worker
    return try await call.list(access, filter: filter ?? "", id: \AccountView.id.uuid) {
      after, limit in
      let stored = try await AccountStore.list(
        worker.database, access, after: after, limit: limit, filter: condition)
      let key = try await worker.tenantKey(access)
      let views = stored.map { account in
        do {
          let profile = try worker.openProfile(
            account.profile, of: account.id, wrapped: account.key, under: key)
          return AccountView(account, profile: profile, access)
        } catch {
          // One that does not open keeps nobody from seeing the others.
          worker.logUnreadable(account.id, error)
          return AccountView(account, profile: AccountProfile.empty.json, access)
        }
      }
      let entries = views.map {
        call.auditEntry("account.read", $0.id, in: access, subject: $0.id)
      }
      try await worker.readAudit.record(try await call.explained(entries, access), access)
      return views
    }
  }

  @Sendable
  package static func updateAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let patch = try call.body(AccountPatch.self)
    return try await translating {
      try await call.change(access) { change in
        let view = try await AccountEdit.apply(patch, to: id, change) { version in
          try call.checkPrecondition(version: version)
        }
        return Reply(view, version: view.version)
      }
    }
  }

  private static func translating(_ body: () async throws -> Reply) async throws -> Reply {
    do { return try await body() } catch let error as PostgresError {
      throw AccountStore.problem(error) ?? error as any Error
    }
  }
}
