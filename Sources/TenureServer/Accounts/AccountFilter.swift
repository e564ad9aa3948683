import JSON
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// A filter over accounts (RFC 7644, section 3.4.2.2).
///
/// The database decides most of it; `isSatisfied` decides the rest.
///
/// In a URL it may have no personal attributes. In a search, which is a body, it may: addresses and
/// external ids are found by their keyed hashes, and names, which are sealed, are compared after
/// decryption.
struct AccountFilter {
  private static let impersonal: Set = ["id", "status", "created_at", "updated_at"]
  private static let personal: Set = ["address", "external_id", "display_name"]

  let filter: Filter
  private let hash: (@Sendable (StaticString, String) throws -> [UInt8])?
  private let access: Access

  /// Reads the filter of a URL.
  init(parsing text: String, _ access: Access) throws {
    try self.init(text, hash: nil, access)
  }

  /// Reads the filter of a search.
  init(searching text: String, _ worker: Worker, _ access: Access) throws {
    try self.init(text, hash: { try worker.blindIndex($0, $1) }, access)
  }

  private init(
    _ text: String, hash: (@Sendable (StaticString, String) throws -> [UInt8])?, _ access: Access
  ) throws {
    do throws(Filter.Malformed) { filter = try Filter(parsing: text) } catch {
      throw Self.malformed(error.detail)
    }
    self.hash = hash
    self.access = access
    // Translates the whole filter, although `sql` may need less of it, so that errors are found
    // now.
    _ = try translate(filter)
  }

  /// Whether it asks for deleted accounts, which lists otherwise leave out.
  var asksForDeleted: Bool { filter.compares("status", .eq, "deleted") }

  /// Whether profiles must be decrypted to decide it.
  var needsNames: Bool { filter.attributes.contains("display_name") }

  /// A condition that all matching accounts satisfy, to narrow the query; nil where there is none.
  var sql: SQL? {
    get throws {
      let decidable = filter.conjuncts.filter { !$0.attributes.contains("display_name") }
      if decidable.isEmpty { return nil }
      var sql: SQL = "("
      for (index, conjunct) in decidable.enumerated() {
        if index > 0 { sql.append(" AND ") }
        sql.append(try translate(conjunct))
      }
      sql.append(")")
      return sql
    }
  }

  /// Whether an account with this profile, as it is stored, satisfies it.
  ///
  /// The profile is not judged anew, as that costs twenty times its reading. The name of a deleted
  /// account is not shown, so it is found by the whole name only: by its parts it could be read
  /// letter by letter.
  func isSatisfied(by account: AccountStore.Stored, _ profile: JSONValue) -> Bool {
    let hidesName = account.status == .deleted && filter.looksInto("display_name")
    return filter.isSatisfied { name in
      switch name {
      case "id": .texts([account.id.description])
      case "status": .texts([account.status.rawValue])
      case "created_at": .time(account.createdAt)
      case "updated_at": .time(account.updatedAt)
      case "address":
        .texts((profile["addresses"]?.array ?? []).compactMap { $0["address"]?.string })
      case "external_id": .texts(profile["external_id"]?.string.map { [$0] } ?? [])
      case "display_name":
        .texts(
          hidesName ? [] : profile["display_name"]?.string.map { [$0] } ?? [])
      default: nil
      }
    }
  }

  // MARK: SQL

  private func translate(_ filter: Filter) throws -> SQL {
    switch filter {
    case .and(let left, let right): return try join(left, " AND ", right)
    case .or(let left, let right): return try join(left, " OR ", right)
    case .not(let inner):
      var sql: SQL = "NOT "
      sql.append(try translate(inner))
      return sql
    case .present(let attribute):
      let name = attribute.lowercased()
      if name == "external_id", hash != nil { return "external_id_hmac IS NOT NULL" }
      guard Self.impersonal.contains(name) || (hash != nil && Self.personal.contains(name)) else {
        throw unknown(attribute)
      }
      return "TRUE"
    case .compare(let attribute, let comparison, let value):
      return try compare(attribute.lowercased(), comparison, value)
    }
  }

  private func join(_ left: Filter, _ word: SQL, _ right: Filter) throws -> SQL {
    var sql: SQL = "("
    sql.append(try translate(left))
    sql.append(word)
    sql.append(try translate(right))
    sql.append(")")
    return sql
  }

  private func compare(
    _ attribute: String, _ comparison: Filter.Comparison, _ value: Filter.Value
  ) throws -> SQL {
    guard case .string(let text) = value else {
      throw Self.malformed("'\(attribute)' is compared with text in double quotes")
    }
    switch attribute {
    case "status":
      switch comparison {
      case .eq: return "status = \(text)"
      case .ne: return "status <> \(text)"
      default: throw Self.malformed("'status' knows eq and ne only")
      }
    case "id":
      guard comparison == .eq, let id = try? AccountID(parsing: text) else {
        throw Self.malformed("'id' knows eq with an account's id only")
      }
      return "account_id = \(id)"
    case "created_at": return try time("created_at", comparison, text)
    case "updated_at": return try time("updated_at", comparison, text)
    default: return try personal(attribute, comparison, text)
    }
  }

  private func personal(
    _ attribute: String, _ comparison: Filter.Comparison, _ text: String
  ) throws -> SQL {
    guard let hash, Self.personal.contains(attribute) else { throw unknown(attribute) }
    switch (attribute, comparison) {
    case ("display_name", .gt), ("display_name", .ge), ("display_name", .lt),
      ("display_name", .le):
      throw Self.malformed("'display_name' knows eq, ne, co, sw and ew only")
    case ("display_name", _): return "TRUE"
    case ("external_id", .eq): return "external_id_hmac = \(Bytes(try hash("external_id", text)))"
    case ("address", .eq):
      let address: EmailAddress
      do throws(EmailAddress.Refusal) { address = try EmailAddress(parsing: text) } catch {
        throw Self.malformed("'address' is compared with an address: \(error.rawValue)")
      }
      return """
        account_id IN (SELECT account_id FROM tenure_global.addresses
          WHERE address_hmac = \(Bytes(try hash("address", address.identity)))
            AND tenant_id = \(access.tenant))
        """
    default: throw Self.malformed("'\(attribute)' knows eq only")
    }
  }

  private func time(
    _ column: StaticString, _ comparison: Filter.Comparison, _ text: String
  ) throws -> SQL {
    guard let time = Timestamp(parsing: text) else {
      throw Self.malformed("'\(column)' is compared with an RFC 3339 date-time")
    }
    switch comparison {
    case .eq: return "\(text: column) = \(time)"
    case .ne: return "\(text: column) <> \(time)"
    case .gt: return "\(text: column) > \(time)"
    case .ge: return "\(text: column) >= \(time)"
    case .lt: return "\(text: column) < \(time)"
    case .le: return "\(text: column) <= \(time)"
    case .co, .sw, .ew: throw Self.malformed("'\(column)' is compared as a time")
    }
  }

  private func unknown(_ attribute: String) -> Problem {
    if hash == nil, Self.personal.contains(attribute.lowercased()) {
      return Self.malformed(
        "'\(attribute)' is personal and has no place in a URL: POST /v1/accounts:search takes it")
    }
    let known = Self.impersonal.union(hash == nil ? [] : Self.personal).sorted()
    return Self.malformed(
      "'\(attribute)' cannot be filtered by; \(known.joined(separator: ", ")) can")
  }

  private static func malformed(_ detail: String) -> Problem {
    Problem(
      .filterMalformed, detail,
      errors: [.init(pointer: "filter", code: "malformed", detail: detail)])
  }
}
