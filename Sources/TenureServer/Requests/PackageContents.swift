import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// A part of what somebody has a right to see of their own data.
enum PackageSection: String, CaseIterable, Sendable {
  case account
  case content
  /// Private content from before the control: nobody's but the person's.
  case earlierContent = "earlier-content"
  case membership
  case control
  case requests
  /// What they were told, and the best evidence that they were.
  case notices
  case processing
  case policies
  case preferences
  /// Who read or changed what of the person's, and when.
  case log
  /// To whom it is told what happens to the account.
  case recipients

  /// What answers a request: everything, or what the person gave (GDPR Article 20).
  ///
  /// One that somebody entered for the person gets nothing that is private to the person.
  static func all(for request: SubjectRequest) -> [PackageSection] {
    let all =
      request.kind == .portability
      ? [.account, .content, .earlierContent, .preferences] : allCases
    return request.isPersonsOwn ? all : all.filter { !$0.isPersonsAlone }
  }

  /// Whether it lies outside the controller's reach.
  private var isPersonsAlone: Bool { self == .earlierContent || self == .preferences }
}

/// Reads what goes into a package, some of it at a time; the context is the controller's, before and
/// after.
struct PackageContents: Sendable {
  private static let itemsAtOnce = 500

  let worker: Worker
  let access: Access
  let account: AccountID
  /// The person asked: what is private to them is theirs to have.
  let isPersonsOwn: Bool
  let transaction: Transaction

  private var platform: Access { SystemCaller(job: "request").access(to: .platform) }

  /// One file of a section: nil where there is nothing, and where the next file goes on.
  func page(
    of section: PackageSection, after place: UUID?
  ) async throws -> (json: [UInt8]?, next: UUID?) {
    switch section {
    case .account:
      guard let stored = try await stored() else { return (nil, nil) }
      let own =
        isPersonsOwn
        ? try await PersonalRecords(worker: worker).find(
          [account], custodian: access, transaction)[account] : nil
      return (try await AccountView.open(stored, with: own, worker, access).json, nil)
    case .content: return try await content(after: place, in: access)
    case .earlierContent:
      return access.tenant == .platform
        ? (nil, nil) : try await content(after: place, in: platform)
    case .membership:
      let rows = try await transaction.run(MembershipStore.find(account, access))
      return (try rows.first.map { try MembershipStore.membership($0).json }, nil)
    case .control: return (try await control(), nil)
    case .requests: return try await requests(after: place)
    case .notices:
      let notices = try await transaction.run(
        AccountNoticeStore.page(after: place, limit: Self.itemsAtOnce, account: account, access)
      ).map { try AccountNoticeStore.notice($0, access) }
      return page(notices) { $0.id.uuid }
    case .processing:
      let rows = try await transaction.run(ObjectionStore.list(account, access))
      let isRestricted = try await stored()?.status == .restricted
      return (
        ProcessingView(
          account: account, isRestricted: isRestricted,
          objections: try rows.map { try $0.string(0) }
        ).json, nil
      )
    case .policies:
      let rows = try await transaction.run(AcceptanceStore.all(of: account, access))
      let acceptances = try rows.map(AcceptanceStore.acceptance)
      return (page(acceptances) { $0.account.uuid }.json, nil)
    case .preferences:
      let rows = try await transaction.run([
        platform.context, PreferenceStore.find([account], platform), access.context,
      ])
      if rows[1].isEmpty { return (nil, nil) }
      return (
        PreferencesBody(try rows[1].map { try PreferenceStore.preference($0).preference }).json,
        nil
      )
    case .log:
      let entries = try await transaction.run(
        AuditStore.page(about: account, after: place, limit: Self.itemsAtOnce, access)
      ).map { try AuditStore.entry($0, access) }
      return page(entries.map { AuditEntryView(entry: $0, details: nil) }) { $0.entry.id.uuid }
    case .recipients: return (try await recipients(), nil)
    }
  }

  private func stored() async throws -> AccountStore.Stored? {
    try await transaction.run(AccountStore.find(account, access)).first.map(AccountStore.stored)
  }

  private func content(
    after place: UUID?, in tenant: Access
  ) async throws -> (json: [UInt8]?, next: UUID?) {
    let rows = try await transaction.run([
      tenant.context,
      ContentStore.page(
        of: account, alsoIsolated: true, after: place, limit: Self.itemsAtOnce, tenant),
      access.context,
    ])
    let items = try rows[1].map(ContentStore.stored)
    if items.isEmpty { return (nil, nil) }
    let shown = items.filter { isPersonsOwn || $0.item.visibility != .private }
    let author = try await stored()
    let (own, theirs) = (try await worker.tenantKey(access), try await worker.tenantKey(tenant))
    let views = try shown.map { stored in
      // What is private opens with the person's key, which lies with whoever has custody.
      let key = stored.item.visibility == .private ? own : theirs
      return ContentItemView(
        item: stored.item, authorName: nil,
        details: try worker.open(stored, author: author, key))
    }
    let next = items.count == Self.itemsAtOnce ? items.last?.item.id.uuid : nil
    return (page(views) { $0.item.id.uuid }.json, next)
  }

  private func control() async throws -> [UInt8]? {
    let rows = try await transaction.run([
      TakeoverStore.findControl(account, access), TenantStore.find(access.tenant, access),
    ])
    guard let row = rows[0].first else { return nil }
    return Control(
      account: account,
      controller: Controller(
        tenant: access.tenant, tenantName: try TenantStore.name(rows[1]),
        case: try row.identifier(0, CaseID.self), takenAt: try row.time(1),
        cutoffAt: try row.time(2), suspendedAt: try row.optionalTime(3))
    ).json
  }

  private func requests(
    after place: UUID?
  ) async throws -> (json: [UInt8]?, next: UUID?) {
    let stored = try await transaction.run(
      SubjectRequestStore.page(
        after: place, limit: Self.itemsAtOnce, account: account, state: nil, access)
    ).map { try SubjectRequestStore.stored($0, access) }
    let keys = try await worker.personKeys(of: [account], access) { try await transaction.run($0) }
    return page(
      stored.map { SubjectRequestView($0.request, details: worker.open($0, keys[account])) }
    ) { $0.request.id.uuid }
  }

  /// The endpoints of the controller and of the operator, by their hosts, and how many of the
  /// person's own.
  private func recipients() async throws -> [UInt8]? {
    var hosts: [(of: String, host: String)] = []
    for (tenant, name) in [(access, "controller"), (platform, "operator")] {
      let rows = try await transaction.run([
        tenant.context,
        WebhookEndpointStore.page(account: nil, after: nil, limit: Self.itemsAtOnce, tenant),
        access.context,
      ])
      let key = try await worker.tenantKey(tenant)
      for stored in try rows[1].map(WebhookEndpointStore.stored) {
        let configuration = try WebhookConfiguration(opening: stored, worker, key, tenant)
        guard let host = URL(string: configuration.url)?.host() else {
          throw PostgresError(kind: .decoding, message: "an endpoint's URL has no host")
        }
        if !hosts.contains(where: { $0 == (name, host) }) { hosts.append((name, host)) }
      }
      if access.tenant == .platform { break }
    }
    if hosts.isEmpty { return nil }
    var writer = JSONWriter()
    writer.array { writer in
      for (of, host) in hosts {
        writer.object { writer in
          writer.key("of")
          writer.string(of)
          writer.key("host")
          writer.string(host)
        }
      }
    }
    return writer.bytes
  }

  private func page<Item: View>(
    _ items: [Item], id: (Item) -> UUID
  ) -> (json: [UInt8]?, next: UUID?) {
    if items.isEmpty { return (nil, nil) }
    var writer = JSONWriter()
    writer.array { writer in for item in items { item.write(to: &writer) } }
    let next = items.count == Self.itemsAtOnce ? items.last.map(id) : nil
    return (writer.bytes, next)
  }
}
