import Foundation
import JSON
import Logging
package import Postgres
package import Tenure
package import TenureAPI
package import TenureKernel
import Vault

/// What is the person's own of an account that a tenant controls, such as their addresses.
///
/// The platform keeps it, sealed under the platform's key of the person, which is destroyed with
/// them.
///
/// The controller has the key of the account, but neither the row nor the platform's key.
package struct PersonalRecords: Sendable {
  let worker: Worker

  package init(worker: Worker) { self.worker = worker }

  var platform: Access { SystemCaller(job: "personal_record").access(to: .platform) }

  /// The records of these accounts that have one; accounts of the platform have none.
  ///
  /// `skippingUnreadable` leaves out records that cannot be decrypted, because a key may be gone
  /// after a restore.
  func find(
    _ accounts: [AccountID], custodian: Access, skippingUnreadable: Bool = false,
    _ transaction: Transaction
  ) async throws -> [AccountID: PersonalRecord] {
    if custodian.tenant == .platform || accounts.isEmpty { return [:] }
    return try await transaction.within(platform) {
      let rows = try await transaction.run(PersonalRecordStore.find(accounts, platform))
      if rows.isEmpty { return [:] }
      let found = try rows.map { try $0.identifier(0, AccountID.self) }
      let keys = try await worker.personKeys(of: found, platform) {
        try await transaction.run($0)
      }
      return try open(rows, keys, skippingUnreadable)
    }
  }

  /// The record of one person who reads about themselves, without a transaction; nil where there is
  /// none.
  func find(_ account: AccountID) async throws -> PersonalRecord? {
    let rows = try await worker.database.read(
      platform, PersonalRecordStore.find([account], platform))
    if rows.isEmpty { return nil }
    return try open(rows, try await worker.existingPersonKeys(of: [account], platform))[account]
  }

  /// Stores records of accounts that have none.
  package func keep(
    _ records: [(account: AccountID, record: PersonalRecord)], at now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    if records.isEmpty { return }
    try await transaction.within(platform) {
      let keys = try await worker.personKeys(of: records.map(\.account), platform) {
        try await transaction.run($0)
      }
      let sealed = try records.map { account, record in
        guard let key = keys[account] else { throw VaultError.refused }
        return (
          account,
          try worker.sealer.seal(record.json, key: key, keyVersion: 1, at: Self.place(account))
        )
      }
      try await transaction.run(PersonalRecordStore.insert(sealed, at: now, platform))
    }
  }

  /// Deletes the records of accounts, and returns them, to be put back into the profiles.
  func take(
    _ accounts: [AccountID], custodian: Access, _ transaction: Transaction
  ) async throws -> [AccountID: PersonalRecord] {
    let records = try await find(accounts, custodian: custodian, transaction)
    if records.isEmpty { return [:] }
    try await transaction.within(platform) {
      _ = try await transaction.run(PersonalRecordStore.delete(Array(records.keys), platform))
    }
    return records
  }

  private func open(
    _ rows: Rows, _ keys: [AccountID: KeyMaterial], _ skippingUnreadable: Bool = false
  ) throws -> [AccountID: PersonalRecord] {
    var records: [AccountID: PersonalRecord] = [:]
    for index in 0..<rows.count {
      let row = rows[index]
      let account = try row.identifier(0, AccountID.self)
      do {
        guard let key = keys[account] else { throw VaultError.refused }
        records[account] = try PersonalRecord.stored(
          try worker.sealer.open(try row.bytes(1), key: key, at: Self.place(account)))
      } catch  where skippingUnreadable {
        worker.logUnreadable(account, error)
        continue
      }
    }
    return records
  }

  private static func place(_ account: AccountID) -> FieldPlace {
    FieldPlace(
      table: "personal_records", column: "record", tenant: TenantID.platform.uuid,
      row: account.uuid, subject: account.uuid)
  }

  // MARK: Destinations of notices

  /// Seals the destinations of a notice for the operator.
  ///
  /// Under the person's key they cannot outlive the person in the events.
  func seal(
    _ reach: PersonReach, of account: AccountID, _ transaction: Transaction
  ) async throws -> [UInt8] {
    try await transaction.within(platform) {
      let keys = try await worker.personKeys(of: [account], platform) {
        try await transaction.run($0)
      }
      guard let key = keys[account] else { throw VaultError.refused }
      var writer = JSONWriter()
      reach.write(to: &writer)
      return try worker.sealer.seal(
        writer.bytes, key: key, keyVersion: 1, at: Self.destinationsPlace(account))
    }
  }

  /// Decrypts what `seal(_:of:_:)` has sealed; nil where the person's key is gone, or a newer one
  /// cannot decrypt it, which is logged.
  func open(
    reached sealed: [UInt8], of account: AccountID, _ transaction: Transaction
  ) async throws -> PersonReach? {
    let key = try await transaction.within(platform) {
      try await worker.personKeys(of: [account], platform) { try await transaction.run($0) }
    }[account]
    guard let key else { return nil }
    let bytes: [UInt8]
    do {
      bytes = try worker.sealer.open(sealed, key: key, at: Self.destinationsPlace(account))
    } catch {
      worker.logUnreadable(account, error)
      return nil
    }
    return try PersonReach(stored: bytes)
  }

  static func destinationsPlace(_ account: AccountID) -> FieldPlace {
    FieldPlace(
      table: "events", column: "destinations", tenant: TenantID.platform.uuid, row: account.uuid,
      subject: account.uuid)
  }
}

extension Worker {
  /// Logs that something of an account cannot be decrypted.
  ///
  /// It is left as it is, and the work on others goes on.
  func logUnreadable(_ account: AccountID, _ error: any Error) {
    log.error(
      "an account's data does not open",
      metadata: ["account": "\(account)", "failure": "\(Job.failure(of: error) ?? "")"])
  }
}
