import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Goes through a tenant's accounts in the order of their ids for those that satisfy a filter.
struct AccountSearch {
  /// The most accounts that one request decrypts, which takes about 15 µs each.
  static let examinedMax = 2_000
  private static let atOnce = 500

  let worker: Worker
  let access: Access
  let filter: AccountFilter

  /// What one step has found.
  struct Some {
    var found: [AccountView] = []
    /// How many accounts it looked at, and the id of the last one.
    var examined = 0
    var last: UUID?
    /// Whether no accounts follow.
    var isLast = false
  }

  /// Looks at the accounts after one; stops early when as many as wanted are found.
  func some(after: UUID?, wanted: Int) async throws -> Some {
    // One more than wanted shows whether there are more.
    let limit = filter.needsNames ? Self.atOnce : wanted + 1
    let stored = try await AccountStore.list(
      worker.database, access, after: after, limit: limit, withDeleted: filter.asksForDeleted,
      filter: try filter.sql)
    let key = try await worker.tenantKey(access)
    var some = Some(isLast: stored.count < limit)
    for account in stored {
      if some.found.count == wanted {
        some.isLast = false
        break
      }
      some.examined += 1
      some.last = account.id.uuid
      if let view = try view(of: account, key) { some.found.append(view) }
    }
    return some
  }

  /// The view; nil where the account does not satisfy the filter, or its profile cannot be
  /// decrypted.
  private func view(of account: AccountStore.Stored, _ key: TenantKey) throws -> AccountView? {
    do {
      let json = try worker.openProfile(
        account.profile, of: account.id, wrapped: account.key, under: key)
      if filter.needsNames,
        !filter.isSatisfied(by: account, try JSONValue(stored: json))
      {
        return nil
      }
      // Of a deleted account only its existence is shown.
      let shown = account.status == .deleted ? AccountProfile.empty.json : json
      return AccountView(account, profile: shown, access)
    } catch {
      worker.logUnreadable(account.id, error)
      return filter.needsNames
        ? nil : AccountView(account, profile: AccountProfile.empty.json, access)
    }
  }
}
