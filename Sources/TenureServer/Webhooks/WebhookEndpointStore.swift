import Foundation
import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel
import Vault

/// Where an endpoint is and how it is signed for: what lies sealed in its row.
struct WebhookConfiguration: Sendable, Shaped {
  /// Keys, and until when they sign; nil for the newest, which sign until others take their place.
  struct Signing: Sendable, Shaped {
    let keys: WebhookKeys
    let until: Timestamp?

    static let shape = Shape(
      "SigningKeys", nil,
      { Signing(keys: WebhookKeys(secret: $0, seed: $1), until: $2) }
    ) {
      Member("secret", \.keys.secret, .keyBytes)
      Member("seed", \.keys.seed, .keyBytes)
      Member("until", \.until, .nullable(.timestamp))
    }
  }

  var url: String
  /// The newest first, and never none; an older one signs as well until its overlap ends.
  var keys: [Signing]

  static let shape = Shape("WebhookConfiguration", nil, WebhookConfiguration.init(url:keys:)) {
    Member("url", \.url, .string)
    Member("keys", \.keys, .list(Signing.shape.codec, min: 1))
  }

  static let overlapSeconds: Int64 = 86_400
  /// Each signs every delivery, in a header of its own word.
  static let keysMax = 10

  private init(url: String, keys: [Signing]) {
    self.url = url
    self.keys = keys
  }

  init(url: String) throws {
    self.init(url: url, keys: [Signing(keys: try WebhookKeys.random(), until: nil)])
  }

  /// What lies sealed in an endpoint's row, by the keys of its tenant.
  init(
    opening stored: WebhookEndpointStore.Stored, _ worker: Worker, _ tenantKey: TenantKey,
    _ access: Access
  ) throws {
    self = try Self.shape.stored(
      try worker.sealer.open(
        stored.configuration, under: tenantKey, at: Self.place(stored.id, access)))
  }

  func sealed(
    for id: WebhookEndpointID, _ worker: Worker, _ tenantKey: TenantKey, _ access: Access
  ) throws -> [UInt8] {
    try worker.sealer.seal(
      Self.shape.bytes(of: self), under: tenantKey, at: Self.place(id, access))
  }

  /// Fresh keys from now on; each of those before signs as well until its day is over.
  ///
  /// Throws a `Problem` where so many sign that none may be added before one has ended.
  mutating func rotate(at now: Timestamp) throws {
    let end = now.adding(seconds: Self.overlapSeconds)
    let before = keys.filter { Self.isLive($0.until, at: now) }.map {
      (keys: $0.keys, until: $0.until ?? end)
    }
    if before.count == Self.keysMax {
      var problem = Problem(.rateLimited)
      let free = before.map(\.until).min() ?? end
      problem.headers = [("Retry-After", String(free.seconds(since: now) + 1))]
      throw problem
    }
    keys =
      [Signing(keys: try WebhookKeys.random(), until: nil)]
      + before.map { Signing(keys: $0.keys, until: $0.until) }
  }

  /// The keys that sign at a time.
  func live(at now: Timestamp) -> [WebhookKeys] {
    keys.filter { Self.isLive($0.until, at: now) }.map(\.keys)
  }

  private static func isLive(_ until: Timestamp?, at now: Timestamp) -> Bool {
    until.map { $0 > now } ?? true
  }

  static func place(_ id: WebhookEndpointID, _ access: Access) -> FieldPlace {
    FieldPlace(
      table: "webhook_endpoints", column: "configuration", tenant: access.tenant.uuid,
      row: id.uuid, subject: access.tenant.uuid)
  }
}

extension Codec where Value == [UInt8] {
  /// The bytes of a key in base64; never none, because an empty key signs as well.
  fileprivate static var keyBytes: Codec {
    Codec(Codec<String>.string.schema) { (reader) throws(JSONError) in
      guard let data = Data(base64Encoded: try reader.string()), !data.isEmpty else {
        throw reader.error(.value, "base64 is expected")
      }
      return Array(data)
    } write: {
      $1.string(Data($0).base64EncodedString())
    }
  }
}

/// SQL of `tenure.webhook_endpoints`.
enum WebhookEndpointStore {
  private static let columns: StaticString = """
    endpoint_id, configuration, event_types, state, disabled_reason, failures, last_success_at,
    created_at, updated_at, version, failing_since, warned, ordering, disabled_at,
    account_id IS NOT NULL
    """

  /// A row as read, its configuration still sealed.
  struct Stored: Sendable {
    let id: WebhookEndpointID
    let configuration: [UInt8]
    let eventTypes: [String]
    let state: WebhookEndpointState
    let disabledReason: String?
    let failures: Int
    let lastSuccessAt: Timestamp?
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let version: Int
    let failingSince: Timestamp?
    let warned: Int
    let ordering: WebhookOrdering
    let disabledAt: Timestamp?
    /// A person's own callback.
    let isPersons: Bool
  }

  /// How many endpoints a tenant, or a person, has.
  static func count(account: AccountID?, _ access: Access) -> SQL {
    """
    SELECT count(*) FROM tenure.webhook_endpoints
    WHERE tenant_id = \(access.tenant) AND account_id IS NOT DISTINCT FROM \(nullable: account)
    """
  }

  static func insert(
    _ id: WebhookEndpointID, account: AccountID?, configuration: [UInt8], eventTypes: [String],
    ordering: WebhookOrdering, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    INSERT INTO tenure.webhook_endpoints (tenant_id, endpoint_id, account_id, configuration,
      event_types, ordering, state, failures, warned, created_at, updated_at, version)
    VALUES (\(access.tenant), \(id), \(nullable: account), \(Bytes(configuration)), \(eventTypes),
      \(ordering.rawValue), 'enabled', 0, 0, \(at), \(at), 1)
    """
  }

  /// `account` is whose callback it is; nil for one of the tenant or the operator.
  static func find(_ id: WebhookEndpointID, account: AccountID?, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.webhook_endpoints
    WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id)
      AND account_id IS NOT DISTINCT FROM \(nullable: account)
    """
  }

  /// The endpoint of a delivery, whoever's it is.
  static func find(delivering id: WebhookEndpointID, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.webhook_endpoints
    WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id)
    """
  }

  /// Some of the tenant's endpoints, or of a person's.
  static func page(account: AccountID?, after: UUID?, limit: Int, _ access: Access) -> SQL {
    """
    SELECT \(text: columns) FROM tenure.webhook_endpoints
    WHERE tenant_id = \(access.tenant) AND endpoint_id > \(after ?? .zero)
      AND account_id IS NOT DISTINCT FROM \(nullable: account)
    ORDER BY endpoint_id
    LIMIT \(limit)
    """
  }

  static func update(
    _ id: WebhookEndpointID, configuration: [UInt8], eventTypes: [String],
    ordering: WebhookOrdering, state: WebhookEndpointState, at: Timestamp, from version: Int,
    _ access: Access
  ) -> SQL {
    let isEnabled = state == .enabled
    return """
      UPDATE tenure.webhook_endpoints
      SET configuration = \(Bytes(configuration)), event_types = \(eventTypes),
        ordering = \(ordering.rawValue), state = \(state.rawValue), updated_at = \(at),
        version = version + 1,
        disabled_reason = CASE WHEN \(isEnabled) THEN NULL ELSE disabled_reason END,
        disabled_at = CASE WHEN \(isEnabled) THEN NULL ELSE coalesce(disabled_at, \(at)) END,
        failures = CASE WHEN \(state.rawValue) = state THEN failures ELSE 0 END,
        failing_since = CASE WHEN \(state.rawValue) = state THEN failing_since END
      WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id) AND version = \(version)
      RETURNING \(text: columns)
      """
  }

  /// Deletes the callbacks of people who are gone; what was under way to them finds no endpoint.
  static func deletePersons(_ accounts: [AccountID], _ access: Access) -> SQL {
    """
    WITH endpoints AS (
      DELETE FROM tenure.webhook_endpoints AS endpoint USING unnest(\(accounts)) AS gone (id)
      WHERE endpoint.tenant_id = \(access.tenant) AND endpoint.account_id = gone.id
      RETURNING endpoint.endpoint_id)
    DELETE FROM tenure_global.deliveries AS delivery USING endpoints
    WHERE delivery.tenant_id = \(access.tenant) AND delivery.endpoint_id = endpoints.endpoint_id
    """
  }

  /// Forgets an endpoint with all that was still to be delivered there.
  static func delete(_ id: WebhookEndpointID, _ access: Access) -> [SQL] {
    [
      """
      DELETE FROM tenure_global.deliveries
      WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id)
      """,
      """
      DELETE FROM tenure.webhook_endpoints
      WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id)
      """,
    ]
  }

  static func recordSuccess(_ id: WebhookEndpointID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.webhook_endpoints
    SET failures = 0, warned = 0, failing_since = NULL, last_success_at = \(at)
    WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id)
      AND (failures > 0 OR last_success_at IS NULL OR last_success_at < \(at.adding(seconds: -60)))
    """
  }

  static func recordFailure(_ id: WebhookEndpointID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.webhook_endpoints
    SET failures = failures + 1, failing_since = coalesce(failing_since, \(at))
    WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id)
    RETURNING \(text: columns)
    """
  }

  static func warn(_ id: WebhookEndpointID, count: Int, _ access: Access) -> SQL {
    """
    UPDATE tenure.webhook_endpoints SET warned = \(count)
    WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id) AND warned < \(count)
    RETURNING endpoint_id
    """
  }

  static func disable(
    _ id: WebhookEndpointID, reason: String, at: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.webhook_endpoints
    SET state = 'disabled', disabled_reason = \(reason), disabled_at = \(at), updated_at = \(at),
      version = version + 1
    WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id) AND state = 'enabled'
    RETURNING endpoint_id
    """
  }

  /// Puts a disabled endpoint on trial, or ends the trial.
  static func move(
    _ id: WebhookEndpointID, from: WebhookEndpointState, to state: WebhookEndpointState,
    at: Timestamp, _ access: Access
  ) -> SQL {
    let isEnabled = state == .enabled
    return """
      UPDATE tenure.webhook_endpoints
      SET state = \(state.rawValue), updated_at = \(at), version = version + 1,
        disabled_reason = CASE WHEN \(isEnabled) THEN NULL ELSE disabled_reason END,
        disabled_at = CASE WHEN \(isEnabled) THEN NULL ELSE disabled_at END
      WHERE tenant_id = \(access.tenant) AND endpoint_id = \(id) AND state = \(from.rawValue)
      RETURNING endpoint_id
      """
  }

  static func stored(_ row: Row) throws -> Stored {
    Stored(
      id: try row.identifier(0, WebhookEndpointID.self), configuration: try row.bytes(1),
      eventTypes: try row.strings(2),
      state: try row.choice(3, WebhookEndpointState.self),
      disabledReason: try row.optionalString(4), failures: try row.int(5),
      lastSuccessAt: try row.optionalTime(6), createdAt: try row.time(7),
      updatedAt: try row.time(8), version: try row.int(9), failingSince: try row.optionalTime(10),
      warned: try row.int(11),
      ordering: try row.choice(12, WebhookOrdering.self),
      disabledAt: try row.optionalTime(13), isPersons: try row.bool(14))
  }
}
