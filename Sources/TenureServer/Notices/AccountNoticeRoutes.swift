import Postgres
import Tenure
import TenureAPI
package import TenureKernel

/// Endpoints of notices about accounts, and of the evidence that they reached the person.
package enum AccountNoticeRoutes {
  @Sendable
  package static func listAccountNotices(_ call: Call) async throws -> Reply {
    let access = try call.access
    let database = call.worker.database
    let account = try call.accountParameter()
    return try await call.list(
      access, filter: account?.description ?? "", id: \AccountNotice.id.uuid,
      reading: \.reading
    ) { after, limit in
      try await database.read(
        access, AccountNoticeStore.page(after: after, limit: limit, account: account, access)
      ).map { try AccountNoticeStore.notice($0, access) }
    }
  }

  @Sendable
  package static func listAccountNoticeReceipts(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, NoticeID.self)
    let rows = try await call.worker.database.run([
      access.context, AccountNoticeStore.find(id, access),
      ReceiptStore.list(.account(id), access),
    ])
    guard let notice = try rows[1].first.map({ try AccountNoticeStore.notice($0, access) }) else {
      throw Problem(.notFound)
    }
    try await call.record([Reading("receipt.read", id, subject: notice.account)], in: access)
    return Reply(
      page: try rows[2].map { try ReceiptStore.receipt($0, of: .account(id), to: access) })
  }

  @Sendable
  package static func listMyAccountNotices(_ call: Call) async throws -> Reply {
    let (account, records) = try call.ownRecords
    let database = call.worker.database
    return try await call.list(records, id: \AccountNotice.id.uuid) { after, limit in
      let found = try await AccountNoticeStore.notices(
        of: account, after: after, limit: limit, database)
      return try await call.ownPage(found, id: \AccountNotice.id) { ids, access in
        try await database.read(access, AccountNoticeStore.find(ids, access))
          .map { try AccountNoticeStore.notice($0, access) }
      }
    }
  }

  /// The person states that they have read a notice, which is the best receipt there is.
  ///
  /// It takes a session that no mailbox opened.
  @Sendable
  package static func acknowledgeAccountNotice(_ call: Call) async throws -> Reply {
    let id = try call.id(0, NoticeID.self)
    guard let caller = call.caller, let key = caller.key,
      let (account, _) = caller.authorizeOwnRecords(),
      let found = try await AccountNoticeStore.tenant(of: id, call.worker.database),
      found.account == account,
      let (_, access) = caller.authorizeOwnAccount(custodian: found.tenant)
    else { throw Problem(.notFound) }
    let isPersons = try await PersonStanding.isPersons(call)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run([
        isPersons
          ? ReceiptStore.keep(
            .acknowledge, of: .account(id), .session(key), ReceiptID(at: call.now))
          : ReceiptStore.keep(
            [.init(notice: .account(id), channel: NoticeAction.acknowledge.rawValue)],
            at: call.now),
        AccountNoticeStore.find(id, access),
      ])
      guard let row = rows[1].first else { throw Problem(.notFound) }
      change.record("account_notice.acknowledged", id, subject: account)
      return Reply(try AccountNoticeStore.notice(row, access))
    }
  }
}

extension AccountNotice: PersonalView {
  package var reading: Reading { Reading("account_notice.read", id, subject: account) }
}
