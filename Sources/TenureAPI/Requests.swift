package import JSON
package import Tenure

/// What a person wants corrected: only members they name.
package struct Correction: Body, View, Shaped, Equatable {
  package let displayName: String?
  package let locale: String?

  package static let shape = Shape(
    "Correction", "What is to be corrected; at least one of them.", Correction.init
  ) {
    Member(
      "display_name", \.displayName, .nullable(.name(max: AccountProfile.displayNameMax)),
      default: nil, example: "Ada Lovelace")
    Member(
      "locale", \.locale, .nullable(.languageTag), "BCP 47.", default: nil, example: "en-GB")
  } check: { (correction, reader) throws(JSONError) in
    if correction.displayName == nil && correction.locale == nil {
      throw reader.error(.value, "display_name or locale is expected")
    }
  }

  /// What the account's profile is changed by: its members have the same names.
  package var patch: AccountPatch {
    // What is not to be corrected is null here, which in a patch would clear it.
    AccountPatch(JSONValue.object([]).merging(patch: Self.shape.codec.json(of: self)))
  }
}

/// What is said in a request and about it, in people's own words: sealed.
package struct RequestDetails: Body, View, Shaped, Equatable {
  package var details: String?
  package var correction: Correction?
  /// Why the time was extended, or why the request was refused.
  package var answer: String?

  package init(details: String?, correction: Correction?, answer: String? = nil) {
    self.details = details
    self.correction = correction
    self.answer = answer
  }

  /// Read as it was sealed, whatever rule its words were taken by.
  package static let shape = Shape(
    "RequestDetails", nil, RequestDetails.init(details:correction:answer:)
  ) {
    Member(
      "details", \.details, .nullable(.string), "In the person's words; gone with the person.",
      default: nil)
    Member(
      "correction", \.correction, .nullable(.object(Correction.shape)), default: nil,
      example: .some(nil))
    Member(
      "answer", \.answer, .nullable(.string),
      "Why the time was extended, or why the request was refused.", default: nil)
  }
}

/// A request as the person and whoever answers it see it.
package struct SubjectRequestView: View, Shaped {
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

  package static let shape = Shape<SubjectRequestView>(
    "Request", "What a person asks about their own data, and where the answer stands."
  ) {
    Member("id", \.request.id, .id())
    Member("type", \.request.kind, .choice(), example: .objection)
    Member("account_id", \.request.account, .id())
    Member(
      "controller_at_receipt", \.request.controller, .nullable(.id()),
      """
      A TypeID that names who controlled the account when the request came in, and answers it; \
      null for nobody but the operator.
      """)
    Member(
      "state", \.request.state, .choice(),
      "The clock stands while it is `paused`; what was `granted` is being carried out.")
    Member(
      "purposes", \.request.purposes, .purposes,
      SubjectRequestDraft.purposesHelp, example: ["direct_marketing"])
    Member(
      "jurisdiction", \.request.rule, .jurisdiction,
      """
      Whose rule counts the time: a month and two more (`eu`, `uk`), 45 days and 45 more \
      (`us-ca`), 15 days (`br`).
      """)
    Member("received_at", \.request.receivedAt, .timestamp)
    Member(
      "due_at", \.request.dueAt, .timestamp,
      "By calendar, in the time zone of whoever answers; later by as long as the clock stood.")
    Member("paused_at", \.request.pausedAt, .nullable(.timestamp))
    Member("extended_at", \.request.extendedAt, .nullable(.timestamp))
    Member("ended_at", \.request.endedAt, .nullable(.timestamp))
    Member(
      "lifted_at", \.request.liftedAt, .nullable(.timestamp),
      "When the restriction or objection that it led to ended.")
    Member(
      "erasure_id", \.request.erasure, .nullable(.id()),
      "A TypeID that names the erasure that fulfilled it.")
    Member(
      "requested_by", \.request.requestedBy, .string,
      example: Schema.idExample(of: AccountNoun.self))
    Member("updated_at", \.request.updatedAt, .timestamp)
  }.inserting(RequestDetails.shape, of: \.details, after: "state")
}

extension Codec where Value == [String] {
  /// What somebody objects to.
  fileprivate static var purposes: Codec { .categories(max: SubjectRequestDraft.purposesMax) }
}

extension Codec where Value == CountingRule {
  /// Whose rule counts the time of a request.
  fileprivate static var jurisdiction: Codec {
    let names = CountingRule.all.map(\.jurisdiction)
    let schema = Schema(
      "string", [("enum", .array(names.map { .string($0) }))], example: .string(names[0]))
    return Codec(schema) { (reader) throws(JSONError) in
      guard let rule = CountingRule.of(try reader.string()) else {
        throw reader.error(.value, "one of \(names.joined(separator: ", ")) is expected")
      }
      return rule
    } write: {
      $1.string($0.jurisdiction)
    }
  }
}

/// What a request that is to be made says, whoever makes it.
package struct SubjectRequestDraft: Sendable {
  package static let purposesMax = 20
  fileprivate static let purposesHelp = "What is objected to, such as `direct_marketing`."

  fileprivate let account: AccountID?
  package let kind: SubjectRequest.Kind
  package let details: String?
  /// Only of a rectification.
  package let correction: Correction?
  /// Only of an objection.
  package let purposes: [String]
  package let rule: CountingRule
  /// When it came in, where that was earlier: by letter, or by mail.
  package let receivedAt: Timestamp?

  private init(
    account: AccountID?, kind: SubjectRequest.Kind, details: String?, correction: Correction?,
    purposes: [String], rule: CountingRule, receivedAt: Timestamp?
  ) {
    self.account = account
    self.kind = kind
    self.details = details
    self.correction = kind == .rectification ? correction : nil
    self.purposes = kind == .objection ? purposes : []
    self.rule = rule
    self.receivedAt = receivedAt
  }

  /// All that its bodies may say: each requires some of it, or leaves it out.
  fileprivate static let shape = Shape(
    "RequestDraft", nil,
    SubjectRequestDraft.init(account:kind:details:correction:purposes:rule:receivedAt:)
  ) {
    Member(optional: "account_id", \.account, .id())
    Member("type", \.kind, .choice(), example: .objection)
    Member(
      "details", \.details, .nullable(.text(max: 2_000)), "In the person's words.", default: nil)
    Member(
      "correction", \.correction, .nullable(.object(Correction.shape)), default: nil,
      example: .some(nil))
    Member(
      optional: "purposes", \.purposes, .purposes,
      SubjectRequestDraft.purposesHelp, example: ["direct_marketing"])
    Member("jurisdiction", \.rule, .jurisdiction, default: CountingRule.all[0])
    Member(
      "received_at", \.receivedAt, .nullable(.timestamp),
      "When it came in, where that was earlier; 90 days at the most.", default: nil)
  } check: { (body, reader) throws(JSONError) in
    if body.kind == .objection && body.purposes.isEmpty { throw reader.missing("purposes") }
    if body.kind == .rectification && body.correction == nil && body.details == nil {
      throw reader.missing("correction")
    }
  }
}

/// The body that enters a request for somebody.
package struct SubjectRequestBody: Body {
  package let account: AccountID
  package let draft: SubjectRequestDraft

  package static let shape = SubjectRequestDraft.shape.requiring(
    ["account_id"], "RequestBody",
    """
    A request, entered for somebody. An objection names `purposes`; a rectification `correction` \
    or `details`.
    """)

  package init(reading reader: inout JSONReader) throws(JSONError) {
    draft = try Self.shape.read(&reader)
    guard let account = draft.account else { throw reader.missing("account_id") }
    self.account = account
  }
}

/// The body of a person's own request: it is about themselves, and comes in now.
package struct MyRequestBody: Body {
  package let draft: SubjectRequestDraft

  package static let shape = SubjectRequestDraft.shape.without(
    ["account_id": "it is about yourself", "received_at": "it comes in now"], "MyRequestBody",
    """
    A request of my own. An objection names `purposes`; a rectification `correction` or `details`.
    """)

  package init(reading reader: inout JSONReader) throws(JSONError) {
    draft = try Self.shape.read(&reader)
  }
}

/// What products may do with a person's data: they ask before they do it.
package struct ProcessingView: View, Shaped {
  package let account: AccountID
  package let isRestricted: Bool
  package let objections: [String]

  package init(account: AccountID, isRestricted: Bool, objections: [String]) {
    self.account = account
    self.isRestricted = isRestricted
    self.objections = objections
  }

  package static let shape = Shape<ProcessingView>(
    "Processing", "What products may do with a person's data."
  ) {
    Member("account_id", \.account, .id())
    Member("restricted", \.isRestricted, .bool, "Nothing but keeping it.")
    Member(
      "objections", \.objections, .set(.category), "Purposes that the person objects to.",
      example: ["direct_marketing"])
  }
}

/// A package as whoever answers the request sees it: what is in it, and not what it says.
package struct PackageView: View, Shaped {
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

  package static let shape = Shape<PackageView>(
    "Package", "What was made for a request: what is in it, and not what it says."
  ) {
    Member("dsr_id", \.request, .id())
    Member(
      "manifest", \.manifest, .string,
      "A signed note: names of the files, and SHA-256 of the text of each.",
      example: """
        tenure/package/ten_01m7zxyxbtf46rjshedaq7k2em
        {"dsr_id":"dsr_01m7zxyxbtf46rjshedaq7k2em",…}

        — tenure/package/ten_01m7zxyxbtf46rjshedaq7k2em …

        """)
    Member(
      "verifier_key", \.verifier, .string, "With which `tenure dsr verify` checks it.",
      example: "tenure/package/ten_01m7zxyxbtf46rjshedaq7k2em+…")
    Member("expires_at", \.expiresAt, .timestamp)
    Member(
      "collected_at", \.collectedAt, .nullable(.timestamp), "When its one-time link was used.")
  }
}

/// What a package holds, as one line of JSON: its signature covers every file by its digest.
package struct PackageManifest: Body, View, Shaped, Equatable {
  package struct File: Shaped, Equatable {
    package let name: String
    /// SHA-256 of the file's text, in hexadecimal.
    package let digest: String

    package static let shape = Shape("PackageManifestFile", nil, File.init) {
      Member("name", \.name, .string)
      Member("sha256", \.digest, .string)
    }
  }

  package let request: SubjectRequestID
  package let kind: SubjectRequest.Kind
  package let account: AccountID
  package let controller: TenantID?
  package let madeAt: Timestamp
  package let files: [File]

  private init(
    request: SubjectRequestID, kind: SubjectRequest.Kind, account: AccountID,
    controller: TenantID?, madeAt: Timestamp, files: [File]
  ) {
    self.request = request
    self.kind = kind
    self.account = account
    self.controller = controller
    self.madeAt = madeAt
    self.files = files
  }

  package init(
    request: SubjectRequest, at time: Timestamp, files: [(name: String, digest: String)]
  ) {
    self.init(
      request: request.id, kind: request.kind, account: request.account,
      controller: request.controller, madeAt: time,
      files: files.map { File(name: $0.name, digest: $0.digest) })
  }

  package static let shape = Shape(
    "PackageManifest", nil,
    PackageManifest.init(request:kind:account:controller:madeAt:files:)
  ) {
    Member("dsr_id", \.request, .id())
    Member("type", \.kind, .choice())
    Member("account_id", \.account, .id())
    Member("controller_id", \.controller, .nullable(.id()))
    Member("made_at", \.madeAt, .timestamp)
    Member("files", \.files, .list(.inline(File.shape)))
  }

  /// Reads what was signed; nil where it is no manifest.
  package init?(parsing text: String) {
    guard let manifest = try? PackageManifest(parsing: Array(text.utf8)) else { return nil }
    self = manifest
  }

  package var text: String { String(decoding: json, as: UTF8.self) }
}

extension Shapes {
  static let requests: [Component] = [
    SubjectRequestView.shape.component, SubjectRequestBody.shape.component,
    MyRequestBody.shape.component, Correction.shape.component, ProcessingView.shape.component,
    PackageView.shape.component,
  ]
}
