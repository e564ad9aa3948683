import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

extension AccountView {
  /// An account as its custodian sees it, or with `own` as its person does.
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

  /// An account whose profile, as JSON, is open already.
  init(_ stored: AccountStore.Stored, profile: [UInt8], _ access: Access) {
    self.init(
      id: stored.id, status: stored.status, controller: access.controller, profile: profile,
      createdAt: stored.createdAt, updatedAt: stored.updatedAt, version: stored.version)
  }
}

extension AccountEdit {
  /// Changes an account's profile, where its status allows that; `checking` sees the version first.
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
    // Whoever may not know of it does not learn its version.
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
  /// Who controls what lies with this tenant; nil for the platform, where accounts are their persons' own.
  var controller: TenantID? { tenant == .platform ? nil : tenant }
}
