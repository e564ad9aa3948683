import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints for products: they register the content items that people make, and remove them.
package enum ContentRegistrationRoutes {
  /// Registers items, or updates those that are registered; a repeated call changes nothing.
  ///
  /// The items of each tenant have a transaction of their own, because no statement sees two
  /// tenants' rows.
  @Sendable
  package static func registerContentItems(_ call: Call) async throws -> Reply {
    let body = try call.body(ContentRegistrationsBody.self)
    let access = try call.platformAccess
    let custodians = try await AccountStore.custodians(
      body.items.map(\.account), call.worker.database)
    return try await call.change(access) { change in
      var outcomes = [ContentOutcomeView?](repeating: nil, count: body.items.count)
      var places: [TenantID: [Int]] = [:]
      for (index, item) in body.items.enumerated() {
        guard let custodian = custodians[item.account] else {
          outcomes[index] = ContentOutcomeView(
            externalID: item.externalID, outcome: .failed, code: "not_found")
          continue
        }
        places[item.tenant ?? custodian, default: []].append(index)
      }
      for (tenant, indices) in places.sorted(by: { $0.value[0] < $1.value[0] }) {
        let theirs = SystemCaller(job: "content").access(to: tenant)
        let registration = Registration(
          call: call, access: theirs, custodians: custodians, transaction: change.transaction)
        let found = try await registration.run(indices.map { body.items[$0] }, change.telling)
        for (index, outcome) in zip(indices, found) { outcomes[index] = outcome }
      }
      try await change.transaction.run([access.context])
      return Reply(page: outcomes.compactMap { $0 })
    }
  }

  /// Removes items that a product no longer has.
  ///
  /// They are hidden at once, and deleted when no hold or lock keeps them any more, which nobody
  /// can see.
  @Sendable
  package static func removeContentItems(_ call: Call) async throws -> Reply {
    let body = try call.body(ContentRemovalsBody.self)
    let access = try call.platformAccess
    let custodians = try await AccountStore.custodians(
      body.items.compactMap(\.account), call.worker.database)
    return try await call.change(access) { change in
      var places: [TenantID: [Int]] = [:]
      for (index, item) in body.items.enumerated() {
        // Private items from before control may still be with the platform.
        let custodian = item.account.flatMap { custodians[$0] }
        for tenant in item.tenant.map({ [$0] }) ?? (custodian.map { [$0, .platform] } ?? []) {
          places[tenant, default: []].append(index)
        }
      }
      var removed: [Int: ContentItemID] = [:]
      for (tenant, indices) in places.sorted(by: { $0.value[0] < $1.value[0] }) {
        let theirs = SystemCaller(job: "content").access(to: tenant)
        let names = indices.map { (body.items[$0].product, body.items[$0].externalID) }
        let rows = try await change.transaction.run([
          theirs.context, ContentStore.remove(names, at: call.now, theirs),
        ])
        for (id, author, name) in try rows[1].map({ row in
          (
            try row.identifier(0, ContentItemID.self),
            try row.optionalUUID(1).map { AccountID(uuid: $0) },
            (try row.string(2), try row.string(3))
          )
        }) {
          change.record("content_item.removed", id, subject: author, in: theirs)
          for (index, other) in zip(indices, names) where other == name { removed[index] = id }
        }
      }
      try await change.transaction.run([access.context])
      return Reply(
        page: body.items.enumerated().map { index, item in
          ContentOutcomeView(
            externalID: item.externalID, outcome: removed[index] == nil ? .unchanged : .removed,
            id: removed[index])
        })
    }
  }

  /// The items of one call that belong to one tenant.
  private struct Registration {
    let call: Call
    let access: Access
    let custodians: [AccountID: TenantID]
    let transaction: Transaction

    func run(
      _ items: [ContentRegistration], _ telling: Telling
    ) async throws -> [ContentOutcomeView] {
      let accounts = Array(Set(items.map(\.account)))
      let key: TenantKey
      do { key = try await call.worker.tenantKey(access) } catch is Problem {
        // There is no such tenant; any other failure is one of the whole call.
        return items.map { failed($0, .notFound) }
      }
      let rows = try await transaction.run([
        access.context, AccountStore.share(accounts, access),
        MembershipStore.among(accounts, access),
        ContentStore.find(items.map { ($0.product, $0.externalID) }, access),
      ])
      let authors = Dictionary(
        try rows[1].map(AccountStore.stored).map { ($0.id, $0) }
      ) { first, _ in first }
      let members = Set(try rows[2].map { try $0.identifier(0, AccountID.self) })
      let known = Dictionary(
        try rows[3].map(ContentStore.stored).map { (name($0.item.product, $0.item.externalID), $0) }
      ) { first, _ in first }
      var new: [ContentStore.Stored] = []
      var changed: [ContentStore.Stored] = []
      var seen: Set<String> = []
      let outcomes = try items.map { item -> ContentOutcomeView in
        let author = authors[item.account]
        guard seen.insert(name(item.product, item.externalID)).inserted else {
          return failed(item, .contentConflict)
        }
        guard author?.status != .erased, author != nil || members.contains(item.account) else {
          return failed(item, .notFound)
        }
        let before = known[name(item.product, item.externalID)]
        if let before, before.item.account != item.account {
          return failed(item, .contentConflict)
        }
        let after = self.item(item, before: before?.item)
        if let before, !before.isRemoved, isSame(before.item, after),
          try call.worker.open(before, author: author, key) == item.details
        {
          return ContentOutcomeView(
            externalID: item.externalID, outcome: .unchanged, id: after.id)
        }
        let stored = ContentStore.Stored(
          item: after,
          details: try call.worker.seal(item.details, of: after, author: author, key))
        if before == nil { new.append(stored) } else { changed.append(stored) }
        telling.record(
          "content_item.\(before == nil ? "created" : "updated")", after.id,
          subject: item.account, in: access)
        return ContentOutcomeView(
          externalID: item.externalID, outcome: before == nil ? .created : .updated, id: after.id)
      }
      try await transaction.run([
        ContentStore.insert(new, access), ContentStore.update(changed, access),
      ])
      return outcomes
    }

    private func item(_ item: ContentRegistration, before: ContentItem?) -> ContentItem {
      ContentItem(
        id: before?.id ?? ContentItemID(at: call.now), author: .account(item.account),
        owner: before?.owner ?? .author, product: item.product, kind: item.kind,
        externalID: item.externalID,
        visibility: item.visibility, team: item.team, category: item.category,
        createdAt: before?.createdAt ?? call.now, updatedAt: call.now,
        version: before?.version ?? 1)
    }

    private func isSame(_ one: ContentItem, _ other: ContentItem) -> Bool {
      one.kind == other.kind && one.visibility == other.visibility && one.team == other.team
        && one.category == other.category
    }

    private func name(_ product: String, _ externalID: String) -> String {
      "\(product)\0\(externalID)"
    }

    private func failed(_ item: ContentRegistration, _ code: ProblemCode) -> ContentOutcomeView {
      ContentOutcomeView(externalID: item.externalID, outcome: .failed, code: code.rawValue)
    }
  }
}
