import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Who answers one notice: from which destination, and with what proof that it is the person.
struct NoticeHand: Sendable {
  let standing: Standing
  /// The proof for the database; nil where it may be somebody other than the person.
  private let proof: ReceiptStore.Proof?
  /// The destination whose link was used; nil for sessions.
  private let destination: DestinationID?

  /// Judges the caller, who has a link of this notice or a token of the person.
  init(_ call: Call, _ id: CaseID, _ claimant: Access) async throws {
    let database = call.worker.database
    guard let caller = call.caller else { throw Problem(.notFound) }
    if let link = caller.link, let notice = caller.notice {
      let rows = try await database.find(
        claimant, DestinationStore.find(notice.destination, of: id, claimant))
      guard let place = try rows.first.map(DestinationStore.destination) else {
        throw Problem(.notFound)
      }
      destination = place.id
      standing = place.isPersons ? .person : .mailbox
      let digest = try call.worker.token(of: link).digest
      proof = place.isPersons ? .link(place.id, digest) : nil
      return
    }
    destination = nil
    var isPersons = false
    if caller.assurance != .mailbox {
      let rows = try await database.find(claimant, DestinationStore.claimedSince(id, claimant))
      isPersons = caller.assurance.isPersons(claimedSince: try rows.first?.optionalTime(0))
    }
    standing = isPersons ? .person : .mailbox
    proof = isPersons ? caller.key.map { .session($0) } : nil
  }

  /// Refuses an answer that this caller may not give.
  func check(_ action: NoticeAction) throws(Problem) {
    guard standing.allows(action) else { throw Problem(.destinationNotPersonal) }
  }

  /// Stores the receipt of an answer, with the proof where there is one.
  ///
  /// It is written in the claimant's context.
  ///
  /// The database judges the proof again, and refuses a bad one by
  /// `receipts_of_a_person_are_shown`.
  func keep(_ action: NoticeAction, of id: CaseID, _ receipt: ReceiptID, at now: Timestamp) -> SQL {
    if let proof {
      return ReceiptStore.keep(action, of: .takeover(id), proof, receipt)
    }
    return ReceiptStore.keep(
      [.init(notice: .takeover(id), channel: action.rawValue, destination: destination)], at: now)
  }

  /// The receipt of the person's answer, for events; nil where it may be somebody else's.
  func receipt(
    _ action: NoticeAction, of id: CaseID, _ receipt: ReceiptID, at now: Timestamp
  ) -> Receipt? {
    if standing != .person { return nil }
    return Receipt(
      id: receipt, notice: .takeover(id), level: 3, channel: action.rawValue,
      destination: destination, outcome: .delivered, addressHash: nil, isOutsideDomain: true,
      templateHash: nil, deliveredAt: now, receivedAt: now, signature: nil)
  }

  /// Marks the link that a dispute came by as used; links to the person's other destinations still
  /// work.
  func useOwnLink(of id: CaseID, at now: Timestamp, _ claimant: Access) -> [SQL] {
    destination.map { [DestinationStore.useLink($0, of: id, at: now, claimant)] } ?? []
  }
}
