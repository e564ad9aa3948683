import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// What people want to be told, which addresses nobody writes to, and whether something may be sent.
package enum CommunicationRoutes {
  // MARK: Preferences

  @Sendable
  package static func getMyPreferences(_ call: Call) async throws -> Reply {
    let (account, access) = try call.ownRecords
    return try await preferences(of: account, call, access)
  }

  @Sendable
  package static func putMyPreferences(_ call: Call) async throws -> Reply {
    let (account, access) = try call.ownRecords
    return try await put(account, call, access)
  }

  @Sendable
  package static func getPreferences(_ call: Call) async throws -> Reply {
    let (account, access) = try await any(call)
    try await call.record([Reading("preferences.read", account)], in: access)
    return try await preferences(of: account, call, access)
  }

  /// What a product has heard of somebody.
  @Sendable
  package static func putPreferences(_ call: Call) async throws -> Reply {
    let (account, access) = try await any(call)
    return try await put(account, call, access)
  }

  private static func preferences(
    of account: AccountID, _ call: Call, _ access: Access
  ) async throws -> Reply {
    let rows = try await call.worker.database.read(
      access, PreferenceStore.find([account], access))
    return Reply(PreferencesBody(try rows.map { try PreferenceStore.preference($0).preference }))
  }

  private static func put(
    _ account: AccountID, _ call: Call, _ access: Access
  ) async throws -> Reply {
    let body = try call.body(PreferencesBody.self)
    return try await call.change(access) { change in
      try await change.transaction.run(
        PreferenceStore.replace(
          body.preferences, of: account, by: access.caller.actor, at: call.now, access))
      change.record("preferences.updated", account, subject: account)
      return Reply(body)
    }
  }

  /// The account of the path, whoever has custody of it.
  private static func any(_ call: Call) async throws -> (account: AccountID, access: Access) {
    let access = try call.platformAccess
    let id = try call.id(0, AccountID.self)
    guard try await AccountStore.custodian(id, call.worker.database) != nil else {
      throw Problem(.notFound)
    }
    return (id, access)
  }

  // MARK: Suppressions

  @Sendable
  package static func createSuppression(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let body = try call.body(SuppressionBody.self)
    let record = SuppressionRecord(
      id: SuppressionID(at: call.now), suppression: body.suppression,
      createdBy: access.caller.actor, createdAt: call.now)
    let hmac = try Suppressions(worker: call.worker, access: access).hmac(body.address)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run(
        SuppressionStore.insert([(record, hmac)], access))
      if rows.isEmpty { throw Problem(.suppressionExists) }
      change.record("suppression.created", record.id)
      return Reply(status: 201, record, location: "/v1/suppressions/\(record.id)")
    }
  }

  @Sendable
  package static func listSuppressions(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let database = call.worker.database
    return try await call.list(
      access, id: \SuppressionRecord.id.uuid,
      reading: { Reading("suppression.read", $0.id, subject: nil) }
    ) { after, limit in
      try await database.read(
        access, SuppressionStore.page(after: after, limit: limit, access)
      ).map(SuppressionStore.record)
    }
  }

  @Sendable
  package static func getSuppression(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let id = try call.id(0, SuppressionID.self)
    let rows = try await call.worker.database.find(access, SuppressionStore.find(id, access))
    guard let record = try rows.first.map(SuppressionStore.record) else { throw Problem(.notFound) }
    try await call.record([Reading("suppression.read", id, subject: nil)], in: access)
    return Reply(record)
  }

  /// What there is about an address.
  ///
  /// A POST, because an address has no place in a URL.
  @Sendable
  package static func lookupSuppressions(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let body = try call.body(LookupBody.self)
    let hmac = try Suppressions(worker: call.worker, access: access).hmac(body.address)
    let rows = try await call.worker.database.read(access, SuppressionStore.find([hmac], access))
    // Whether there is anything or not: it was asked about somebody's address.
    try await call.record([Reading("suppression.read", "lookup", subject: nil)], in: access)
    return Reply(page: try rows.map(SuppressionStore.record))
  }

  /// The address may be written to again.
  @Sendable
  package static func deleteSuppression(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let id = try call.id(0, SuppressionID.self)
    return try await call.change(access) { change in
      let rows = try await change.transaction.run(SuppressionStore.delete(id, access))
      if rows.isEmpty { throw Problem(.notFound) }
      change.record("suppression.deleted", id)
      return .noContent
    }
  }

  // MARK: Whether it may be sent

  /// Asks before sending; nothing of it is kept.
  @Sendable
  package static func checkCommunications(_ call: Call) async throws -> Reply {
    let access = try call.platformAccess
    let worker = call.worker
    let body = try call.body(CommunicationCheckBody.self)
    let suppressions = Suppressions(worker: worker, access: access)
    let hmacs = try body.recipients.map { recipient in
      try recipient.address.map { try suppressions.hmac($0) } ?? []
    }
    let accounts = Array(Set(body.recipients.compactMap(\.account)))
    let addressees = try await Self.statuses(ofAddresses: body.recipients, worker, access)
    let custodians = try await AccountStore.custodians(accounts, worker.database)
    let flags = try await ProcessingFlags.find(custodians, worker.database)
    let statuses = try await AccountStore.statuses(custodians, worker.database)
    var known = [AccountID: Communication.Recipient]()
    for account in accounts {
      var recipient = Communication.Recipient()
      recipient.isRestricted = flags[account]?.isRestricted ?? false
      recipient.objections = flags[account]?.objections ?? []
      recipient.status = statuses[account]
      known[account] = recipient
    }
    let rows = try await worker.database.transaction(in: access) { transaction in
      try await transaction.run([
        PreferenceStore.find(accounts, access), SuppressionStore.find(hmacs, access),
      ])
    }
    for (account, preference) in try rows[0].map(PreferenceStore.preference) {
      known[account]?.preferences.append(preference)
    }
    var about = [Int: [Suppression]]()
    for (place, suppression) in try rows[1].map({
      (try $0.int(6), try SuppressionStore.record($0).suppression)
    }) {
      about[place - 1, default: []].append(suppression)
    }
    try await call.record(
      accounts.map { Reading("communication.read", $0) }, in: access)
    return Reply(
      page: body.recipients.enumerated().map { index, item in
        var recipient = item.account.flatMap { known[$0] } ?? Communication.Recipient()
        recipient.suppressions = about[index] ?? []
        if item.account == nil {
          recipient.status = addressees[index]
          recipient.isRestricted = addressees[index] == .restricted
        }
        let (outcome, reason) = body.communication.decide(for: recipient)
        return CommunicationCheckView(index: index, outcome: outcome, reason: reason)
      })
  }

  /// What has become of whoever has each address, or had it and is gone; by the recipients' places.
  private static func statuses(
    ofAddresses recipients: [CommunicationCheckBody.Recipient], _ worker: Worker, _ access: Access
  ) async throws -> [Int: AccountStatus] {
    let named = recipients.enumerated().compactMap { index, recipient in
      recipient.account == nil ? recipient.address.map { (index, $0) } : nil
    }
    if named.isEmpty { return [:] }
    let living = try named.map { try worker.blindIndex("address", $0.1.identity) }
    let gone = try named.map { try worker.blindIndex("resting_address", $0.1.identity) }
    let rows = try await worker.database.run([
      access.context, AccountStore.having(addresses: living),
      AddressRestStore.resting(gone, access),
    ])
    var statuses: [Int: AccountStatus] = [:]
    for place in try rows[2].map({ try $0.int(0) }) { statuses[named[place - 1].0] = .erased }
    let found = try rows[1].map { (try $0.int(0), try $0.identifier(1, AccountID.self)) }
    let custodians = try await AccountStore.custodians(found.map(\.1), worker.database)
    let known = try await AccountStore.statuses(custodians, worker.database)
    for (place, account) in found { statuses[named[place - 1].0] = known[account] }
    return statuses
  }
}
