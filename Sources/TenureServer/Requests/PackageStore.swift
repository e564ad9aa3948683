import Foundation
import Postgres
import Tenure
import TenureKernel

/// SQL of `tenure.packages` and their files.
enum PackageStore {
  /// How long a package can be collected.
  static let keptSeconds: Int64 = 14 * 86_400
  /// How long after its first use a link works on, for a download that broke off.
  static let repeatSeconds: Int64 = 3_600

  struct Package: Sendable {
    /// Where its making stands: the section, and the last thing of it that is in.
    let section: Int
    let place: UUID?
    /// nil while it is being made.
    let manifest: String?
    let expiresAt: Timestamp?
    let collectedAt: Timestamp?
  }

  /// One file of a package, its content sealed.
  struct File: Sendable {
    let number: Int
    /// What its seal is bound to: one file does not open as another.
    let id: UUID
    let name: String
    let digest: [UInt8]
    let content: [UInt8]
  }

  static func insert(_ id: SubjectRequestID, _ access: Access) -> SQL {
    """
    INSERT INTO tenure.packages (tenant_id, request_id, section)
    VALUES (\(access.tenant), \(id), 0)
    ON CONFLICT (tenant_id, request_id) DO NOTHING
    """
  }

  static func find(_ id: SubjectRequestID, _ access: Access) -> SQL {
    """
    SELECT section, place, manifest, expires_at, collected_at FROM tenure.packages
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    """
  }

  /// Keeps a file, and where the making goes on.
  static func add(
    _ file: File?, section: Int, place: UUID?, to id: SubjectRequestID, _ access: Access
  ) -> [SQL] {
    var statements: [SQL] = []
    if let file {
      statements.append(
        """
        INSERT INTO tenure.package_files
          (tenant_id, request_id, number, file_id, name, sha256, content)
        VALUES (\(access.tenant), \(id), \(file.number), \(file.id), \(file.name),
          \(Bytes(file.digest)), \(Bytes(file.content)))
        """)
    }
    statements.append(
      """
      UPDATE tenure.packages SET section = \(section), place = \(nullable: place)
      WHERE tenant_id = \(access.tenant) AND request_id = \(id)
      """)
    return statements
  }

  static func complete(
    _ id: SubjectRequestID, manifest: String, expiresAt: Timestamp, _ access: Access
  ) -> SQL {
    """
    UPDATE tenure.packages SET manifest = \(manifest), expires_at = \(expiresAt)
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    """
  }

  /// Remembers that the one-time link was used, the first time.
  static func collect(_ id: SubjectRequestID, at: Timestamp, _ access: Access) -> SQL {
    """
    UPDATE tenure.packages SET collected_at = coalesce(collected_at, \(at))
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    """
  }

  /// Names and digests of all files, in order.
  static func names(_ id: SubjectRequestID, _ access: Access) -> SQL {
    """
    SELECT name, encode(sha256, 'hex') FROM tenure.package_files
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    ORDER BY number
    """
  }

  static func file(after number: Int, of id: SubjectRequestID, _ access: Access) -> SQL {
    """
    SELECT number, file_id, name, sha256, content FROM tenure.package_files
    WHERE tenant_id = \(access.tenant) AND request_id = \(id) AND number > \(number)
    ORDER BY number
    LIMIT 1
    """
  }

  /// Throws away what nobody can collect any more; what it was stays in the manifest.
  static func deleteExpired(at now: Timestamp, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.package_files AS file USING tenure.packages AS package
    WHERE package.tenant_id = \(access.tenant) AND package.expires_at <= \(now)
      AND file.tenant_id = \(access.tenant) AND file.request_id = package.request_id
    """
  }

  /// Throws away what there is of one package.
  static func deleteFiles(of id: SubjectRequestID, _ access: Access) -> SQL {
    """
    DELETE FROM tenure.package_files
    WHERE tenant_id = \(access.tenant) AND request_id = \(id)
    """
  }

  static func deleteAll(of accounts: [AccountID], _ access: Access) -> SQL {
    """
    DELETE FROM tenure.package_files AS file USING tenure.requests AS request
    WHERE request.tenant_id = \(access.tenant) AND request.account_id = ANY (\(accounts))
      AND file.tenant_id = \(access.tenant) AND file.request_id = request.request_id
    """
  }

  static func package(_ row: Row) throws -> Package {
    Package(
      section: try row.int(0), place: try row.optionalUUID(1),
      manifest: try row.optionalString(2), expiresAt: try row.optionalTime(3),
      collectedAt: try row.optionalTime(4))
  }

  static func file(_ row: Row) throws -> File {
    File(
      number: try row.int(0), id: try row.uuid(1), name: try row.string(2),
      digest: try row.bytes(3), content: try row.bytes(4))
  }
}
