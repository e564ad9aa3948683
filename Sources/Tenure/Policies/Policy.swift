/// A document that people accept, or are told of: one text in one language of one version.
package struct Policy: Sendable, Equatable {
  package enum Need: String, CaseIterable, Sendable {
    case acceptance, notice
  }

  package let id: PolicyID
  package let name: String
  package let version: Int
  /// BCP 47.
  package let language: String
  package let title: String
  /// SHA-256 of the body.
  package let digest: [UInt8]
  package let needs: Need
  package let effectiveAt: Timestamp
  package let publishedBy: String
  package let publishedAt: Timestamp

  package init(
    id: PolicyID, name: String, version: Int, language: String, title: String, digest: [UInt8],
    needs: Need, effectiveAt: Timestamp, publishedBy: String, publishedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.version = version
    self.language = language
    self.title = title
    self.digest = digest
    self.needs = needs
    self.effectiveAt = effectiveAt
    self.publishedBy = publishedBy
    self.publishedAt = publishedAt
  }
}

/// That somebody accepted a policy: it says what, and outlives the document.
package struct Acceptance: Sendable, Equatable {
  package let account: AccountID
  package let name: String
  package let version: Int
  package let language: String
  package let digest: [UInt8]
  package let acceptedAt: Timestamp
  /// The person, or who recorded it for them.
  package let recordedBy: String

  package init(
    account: AccountID, name: String, version: Int, language: String, digest: [UInt8],
    acceptedAt: Timestamp, recordedBy: String
  ) {
    self.account = account
    self.name = name
    self.version = version
    self.language = language
    self.digest = digest
    self.acceptedAt = acceptedAt
    self.recordedBy = recordedBy
  }
}
