package import JSON
package import Tenure

/// A merge patch of an account (RFC 7396): only the members it names change.
package struct AccountPatch: Body {
  package static let component = AccountProfile.shape.patch(
    "AccountPatch", "A merge patch (RFC 7396): only the members it names change, null clears.")

  private let patch: JSONValue
  private let changesAddresses: Bool

  /// A patch whose members were read before.
  init(_ patch: JSONValue) {
    self.patch = patch
    changesAddresses = patch["addresses"] != nil
  }

  package init(reading reader: inout JSONReader) throws(JSONError) {
    self.init(try AccountProfile.shape.readPatch(&reader))
  }

  /// The profile after the patch.
  ///
  /// Refused where the whole would no longer be valid.
  package func applied(to profile: AccountProfile) throws(JSONError) -> AccountProfile {
    var reader = JSONReader(try JSONValue(parsing: profile.json).merging(patch: patch).bytes)
    // What is not touched need not be as a caller would have to say it.
    return try (changesAddresses ? AccountProfile.shape : AccountProfile.sealed).read(&reader)
  }
}

/// An account as callers see it.
package struct AccountView: View, Shaped {
  package let id: AccountID
  package let status: AccountStatus
  /// The tenant that controls the account; nil while nobody does.
  package let controller: TenantID?
  /// The profile as the JSON it is sealed as: the contract's form, spliced in as it is.
  package let profile: [UInt8]
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let version: Int

  package init(
    id: AccountID, status: AccountStatus, controller: TenantID?, profile: [UInt8],
    createdAt: Timestamp, updatedAt: Timestamp, version: Int
  ) {
    self.id = id
    self.status = status
    self.controller = controller
    self.profile = profile
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.version = version
  }

  package static let shape = Shape<AccountView>("Account", "An account of one person.") {
    Member("id", \.id, .id())
    Member("status", \.status, .choice())
    Member(
      "controller_id", \.controller, .nullable(.id()),
      "The tenant that controls the account; null while nobody does.")
    Member("created_at", \.createdAt, .timestamp)
    Member("updated_at", \.updatedAt, .timestamp)
  }.inserting(AccountProfile.sealed, of: \.opened, after: "controller_id")

  /// The profile, read again: only a test writes by the table, to compare it with `write(to:)`.
  private var opened: AccountProfile {
    do { return try AccountProfile.stored(profile) } catch {
      preconditionFailure("a profile that was sealed is malformed at '\(error.pointer)'")
    }
  }

  /// What the table says, by hand: the profile is spliced in as it was sealed, unread.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("id")
      writer.identifier(id)
      writer.key("status")
      writer.string(status.rawValue)
      writer.key("controller_id")
      if let controller { writer.identifier(controller) } else { writer.null() }
      writer.members(ofObject: profile)
      writer.key("created_at")
      writer.timestamp(createdAt)
      writer.key("updated_at")
      writer.timestamp(updatedAt)
    }
  }
}

/// The body that finds one account, by what it is known by.
package struct AccountLookupBody: Body, Shaped {
  package enum Key: Sendable {
    case address(EmailAddress)
    case externalID(String)
  }

  package let key: Key

  private init(address: EmailAddress?, externalID: String?) {
    key = address.map(Key.address) ?? .externalID(externalID ?? "")
  }

  private var address: EmailAddress? {
    if case .address(let address) = key { address } else { nil }
  }
  private var externalID: String? { if case .externalID(let id) = key { id } else { nil } }

  package static let shape = Shape(
    "AccountLookupBody", "By the one or by the other.",
    AccountLookupBody.init(address:externalID:), .exactlyOne
  ) {
    Member(optional: "address", \.address, .address)
    Member(
      optional: "external_id", \.externalID, .text(max: AccountProfile.externalIDMax),
      example: "emp-1042")
  }
}

/// The body that searches accounts by a filter, which may have personal attributes.
package struct AccountSearchBody: Body, Shaped {
  package let filter: String

  package static let shape = Shape("AccountSearchBody", nil, AccountSearchBody.init) {
    Member(
      "filter", \.filter, .text(max: Filter.bytesMax), example: "external_id eq \"emp-1042\"")
  }
}

extension Shapes {
  static let accounts: [Component] = [
    AccountPatch.component, AccountView.shape.component, AccountLookupBody.shape.component,
    AccountSearchBody.shape.component,
  ]
}
