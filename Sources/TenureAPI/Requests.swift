package import JSON
package import Tenure

/// What a person wants corrected: only members they name.
package struct Correction: Body, View, Equatable {
  package let displayName: String?
  package let locale: String?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var displayName: String?
    var locale: String?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "display_name":
        if !reader.null() { displayName = try reader.name(max: AccountProfile.displayNameMax) }
      case "locale":
        if !reader.null() { locale = try Codec.languageTag.read(&reader) }
      default: throw reader.unknownMember()
      }
    }
    if displayName == nil && locale == nil {
      throw reader.error(.value, "display_name or locale is expected")
    }
    self.displayName = displayName
    self.locale = locale
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("display_name")
      writer.string(displayName)
      writer.key("locale")
      writer.string(locale)
    }
  }

  /// What the account's profile is changed by.
  package func patch() throws(JSONError) -> AccountPatch {
    var writer = JSONWriter()
    writer.object { writer in
      if let displayName {
        writer.key("display_name")
        writer.string(displayName)
      }
      if let locale {
        writer.key("locale")
        writer.string(locale)
      }
    }
    return try AccountPatch(parsing: writer.bytes)
  }
}

/// What is said in a request and about it, in people's own words: sealed.
package struct RequestDetails: Sendable, Equatable {
  package var details: String?
  package var correction: Correction?
  /// Why the time was extended, or why the request was refused.
  package var answer: String?

  package init(details: String?, correction: Correction?, answer: String? = nil) {
    self.details = details
    self.correction = correction
    self.answer = answer
  }

  package init(stored bytes: [UInt8]) throws(JSONError) {
    let value = try JSONValue(parsing: bytes)
    details = value["details"]?.string
    answer = value["answer"]?.string
    if let object = value["correction"], object != .null {
      var writer = JSONWriter()
      writer.value(object)
      correction = try Correction(parsing: writer.bytes)
    }
  }

  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in write(to: &writer) }
    return writer.bytes
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.key("details")
    writer.string(details)
    writer.key("correction")
    if let correction { correction.write(to: &writer) } else { writer.null() }
    writer.key("answer")
    writer.string(answer)
  }
}

/// A request as the person and whoever answers it see it.
package struct SubjectRequestView: View {
  package let request: SubjectRequest
  /// Empty once the person is erased.
  package let details: RequestDetails

  package init(_ request: SubjectRequest, details: RequestDetails) {
    self.request = request
    self.details = details
  }

  /// The request without what was said, for whoever may not be the person.
  package var withoutWords: SubjectRequestView {
    SubjectRequestView(request, details: RequestDetails(details: nil, correction: nil))
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(request.id)
      writer.key("type")
      writer.string(request.kind.rawValue)
      writer.key("account_id")
      writer.identifier(request.account)
      writer.key("controller_at_receipt")
      writer.string(
        request.controllerAtReceipt == .platform ? nil : request.controllerAtReceipt.description)
      writer.key("state")
      writer.string(request.state.rawValue)
      details.write(to: &writer)
      writer.key("purposes")
      writer.array { writer in for purpose in request.purposes { writer.string(purpose) } }
      writer.key("jurisdiction")
      writer.string(request.rule.jurisdiction)
      writer.key("received_at")
      writer.timestamp(request.receivedAt)
      writer.key("due_at")
      writer.timestamp(request.dueAt)
      writer.key("paused_at")
      writer.timestamp(request.pausedAt)
      writer.key("extended_at")
      writer.timestamp(request.extendedAt)
      writer.key("ended_at")
      writer.timestamp(request.endedAt)
      writer.key("lifted_at")
      writer.timestamp(request.liftedAt)
      writer.key("erasure_id")
      writer.string(request.erasure?.description)
      writer.key("requested_by")
      writer.string(request.requestedBy)
      writer.key("updated_at")
      writer.timestamp(request.updatedAt)
    }
  }
}

/// The body that makes a request: a person's about themselves, or somebody's for a person.
package struct SubjectRequestBody: Body {
  package static let purposesMax = 20

  /// Needed where it is not the person who asks.
  package let account: AccountID?
  package let kind: SubjectRequest.Kind
  package let details: String?
  package let correction: Correction?
  package let purposes: [String]
  package let rule: CountingRule
  /// When it came in, where that was earlier: by letter, or by mail.
  package let receivedAt: Timestamp?

  package init(reading reader: inout JSONReader) throws(JSONError) {
    var account: AccountID?
    var kind: SubjectRequest.Kind?
    var details: String?
    var correction: Correction?
    var purposes: [String] = []
    var rule = CountingRule.all[0]
    var receivedAt: Timestamp?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "account_id": account = try reader.identifier(AccountID.self)
      case "type": kind = try reader.choice(SubjectRequest.Kind.self)
      case "details": if !reader.null() { details = try reader.text(max: 2_000) }
      case "correction": if !reader.null() { correction = try Correction(reading: &reader) }
      case "purposes": purposes = try reader.categories(max: Self.purposesMax)
      case "jurisdiction":
        guard let found = CountingRule.of(try reader.string()) else {
          let known = CountingRule.all.map(\.jurisdiction).joined(separator: ", ")
          throw reader.error(.value, "one of \(known) is expected")
        }
        rule = found
      case "received_at": if !reader.null() { receivedAt = try reader.timestamp() }
      default: throw reader.unknownMember()
      }
    }
    guard let kind else { throw reader.missing("type") }
    if kind == .objection && purposes.isEmpty { throw reader.missing("purposes") }
    if kind == .rectification && correction == nil && details == nil {
      throw reader.missing("correction")
    }
    self.account = account
    self.kind = kind
    self.details = details
    self.correction = kind == .rectification ? correction : nil
    self.purposes = kind == .objection ? purposes : []
    self.rule = rule
    self.receivedAt = receivedAt
  }
}

/// What products may do with a person's data: they ask before they do it.
package struct ProcessingView: View {
  package let account: AccountID
  package let isRestricted: Bool
  package let objections: [String]

  package init(account: AccountID, isRestricted: Bool, objections: [String]) {
    self.account = account
    self.isRestricted = isRestricted
    self.objections = objections
  }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("account_id")
      writer.identifier(account)
      writer.key("restricted")
      writer.bool(isRestricted)
      writer.key("objections")
      writer.array { writer in for purpose in objections { writer.string(purpose) } }
    }
  }
}

/// A package as whoever answers the request sees it: what is in it, and not what it says.
package struct PackageView: View {
  package let request: SubjectRequestID
  package let manifest: String
  package let verifier: String
  package let expiresAt: Timestamp
  package let collectedAt: Timestamp?

  package init(
    request: SubjectRequestID, manifest: String, verifier: String, expiresAt: Timestamp,
    collectedAt: Timestamp?
  ) {
    self.request = request
    self.manifest = manifest
    self.verifier = verifier
    self.expiresAt = expiresAt
    self.collectedAt = collectedAt
  }

  /// Who signs packages of a tenant.
  package static func origin(of tenant: TenantID) -> String { "tenure/package/\(tenant)" }

  package func write(to writer: inout JSONWriter) {
    writer.object { writer in members(to: &writer) }
  }

  package func members(to writer: inout JSONWriter) {
    writer.key("dsr_id")
    writer.identifier(request)
    writer.key("manifest")
    writer.string(manifest)
    writer.key("verifier_key")
    writer.string(verifier)
    writer.key("expires_at")
    writer.timestamp(expiresAt)
    writer.key("collected_at")
    writer.timestamp(collectedAt)
  }
}

/// What a package holds, as one line of JSON: its signature covers every file by its digest.
package struct PackageManifest: Sendable, Equatable {
  package struct File: Sendable, Equatable {
    package let name: String
    /// SHA-256 of the file's text, in hexadecimal.
    package let digest: String
  }

  package let request: String
  package let files: [File]
  private let json: [UInt8]

  package init(
    request: SubjectRequest, at time: Timestamp, files: [(name: String, digest: String)]
  ) {
    self.request = request.id.description
    self.files = files.map { File(name: $0.name, digest: $0.digest) }
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("dsr_id")
      writer.identifier(request.id)
      writer.key("type")
      writer.string(request.kind.rawValue)
      writer.key("account_id")
      writer.identifier(request.account)
      writer.key("controller_id")
      writer.string(
        request.controllerAtReceipt == .platform ? nil : request.controllerAtReceipt.description)
      writer.key("made_at")
      writer.timestamp(time)
      writer.key("files")
      writer.array { writer in
        for file in files {
          writer.object { writer in
            writer.key("name")
            writer.string(file.name)
            writer.key("sha256")
            writer.string(file.digest)
          }
        }
      }
    }
    json = writer.bytes
  }

  /// Reads what was signed; nil where it is no manifest.
  package init?(parsing text: String) {
    guard let value = try? JSONValue(parsing: Array(text.utf8)),
      let request = value["dsr_id"]?.string, let files = value["files"]?.array
    else { return nil }
    self.request = request
    self.files = files.compactMap { file in
      guard let name = file["name"]?.string, let digest = file["sha256"]?.string else { return nil }
      return File(name: name, digest: digest)
    }
    if self.files.count != files.count { return nil }
    json = Array(text.utf8)
  }

  package var text: String { String(decoding: json, as: UTF8.self) }
}
