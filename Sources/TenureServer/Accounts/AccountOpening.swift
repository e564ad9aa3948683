import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

extension AccountView {
  /// Decrypts an account's profile: as its custodian sees it, or with the person's own record as
  /// the person does.
  static func open(
    _ stored: AccountStore.Stored, with own: PersonalRecord? = nil, _ worker: Worker,
    _ access: Access
  ) async throws -> AccountView {
    let tenantKey = try await worker.tenantKey(access)
    let json = try worker.openProfile(
      stored.profile, of: stored.id, wrapped: stored.key, under: tenantKey)
    guard let own else { return AccountView(stored, profile: json, access) }
    var profile = try AccountProfile.stored(json)
    profile.addresses = profile.joined(with: own).addresses
    profile.contacts = own.contacts
    profile.attributes = own.attributes.merging(patch: profile.attributes)
    return AccountView(stored, profile: profile.json, access)
  }

  /// The view of an account whose profile is decrypted already, as JSON.
  init(_ stored: AccountStore.Stored, profile: [UInt8], _ access: Access) {
    self.init(
      id: stored.id, status: stored.status, controller: access.controller, profile: profile,
      createdAt: stored.createdAt, updatedAt: stored.updatedAt, version: stored.version)
  }
}

extension AccountEdit {
  /// Changes an account's profile, if its status allows that.
  ///
  /// `checking` gets the version first, for If-Match.
  @discardableResult
  static func apply(
    _ patch: AccountPatch, to id: AccountID, _ change: Change,
    checking: (Int) throws -> Void = { _ in }
  ) async throws -> AccountView {
    let access = change.access
    guard let row = try await change.transaction.run(AccountStore.find(id, access)).first else {
      throw Problem(.notFound)
    }
    let stored = try AccountStore.stored(row)
    let isSuspended = try AccountStore.isSuspended(row)
    // A caller that may not see the account must not learn its version from a failed If-Match.
    if isSuspended || !stored.status.isShown {
      try AccountEdit.check(stored, isSuspended: isSuspended)
    }
    try checking(stored.version)
    try AccountEdit.check(stored, isSuspended: isSuspended)
    let edit = AccountEdit(worker: change.call.worker, access: access, now: change.call.now)
    let before = try await edit.open(stored)
    let after = try patch.applied(to: before)
    if after == before { return AccountView(stored, profile: before.json, access) }
    let item = AccountEdit.Item(stored: stored, before: before, after: after)
    guard let saved = try await edit.save(item, change.telling, change.transaction) else {
      throw Problem(.preconditionFailed)
    }
    return AccountView(saved, profile: after.json, access)
  }
}

extension Access {
  /// The tenant that controls accounts in this custody; nil for the platform, whose accounts nobody
  /// controls.
  var controller: TenantID? { tenant == .platform ? nil : tenant }
}

extension AccountView: PersonalView {
  package var reading: Reading { Reading("account.read", id) }
}
