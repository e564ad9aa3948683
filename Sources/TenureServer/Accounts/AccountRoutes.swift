import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints of accounts: the operator registers them, the custodian reads and changes them.
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
    do {
      return try await translating {
        try await call.commit(
          access, AccountStore.insert([sealed], at: call.now, access),
          Reply(status: 201, account, version: 1, location: "/v1/accounts/\(id)")
        ) { $0.record("account.created", id, subject: id, in: access) }
      }
    } catch let problem as Problem
      where [.addressTaken, .externalIDTaken].contains(problem.code)
    {
      throw try await deletedHolder(of: sealed, call, access).map { holder in
        Problem(
          problem.code,
          "it is \(holder)'s, which is deleted: POST /v1/accounts/\(holder):restore brings it back")
      } ?? problem
    }
  }

  /// The deleted account in the caller's custody that has an address or the external id of a new
  /// account; nil where there is none.
  private static func deletedHolder(
    of account: SealedAccount, _ call: Call, _ access: Access
  ) async throws -> AccountID? {
    var statements = account.addresses.map { AccountStore.find(addressHMAC: $0.hmac, access) }
    if let id = account.externalIDHMAC {
      statements.append(AccountStore.find(externalIDHMAC: id, access))
    }
    let found = try await call.worker.database.run([access.context] + statements)
    let holder = try found.dropFirst().compactMap { try $0.first.map(AccountStore.stored) }
      .first { $0.status == .deleted }?.id
    if let holder { try await call.record([Reading("account.read", holder)], in: access) }
    return holder
  }

  @Sendable
  package static func getAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, AccountID.self)
    let rows = try await call.worker.database.find(access, AccountStore.find(id, access))
    return try await answer(call, rows, access)
  }

  /// Finds an account by one of its addresses or by its external id.
  ///
  /// A deleted one is found, too, because its id is needed to restore it; nothing else of it is
  /// shown.
  ///
  /// It is a POST because addresses must not be in a URL.
  @Sendable
  package static func lookupAccount(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let statement =
      switch try call.body(AccountLookupBody.self).key {
      case .address(let address):
        AccountStore.find(
          addressHMAC: try worker.blindIndex("address", address.identity), access)
      case .externalID(let id):
        AccountStore.find(externalIDHMAC: try worker.blindIndex("external_id", id), access)
      }
    let rows = try await worker.database.find(access, statement)
    guard let row = rows.first, try AccountStore.stored(row).status == .deleted,
      try !AccountStore.isSuspended(row)
    else { return try await answer(call, rows, access) }
    let view = AccountView(
      try AccountStore.stored(row), profile: AccountProfile.empty.json, access)
    try await call.record([view.reading], in: access)
    return Reply(view, version: view.version)
  }

  /// Searches accounts by a filter in the body, which may name personal attributes.
  ///
  /// Names are sealed: for a filter with names, a limited number of accounts is decrypted for each
  /// page, which may therefore be short; `next_cursor` goes on from there.
  @Sendable
  package static func searchAccounts(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let text = try call.body(AccountSearchBody.self).filter
    let filter = try AccountFilter(searching: text, worker, access)
    let limit = try call.limit()
    var after = try call.parameter("cursor").map {
      try Cursor.decode($0, for: call, access, filter: text)
    }
    var found: [AccountView] = []
    var examined = 0
    var isDone = false
    while found.count < limit, examined < AccountSearch.examinedMax, !isDone {
      let some = try await AccountSearch(worker: worker, access: access, filter: filter)
        .some(after: after, wanted: limit - found.count)
      found += some.found
      examined += some.examined
      (after, isDone) = (some.last ?? after, some.isLast)
    }
    try await call.record(found.map(\.reading), in: access)
    let next =
      try isDone
      ? nil
      : after.map {
        try Cursor.encode($0, for: call, access, filter: text)
      }
    var writer = JSONWriter(capacity: 256 * found.count + 128)
    writer.page(found, nextCursor: next)
    return Reply(body: writer.bytes)
  }

  /// The caller's own account.
  ///
  /// Reading about oneself is not audited.
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
    // The person's own addresses are shown only to the person for certain: a tenant that reads the
    // claimed mailbox could have got a link or token.
    let own =
      try await PersonStanding.isPersons(call)
      ? try await PersonalRecords(worker: call.worker).find(account) : nil
    let view = try await AccountView.open(stored, with: own, call.worker, access)
    return Reply(view, version: stored.version)
  }

  /// Decrypts the one row, audits the read, and returns the view.
  private static func answer(_ call: Call, _ rows: Rows, _ access: Access) async throws -> Reply {
    guard let row = rows.first else { throw Problem(.notFound) }
    let stored = try AccountStore.stored(row)
    if try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
    if stored.status == .isolated { throw Problem(.accountIsolated) }
    guard stored.status.isShown else { throw Problem(.notFound) }
    if let reply = call.notModified(version: stored.version) { return reply }
    let view = try await AccountView.open(stored, call.worker, access)
    try await call.record([view.reading], in: access)
    return Reply(view, version: view.version)
  }

  @Sendable
  package static func listAccounts(_ call: Call) async throws -> Reply {
    let access = try call.access
    let filter = call.parameter("filter")
    let condition = try filter.map { try AccountFilter(parsing: $0, access) }
    let (sql, withDeleted) = (try condition?.sql, condition?.asksForDeleted ?? false)
    let worker = call.worker
    return try await call.list(access, filter: filter ?? "", id: \AccountView.id.uuid) {
      after, limit in
      let stored = try await AccountStore.list(
        worker.database, access, after: after, limit: limit, withDeleted: withDeleted, filter: sql)
      let key = try await worker.tenantKey(access)
      let views = stored.map { account in
        // Of a deleted account only its existence is shown.
        if account.status == .deleted {
          return AccountView(account, profile: AccountProfile.empty.json, access)
        }
        do {
          let profile = try worker.openProfile(
            account.profile, of: account.id, wrapped: account.key, under: key)
          return AccountView(account, profile: profile, access)
        } catch {
          // A profile that cannot be decrypted is shown empty, so that the others can be seen.
          worker.logUnreadable(account.id, error)
          return AccountView(account, profile: AccountProfile.empty.json, access)
        }
      }
      try await call.record(views.map(\.reading), in: access)
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
