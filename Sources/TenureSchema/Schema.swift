import CFiles
package import Postgres

/// The schema, as ordered steps: one for each noun, and what has changed since.
///
/// CFiles.c lists them; `Tests/TenureServerTests/House/schema.sql` is what they lead to.
package enum Schema {
  package static let migrations: [Migration] = {
    var all: [Migration] = []
    var text: UnsafePointer<CChar>?
    while let name = cfiles_migration(all.count, &text), let text {
      all.append(Migration(name: String(cString: name), sql: String(cString: text)))
    }
    return all
  }()
}
