import Foundation
import JSON
import Logging
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// What only the receivers of an event may know: added when it goes out, so that it lies nowhere.
///
/// The members are added to an event's data by hand, because those were written before and are
/// passed on unread; what lies in them has its shape.
///
/// The operator, who delivers it, gets the links and codes. A person's own callbacks and tenants never
/// get one.
struct EventSecrets: Sendable {
  private typealias Secret = (inout JSONWriter) -> Void
  private let worker: Worker

  init(_ worker: Worker) { self.worker = worker }

  /// The events as they go to the operator; those of a tenant's feed are left as they are.
  func complete(_ events: [NumberedEvent], _ access: Access) async throws -> [NumberedEvent] {
    guard access.tenant == .platform else { return events }
    let destinations = try await destinations(of: events)
    var completed: [NumberedEvent] = []
    for event in events {
      if let opened = try await ConfidedMembers(worker: worker).opened(event) {
        completed.append(opened)
        continue
      }
      guard let secret = try await secret(of: event, destinations) else {
        completed.append(event)
        continue
      }
      var writer = JSONWriter()
      writer.object { writer in
        writer.members(ofObject: event.data)
        secret(&writer)
      }
      var event = event
      event.data = writer.bytes
      completed.append(event)
    }
    return completed
  }

  /// The events as they go to a person's own callback: with what shows that it is the service that
  /// tells, and nothing that could be used.
  func mark(_ events: [NumberedEvent]) throws -> [NumberedEvent] {
    try events.map { event in
      guard let id = Self.noticed(event) else { return try ConfidedMembers.stripped(event) }
      let code = try worker.verifyCode(id)
      var writer = JSONWriter()
      writer.object { writer in
        writer.members(ofObject: event.data)
        writer.key("verify_code")
        writer.string(code)
      }
      var event = event
      event.data = writer.bytes
      return event
    }
  }

  /// The case that an event gives notice of.
  private static func noticed(_ event: NumberedEvent) -> CaseID? {
    switch EventType(rawValue: event.type) {
    case .noticeRequired, .noticeReminder: try? CaseID(parsing: event.subject)
    default: nil
    }
  }

  private func secret(
    of event: NumberedEvent, _ destinations: [CaseID: [Destination]]
  ) async throws -> Secret? {
    switch EventType(rawValue: event.type) {
    case .noticeRequired, .noticeReminder:
      guard let id = Self.noticed(event) else { return unreadable(event) }
      return try notice(of: id, destinations[id] ?? [])
    case .requestPackageReady:
      guard let id = try? SubjectRequestID(parsing: event.subject) else { return unreadable(event) }
      return try package(of: id, try await PackageDestinations(worker: worker).find(id))
    case .domainClaimCodeRequired:
      guard let id = try? DomainClaimID(parsing: event.subject),
        let data = try? JSONValue(parsing: event.data), let until = data["expires_at"]?.string,
        let mailbox = data["mailbox"]?.string
      else { return unreadable(event) }
      return try strings([("code", worker.mailboxCode(id, mailbox, until: until))])
    case .addressCodeRequired: return try await addressCode(of: event)
    default: return nil
    }
  }

  /// Says in the log that an event does not name what its link or code is for: it goes out without
  /// one, so that it keeps no other event back.
  private func unreadable(_ event: NumberedEvent) -> Secret? {
    worker.logMalformed(event)
    return nil
  }

  private func strings(_ members: [(StaticString, String)]) throws -> Secret {
    { writer in
      for (name, value) in members {
        writer.key(name)
        writer.string(value)
      }
    }
  }

  // MARK: Notices

  /// The destinations of all cases that these events give notice of.
  private func destinations(of events: [NumberedEvent]) async throws -> [CaseID: [Destination]] {
    var cases: [TenantID: Set<CaseID>] = [:]
    for event in events {
      guard let id = Self.noticed(event) else { continue }
      guard let data = try? JSONValue(parsing: event.data),
        let tenant = data["tenant_id"]?.string.flatMap({ try? TenantID(parsing: $0) })
      else {
        worker.logMalformed(event)
        continue
      }
      cases[tenant, default: []].insert(id)
    }
    var found: [CaseID: [Destination]] = [:]
    for (tenant, ids) in cases {
      let claimant = SystemCaller(job: "notice").access(to: tenant)
      let rows = try await worker.database.find(
        claimant, DestinationStore.list(Array(ids), claimant))
      let pairs = try rows.map {
        (item: try DestinationStore.item($0), place: try DestinationStore.destination($0))
      }
      for (item, place) in pairs { found[item, default: []].append(place) }
    }
    return found
  }

  /// Where the notice is to go, each with a link of its own and what may be done from there.
  private func notice(of id: CaseID, _ destinations: [Destination]) throws -> Secret {
    let code = try worker.verifyCode(id)
    let links = try destinations.map { place in
      NoticeLink(place: place, token: try worker.token(of: .notice(id, place.id)).text)
    }
    return { writer in
      writer.key("verify_code")
      writer.string(code)
      writer.key("destinations")
      Codec.list(NoticeLink.shape.codec).write(links, &writer)
    }
  }

  private struct NoticeLink: Shaped {
    let place: Destination
    let token: String

    private var actions: [NoticeAction] {
      let standing: Standing = place.isPersons ? .person : .mailbox
      return NoticeAction.allCases.filter(standing.allows)
    }

    static let shape = Shape<NoticeLink>("NoticeLink", "Where a notice is to go, with its link.") {
      Member("destination_id", \.place.id, .id())
      Member("channel", \.place.kind, .choice())
      Member("address_hash", \.place.addressHash, .sha256)
      Member("verified", \.place.isVerified, .bool)
      Member("personal", \.place.isPersons, .bool)
      Member("actions", \.actions, .list(.choice()))
      Member("link_token", \.token, .string)
    }
  }

  // MARK: Packages

  /// The link to a package, and where it may go; null where no place is the person's own.
  private func package(
    of id: SubjectRequestID, _ places: [PackageDestinations.Place]
  ) throws -> Secret {
    let token = places.isEmpty ? nil : try worker.token(of: .package(id)).text
    return { writer in
      writer.key("link_token")
      writer.string(token)
      writer.key("destinations")
      Codec.list(PackageDestinations.Place.shape.codec).write(places, &writer)
    }
  }

  // MARK: Codes

  /// The address and its code; nil where another was sent since, it is no longer good, or the person
  /// is gone, and their key with them.
  private func addressCode(of event: NumberedEvent) async throws -> Secret? {
    guard let id = try? CaseID(parsing: event.subject),
      let data = try? JSONValue(parsing: event.data),
      let until = data["expires_at"]?.string.flatMap({ Timestamp(parsing: $0) }),
      let tenant = data["tenant_id"]?.string.flatMap({ try? TenantID(parsing: $0) })
    else { return unreadable(event) }
    let claimant = SystemCaller(job: "notice").access(to: tenant)
    guard
      let row = try await worker.database.find(claimant, CaseStore.code(id, claimant)).first,
      let hmac = try row.optionalBytes(0), let kept = try row.optionalTime(1),
      let sealed = try row.optionalBytes(2), kept.description == until.description
    else { return nil }
    let platform = SystemCaller(job: "notice").access(to: .platform)
    let account = try row.identifier(3, AccountID.self)
    let rows = try await worker.database.find(platform, AccountStore.find(account, platform))
    guard let stored = try rows.first.map(AccountStore.stored), stored.status.hasPerson else {
      return nil
    }
    let address: String
    do { address = try worker.open(codeAddress: sealed, of: id, stored) } catch is VaultError {
      return unreadable(event)
    }
    return try strings([
      ("address", address), ("code", worker.addressCode(id, addressHMAC: hmac, until: kept)),
    ])
  }
}

extension Worker {
  /// Logs that an event's data do not say what they should; nothing personal is logged.
  func logMalformed(_ event: NumberedEvent) {
    log.error("an event's data do not open", metadata: ["event": "\(event.id)"])
  }
}
