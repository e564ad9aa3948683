import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// The hand that acts on one notice: from where, and what shows that it is the person's.
struct NoticeHand: Sendable {
  let standing: Standing
  /// What the database is shown where the person acts; nil where it may be somebody else.
  private let proof: ReceiptStore.Proof?
  /// The destination whose link it came by.
  private let destination: DestinationID?

  /// Judges the caller, who holds a link to this notice or a token of its person.
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

  /// Refuses what may not be done from here.
  func check(_ action: NoticeAction) throws(Problem) {
    guard standing.allows(action) else { throw Problem(.destinationNotPersonal) }
  }

  /// What shows that the person did it, or that somebody did: written in the claimant's context.
  ///
  /// The database judges again whose hand it is, and refuses with `receipts_of_a_person_are_shown`.
  func keep(_ action: NoticeAction, of id: CaseID, _ receipt: ReceiptID, at now: Timestamp) -> SQL {
    if let proof {
      return ReceiptStore.keep(action, of: .takeover(id), proof, receipt)
    }
    return ReceiptStore.keep(
      [.init(notice: .takeover(id), channel: action.rawValue, destination: destination)], at: now)
  }

  /// Of a person's act: the receipt that both sides are told of.
  func receipt(
    _ action: NoticeAction, of id: CaseID, _ receipt: ReceiptID, at now: Timestamp
  ) -> Receipt? {
    if standing != .person { return nil }
    return Receipt(
      id: receipt, notice: .takeover(id), level: 3, channel: action.rawValue,
      destination: destination, outcome: .delivered, addressHash: nil, isOutsideDomain: true,
      templateHash: nil, deliveredAt: now, receivedAt: now, signature: nil)
  }

  /// Uses up the link that a dispute came by: those to the person's own destinations stay good.
  func useOwnLink(of id: CaseID, at now: Timestamp, _ claimant: Access) -> [SQL] {
    destination.map { [DestinationStore.useLink($0, of: id, at: now, claimant)] } ?? []
  }
}
