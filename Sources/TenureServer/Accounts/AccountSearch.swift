import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Goes through a tenant's accounts for those that a filter is satisfied by.
struct AccountSearch {
  /// Accounts that one request looks at, at the most: each that must be opened takes the loop some 15 µs.
  static let examinedMax = 2_000
  private static let atOnce = 500

  let worker: Worker
  let access: Access
  let filter: AccountFilter

  /// A stretch of the way.
  struct Some {
    var found: [AccountView] = []
    /// How many were looked at, and which was the last.
    var examined = 0
    var last: UUID?
    /// Whether there are none behind it.
    var isLast = false
  }

  /// Looks at some accounts beyond one; ends early with as many as are wanted.
  func some(after: UUID?, wanted: Int) async throws -> Some {
    // One more than is wanted, to see whether there are more.
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

  /// nil where the filter is not satisfied, or where nobody can tell.
  private func view(of account: AccountStore.Stored, _ key: TenantKey) throws -> AccountView? {
    do {
      let json = try worker.openProfile(
        account.profile, of: account.id, wrapped: account.key, under: key)
      if filter.needsNames,
        !filter.isSatisfied(by: account, try AccountProfile.stored(json))
      {
        return nil
      }
      // Of what is deleted nothing is shown but that it is there.
      let shown = account.status == .deleted ? AccountProfile.empty.json : json
      return AccountView(account, profile: shown, access)
    } catch {
      worker.logUnreadable(account.id, error)
      return filter.needsNames
        ? nil : AccountView(account, profile: AccountProfile.empty.json, access)
    }
  }
}
