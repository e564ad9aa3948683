import Foundation
import Postgres
import Tenure
import TenureAPI

/// Accounts: registered by the operator, read and changed by whoever has custody of them.
enum AccountRoutes {
  @Sendable
  static func createAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let profile = try call.body(AccountProfile.self)
    let tenantKey = try await call.worker.tenantKey(access)
    let id = AccountID(at: call.now)
    let sealed = try call.worker.seal(profile, as: id, under: tenantKey)
    let account = AccountView(
      id: id, status: .active, controller: controller(access), profile: profile.json,
      createdAt: call.now, updatedAt: call.now, version: 1)
    return try await translating {
      try await call.commit(
        access, AccountStore.insert([sealed], at: call.now, access),
        Reply(status: 201, account, version: 1, location: "/v1/accounts/\(id)")
      ) { $0.record("account.created", id, subject: id, in: access) }
    }
  }

  @Sendable
  static func getAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let rows = try await call.worker.database.find(access, AccountStore.find(id, access))
    return try await answer(call, rows, access)
  }

  /// Finds an account by one of its addresses.
  ///
  /// A POST, because an address has no place in a URL.
  @Sendable
  static func lookupAccount(_ call: Call) async throws -> Reply {
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
  static func getMe(_ call: Call) async throws -> Reply {
    guard let caller = call.caller, case .person(let id) = caller.plane,
      let custodian = try await AccountStore.custodian(id, call.worker.database),
      let (account, access) = caller.authorizeOwnAccount(custodian: custodian)
    else { throw Problem(.notFound) }
    let rows = try await call.worker.database.find(access, AccountStore.find(account, access))
    guard let row = rows.first, try AccountStore.stored(row).status != .erased else {
      throw Problem(.notFound)
    }
    let view = try await open(try AccountStore.stored(row), call.worker, access)
    return Reply(view, version: view.version)
  }

  /// Opens the one row, leaves an audit entry of the read, and answers.
  private static func answer(_ call: Call, _ rows: Rows, _ access: Access) async throws -> Reply {
    guard let row = rows.first else { throw Problem(.notFound) }
    let stored = try AccountStore.stored(row)
    if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
    if stored.status == .isolated { throw Problem(.accountIsolated) }
    guard stored.status.isShown else { throw Problem(.notFound) }
    if let reply = call.notModified(version: stored.version) { return reply }
    let view = try await open(stored, call.worker, access)
    let entry = call.auditEntry("account.read", view.id, in: access, subject: view.id)
    try await call.worker.readAudit.record(try await call.explained([entry], access), access)
    return Reply(view, version: view.version)
  }

  @Sendable
  static func listAccounts(_ call: Call) async throws -> Reply {
    let access = try call.access
    let filter = call.parameter("filter")
    let condition = try filter.map(AccountFilter.sql)
    let worker = call.worker
    return try await call.list(access, filter: filter ?? "", id: \AccountView.id.uuid) {
      after, limit in
      let stored = try await AccountStore.list(
        worker.database, access, after: after, limit: limit, filter: condition)
      var views: [AccountView] = []
      for account in stored { views.append(try await open(account, worker, access)) }
      let entries = views.map {
        call.auditEntry("account.read", $0.id, in: access, subject: $0.id)
      }
      try await worker.readAudit.record(try await call.explained(entries, access), access)
      return views
    }
  }

  @Sendable
  static func updateAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let patch = try call.body(AccountPatch.self)
    return try await translating {
      try await call.change(access) { change in
        let view = try await apply(patch, to: id, change) { version in
          try call.checkPrecondition(version: version)
        }
        return Reply(view, version: view.version)
      }
    }
  }

  /// Changes an account's profile, where its status allows that; `checking` sees the version first.
  @discardableResult
  static func apply(
    _ patch: AccountPatch, to id: AccountID, _ change: Change,
    checking: (Int) throws -> Void = { _ in }
  ) async throws -> AccountView {
    let (worker, access) = (change.call.worker, change.access)
    guard let row = try await change.transaction.run(AccountStore.find(id, access)).first else {
      throw Problem(.notFound)
    }
    let stored = try AccountStore.stored(row)
    if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
    if stored.status == .isolated { throw Problem(.accountIsolated) }
    guard stored.status.isShown else { throw Problem(.notFound) }
    try checking(stored.version)
    guard stored.status.allowsChanges else {
      throw Problem(.accountStateConflict, "the account is \(stored.status.rawValue)")
    }
    let tenantKey = try await worker.tenantKey(access)
    let before = try AccountProfile.stored(
      try worker.openProfile(stored.profile, of: id, wrapped: stored.key, under: tenantKey))
    let after = try patch.applied(to: before)
    if after == before { return view(stored, before.json, access) }
    if after.addresses != before.addresses {
      let situation = try await DisposalSituation.find(
        [id], at: change.call.now, access, change.transaction)
      if let problem = situation.problem(.changeAddress, id) { throw problem }
    }
    let sealed = try worker.reseal(after, as: id, wrapped: stored.key, under: tenantKey)
    let rows = try await change.transaction.run(
      AccountStore.update(sealed, from: stored.version, at: change.call.now, access))
    guard let updated = try rows[0].first.map(AccountStore.stored) else {
      throw Problem(.preconditionFailed)
    }
    change.record("account.updated", id, subject: id)
    return view(updated, after.json, access)
  }

  static func open(
    _ stored: AccountStore.Stored, _ worker: Worker, _ access: Access
  ) async throws -> AccountView {
    let tenantKey = try await worker.tenantKey(access)
    let profile = try worker.openProfile(
      stored.profile, of: stored.id, wrapped: stored.key, under: tenantKey)
    return view(stored, profile, access)
  }

  private static func view(
    _ stored: AccountStore.Stored, _ profile: [UInt8], _ access: Access
  ) -> AccountView {
    AccountView(
      id: stored.id, status: stored.status, controller: controller(access), profile: profile,
      createdAt: stored.createdAt, updatedAt: stored.updatedAt, version: stored.version)
  }

  private static func controller(_ access: Access) -> TenantID? {
    access.tenant == .platform ? nil : access.tenant
  }

  private static func translating(_ body: () async throws -> Reply) async throws -> Reply {
    do { return try await body() } catch let error as PostgresError {
      throw AccountStore.problem(error) ?? error as any Error
    }
  }
}
