import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Endpoints that read content items: administrators read what is shared, people their own items
/// and those shared with them.
package enum ContentRoutes {
  @Sendable
  package static func listContentItems(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let account = try call.accountParameter()
    let category = try call.categoryParameter("category")
    let filter = "\(account?.description ?? "") \(category ?? "")"
    return try await call.list(
      access, filter: filter, id: \ContentItemView.item.id.uuid, reading: \.reading
    ) { after, limit in
      let items = try await ContentStore.listShared(
        worker.database, access, after: after, limit: limit, account: account, category: category)
      return try await views(items, worker, access)
    }
  }

  @Sendable
  package static func getContentItem(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ContentItemID.self)
    let worker = call.worker
    let rows = try await worker.database.find(access, ContentStore.find(id, access))
    guard let stored = try rows.first.map(ContentStore.stored),
      stored.item.isReadable(by: .administrator),
      let view = try await views([stored], worker, access).first
    else { throw Problem(.notFound) }
    try await call.record([view.reading], in: access)
    return Reply(view, version: stored.item.version)
  }

  /// Reads an item that retention has isolated, which a second person must have approved.
  @Sendable
  package static func openContentItem(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, ContentItemID.self)
    let body = try call.body(ReasonBody.self)
    if call.reason == nil { call.reason = body.reason }
    return try await call.change(access) { change in
      let rows = try await change.transaction.run(ContentStore.find(id, isIsolated: true, access))
      guard let stored = try rows.first.map(ContentStore.stored),
        stored.item.isReadable(by: .administrator)
      else { throw Problem(.notFound) }
      if let pending = try await call.secondPerson("content_item.opened", id, change) {
        return pending
      }
      guard let view = try await views([stored], call.worker, access).first else {
        throw Problem(.notFound)
      }
      change.record("content_item.opened", id, subject: stored.item.account)
      return Reply(view, version: stored.item.version)
    }
  }

  /// The caller's own items, in all tenants.
  @Sendable
  package static func listMyContentItems(_ call: Call) async throws -> Reply {
    let person = try await PersonPlaces(call)
    let worker = call.worker
    let listed = SystemCaller(job: "person").access(to: .platform)
    return try await call.list(
      listed, filter: person.account.description, id: \ContentItemView.item.id.uuid
    ) { after, limit in
      var views: [ContentItemView] = []
      for place in person.places {
        let items = try await worker.database.read(
          place,
          ContentStore.page(
            of: person.account, alsoIsolated: false, after: after, limit: limit, place)
        ).map(ContentStore.stored)
        views += try await self.views(items, worker, place, person)
      }
      return Array(
        views.sorted { $0.item.id.uuid.uuidString < $1.item.id.uuid.uuidString }.prefix(limit))
    }
  }

  /// One item: the caller's own, or one that is shared with a tenant or team of theirs.
  @Sendable
  package static func getMyContentItem(_ call: Call) async throws -> Reply {
    let id = try call.id(0, ContentItemID.self)
    let person = try await PersonPlaces(call)
    let worker = call.worker
    for place in person.places {
      let rows = try await worker.database.run([
        place.context, ContentStore.find(id, place), MembershipStore.teams(person.account, place),
      ])
      guard let stored = try rows[1].first.map(ContentStore.stored) else { continue }
      let teams = try rows[2].first?.strings(0)
      guard stored.item.isReadable(by: .person(person.account, teams: teams)),
        let view = try await views([stored], worker, place, person).first
      else { break }
      if stored.item.account != person.account {
        let entry = call.auditEntry(
          "content_item.read", id, in: place, subject: stored.item.account)
        try await worker.readAudit.record([entry], place)
      }
      return Reply(view, version: stored.item.version)
    }
    throw Problem(.notFound)
  }

  private static func views(
    _ items: [ContentStore.Stored], _ worker: Worker, _ access: Access,
    _ person: PersonPlaces? = nil
  ) async throws -> [ContentItemView] {
    if items.isEmpty { return [] }
    let key = try await worker.tenantKey(access)
    let authors = Array(Set(items.compactMap(\.item.account)))
    let (rows, members) = try await worker.database.transaction(in: access) { transaction in
      let rows = try await transaction.run([
        AccountStore.find(authors, access), MembershipStore.among(authors, access),
      ])
      return (rows[0], Set(try rows[1].map { try $0.identifier(0, AccountID.self) }))
    }
    var known = Dictionary(
      try rows.map(AccountStore.stored).map { ($0.id, $0) }
    ) { first, _ in first }
    var names = try known.compactMapValues { try worker.shownName($0, key) }
    // An author whose account was given back is shown by the pseudonym that this tenant alone uses.
    for author in authors where known[author] == nil && !members.contains(author) {
      names[author] = try worker.pseudonym(of: author, key)
    }
    // Private items may be sealed by the key of another tenant than the author's custodian: items
    // from before control are still with the platform.
    var privateKey = key
    if let person {
      known[person.account] = person.stored
      privateKey = try await worker.tenantKey(person.custodian)
    }
    func views() throws -> [ContentItemView] {
      try items.map { stored in
        let author = stored.item.account
        let isPrivate = stored.item.visibility == .private
        return ContentItemView(
          item: stored.item, authorName: author.flatMap { names[$0] },
          details: try worker.open(
            stored, author: author.flatMap { known[$0] }, isPrivate ? privateKey : key))
      }
    }
    do { return try views() } catch let error as VaultError {
      // The person's key was renewed after it was read here: read it again.
      guard let person,
        let row = try await worker.database.find(
          person.custodian, AccountStore.find(person.account, person.custodian)
        ).first
      else { throw error }
      known[person.account] = try AccountStore.stored(row)
      return try views()
    }
  }
}

extension Worker {
  /// The name that an author is shown by; nil where the account is isolated or erased.
  fileprivate func shownName(_ account: AccountStore.Stored, _ key: TenantKey) throws -> String? {
    guard account.status != .isolated, account.status != .erased else { return nil }
    return try AccountProfile.stored(
      try openProfile(account.profile, of: account.id, wrapped: account.key, under: key)
    ).displayName
  }
}

extension ContentItemView: PersonalView {
  package var reading: Reading { Reading("content_item.read", item.id, subject: item.account) }
}
