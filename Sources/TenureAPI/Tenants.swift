package import JSON
package import Tenure

/// A tenant as callers see it.
package struct TenantView: View {
  package enum State: String, CaseIterable, Sendable { case active, suspended }

  package let id: TenantID
  package let name: String
  package let state: State
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: TenantID, name: String, state: State, createdAt: Timestamp, updatedAt: Timestamp,
    version: Int
  ) {
    self.id = id
    self.name = name
    self.state = state
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("name")
      writer.string(name)
      writer.key("state")
      writer.string(state.rawValue)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// The body that creates or renames a tenant.
package struct TenantBody: Body {
  package static let nameMax = 200
  package let name: String

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var name: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "name": name = try reader.text(max: Self.nameMax)
      default: throw reader.unknownMember()
      }
    }
    guard let name else { throw reader.missing("name") }
    self.name = name
  }
}
