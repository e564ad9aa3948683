import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Translates a filter into SQL over the attributes an account list may be narrowed by.
///
/// Personal attributes are not among them: a filter stands in the URL. An address is looked up by
/// `POST /v1/accounts:lookup`.
enum AccountFilter {
  static func sql(_ text: String) throws(Problem) -> SQL {
    do throws(Filter.Malformed) {
      return try translate(try Filter(parsing: text))
    } catch {
      throw malformed(error.detail)
    }
  }

  private static func translate(_ filter: Filter) throws(Filter.Malformed) -> SQL {
    switch filter {
    case .and(let left, let right): return try join(left, " AND ", right)
    case .or(let left, let right): return try join(left, " OR ", right)
    case .not(let inner):
      var sql: SQL = "NOT "
      sql.append(try translate(inner))
      return sql
    case .present(let attribute):
      guard ["id", "status", "created_at", "updated_at"].contains(attribute.lowercased()) else {
        throw unknown(attribute)
      }
      return "TRUE"
    case .compare(let attribute, let comparison, let value):
      return try compare(attribute.lowercased(), comparison, value)
    }
  }

  private static func join(
    _ left: Filter, _ word: SQL, _ right: Filter
  ) throws(Filter.Malformed) -> SQL {
    var sql: SQL = "("
    sql.append(try translate(left))
    sql.append(word)
    sql.append(try translate(right))
    sql.append(")")
    return sql
  }

  private static func compare(
    _ attribute: String, _ comparison: Filter.Comparison, _ value: Filter.Value
  ) throws(Filter.Malformed) -> SQL {
    guard case .string(let text) = value else {
      throw Filter.Malformed(detail: "'\(attribute)' is compared with text in double quotes")
    }
    switch attribute {
    case "status":
      switch comparison {
      case .eq: return "status = \(text)"
      case .ne: return "status <> \(text)"
      default: throw Filter.Malformed(detail: "'status' knows eq and ne only")
      }
    case "id":
      guard comparison == .eq, let id = try? AccountID(parsing: text) else {
        throw Filter.Malformed(detail: "'id' knows eq with an account's id only")
      }
      return "account_id = \(id)"
    case "created_at": return try time("created_at", comparison, text)
    case "updated_at": return try time("updated_at", comparison, text)
    default: throw unknown(attribute)
    }
  }

  private static func time(
    _ column: StaticString, _ comparison: Filter.Comparison, _ text: String
  ) throws(Filter.Malformed) -> SQL {
    guard let time = Timestamp(parsing: text) else {
      throw Filter.Malformed(detail: "'\(column)' is compared with an RFC 3339 date-time")
    }
    switch comparison {
    case .eq: return "\(text: column) = \(time)"
    case .ne: return "\(text: column) <> \(time)"
    case .gt: return "\(text: column) > \(time)"
    case .ge: return "\(text: column) >= \(time)"
    case .lt: return "\(text: column) < \(time)"
    case .le: return "\(text: column) <= \(time)"
    }
  }

  private static func unknown(_ attribute: String) -> Filter.Malformed {
    Filter.Malformed(
      detail: "'\(attribute)' cannot be filtered by; id, status, created_at and updated_at can")
  }

  private static func malformed(_ detail: String) -> Problem {
    Problem(
      .filterMalformed, detail,
      errors: [.init(pointer: "filter", code: "malformed", detail: detail)])
  }
}
