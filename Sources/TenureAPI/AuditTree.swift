package import JSON
package import Tenure

/// A signed root of the audit log, with what verifies it.
package struct AuditCheckpointView: View {
  package let size: Int
  package let root: String
  package let note: String
  package let verifierKey: String
  package let at: Timestamp

  package init(size: Int, root: String, note: String, verifierKey: String, at: Timestamp) {
    self.size = size
    self.root = root
    self.note = note
    self.verifierKey = verifierKey
    self.at = at
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("size")
      writer.int(size)
      writer.key("root")
      writer.string(root)
      writer.key("note")
      writer.string(note)
      writer.key("verifier_key")
      writer.string(verifierKey)
      writer.key("at")
      writer.timestamp(at)
    }
  }
}

/// Hashes that show something of the audit tree; base64.
package struct AuditProofView: View, Body {
  /// The entry's place; nil where the proof is of two trees.
  package let index: Int?
  package let fromSize: Int?
  package let size: Int
  package let hashes: [String]

  package init(index: Int?, fromSize: Int?, size: Int, hashes: [String]) {
    self.index = index
    self.fromSize = fromSize
    self.size = size
    self.hashes = hashes
  }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var numbers: [String: Int] = [:]
    var hashes: [String] = []
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "leaf_index", "from_size", "size": numbers[member] = try reader.int()
      case "hashes":
        try reader.array { (reader) throws(JSONError) in hashes.append(try reader.string()) }
      default: throw reader.unknownMember()
      }
    }
    guard let size = numbers["size"] else { throw reader.missing("size") }
    self.init(
      index: numbers["leaf_index"], fromSize: numbers["from_size"], size: size, hashes: hashes)
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      if let index {
        writer.key("leaf_index")
        writer.int(index)
      }
      if let fromSize {
        writer.key("from_size")
        writer.int(fromSize)
      }
      writer.key("size")
      writer.int(size)
      writer.key("hashes")
      writer.array { writer in for hash in hashes { writer.string(hash) } }
    }
  }
}

/// The first line of an export: the signed root that the lines below lead to.
package struct AuditExportHead: View {
  package let note: String
  package init(note: String) { self.note = note }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var note: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "checkpoint": note = try reader.string()
      default: throw reader.unknownMember()
      }
    }
    guard let note else { throw reader.missing("checkpoint") }
    self.note = note
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("checkpoint")
      writer.string(note)
    }
  }
}

/// A line of an export: an entry with its place, its details still sealed.
package struct AuditExportEntry: View {
  package let index: Int
  package let entry: AuditEntry
  /// SHA-256 of the sealed details, which stays when they go; empty where there are none.
  package let detailsDigest: [UInt8]

  package init(index: Int, entry: AuditEntry, detailsDigest: [UInt8]) {
    self.index = index
    self.entry = entry
    self.detailsDigest = detailsDigest
  }

  /// Reads a line of `tenant`'s export.
  package init(reading reader: inout JSONReader, tenant: TenantID) throws(JSONError) {
    var (index, id, at): (Int?, AuditEntryID?, Timestamp?) = (nil, nil, nil)
    var (actor, action, object, request) = ("", "", "", "")
    var subject: AccountID?
    var (onBehalfOf, approvedBy): (String?, String?) = (nil, nil)
    var (digest, details): ([UInt8]?, [UInt8]?) = (nil, nil)
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "leaf_index": index = try reader.int()
      case "id": id = try reader.identifier(AuditEntryID.self)
      case "at": at = try reader.timestamp()
      case "actor": actor = try reader.string()
      case "action": action = try reader.string()
      case "object": object = try reader.string()
      case "subject_id":
        if !reader.null() { subject = try reader.identifier(AccountID.self) }
      case "request_id": request = try reader.string()
      case "on_behalf_of": onBehalfOf = reader.null() ? nil : try reader.string()
      case "approved_by": approvedBy = reader.null() ? nil : try reader.string()
      case "details_digest":
        guard let bytes = Hexadecimal.decode(Array(try reader.string().utf8)) else {
          throw reader.error(.value, "hexadecimal digits are expected")
        }
        digest = bytes
      case "details_sealed":
        if !reader.null() {
          guard let bytes = Hexadecimal.decode(Array(try reader.string().utf8)) else {
            throw reader.error(.value, "hexadecimal digits are expected")
          }
          details = bytes
        }
      default: throw reader.unknownMember()
      }
    }
    guard let index else { throw reader.missing("leaf_index") }
    guard let id else { throw reader.missing("id") }
    guard let at else { throw reader.missing("at") }
    guard let digest else { throw reader.missing("details_digest") }
    self.init(
      index: index,
      entry: AuditEntry(
        id: id, tenant: tenant, at: at, actor: actor, action: action, object: object,
        subject: subject, requestID: request, onBehalfOf: onBehalfOf, approvedBy: approvedBy,
        details: details),
      detailsDigest: digest)
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("leaf_index")
      writer.int(index)
      writer.members(of: entry)
      writer.key("details_digest")
      writer.string(Hexadecimal.encode(detailsDigest))
      writer.key("details_sealed")
      writer.string(entry.details.map { Hexadecimal.encode($0) })
    }
  }
}
