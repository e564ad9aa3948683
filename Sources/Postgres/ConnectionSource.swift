import CPostgres
import Glibc

/// How connections are made: a connection string, and the settings that every session begins with.
///
/// The string may name several hosts (`host=a,b target_session_attrs=read-write`): libpq finds the
/// one that takes writes, also after a failover.
package struct ConnectionSource: Sendable {
  /// A libpq URL or keyword string.
  package var url: String
  /// The role that every session sets; empty for the login's own.
  package var role: String
  package var applicationName: String

  package init(url: String, role: String, applicationName: String) {
    self.url = url
    self.role = role
    self.applicationName = applicationName
  }

  /// Connects, and blocks: call it on worker threads.
  func connect(statementTimeoutMilliseconds: Int) throws(PostgresError) -> OpaquePointer {
    var options =
      "-c statement_timeout=\(statementTimeoutMilliseconds) -c lock_timeout=500"
      + " -c idle_in_transaction_session_timeout=10000 -c client_min_messages=warning"
      + " -c TimeZone=UTC -c search_path=pg_catalog -c jit=off"
    if !role.isEmpty { options += " -c role=\(role)" }
    // Later keywords win, so the string can override the first four of these, but not the last
    // three.
    let settings: [(String, String)] = [
      ("connect_timeout", "2"), ("tcp_user_timeout", "2000"), ("keepalives_idle", "2"),
      ("keepalives_interval", "1"), ("dbname", url), ("options", options),
      ("client_encoding", "UTF8"), ("application_name", applicationName),
    ]
    let names = settings.map { strdup($0.0) }
    let values = settings.map { strdup($0.1) }
    defer { (names + values).forEach { free($0) } }
    let handle = PQconnectdbParams(
      names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
    guard let handle, PQstatus(handle) == CONNECTION_OK else {
      let message = String(cString: PQerrorMessage(handle))
      PQfinish(handle)
      throw PostgresError(kind: .unavailable, message: message)
    }
    // Notices of the server are not written to the service's standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    return handle
  }
}

extension ConnectionSource {
  /// The connection as environment variables of libpq, for PostgreSQL's own programs: anybody on
  /// the machine can read a program's arguments.
  package func environment() throws(PostgresError) -> [String: String] {
    guard let options = PQconninfoParse(url, nil) else {
      throw PostgresError(kind: .unavailable, message: "the connection string is malformed")
    }
    defer { PQconninfoFree(options) }
    var variables: [String: String] = [:]
    var option = options
    while option.pointee.keyword != nil {
      if let name = option.pointee.envvar, let value = option.pointee.val {
        variables[String(cString: name)] = String(cString: value)
      }
      option += 1
    }
    return variables
  }
}
