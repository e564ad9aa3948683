import Foundation
import Postgres
import Tenure
import TenureAPI
package import TenureKernel
import Vault

/// Requests of people, as whoever answers them sees and decides them.
package enum SubjectRequestRoutes {
  /// What came by letter is entered so late at the most.
  private static let entryDaysMax: Int64 = 90

  /// Enters a request for somebody who did not make it here.
  @Sendable
  package static func createRequest(_ call: Call) async throws -> Reply {
    let access = try call.access
    let body = try call.body(SubjectRequestBody.self)
    if let receivedAt = body.draft.receivedAt {
      if receivedAt > call.now { throw Problem.invalid("/received_at", "lies in the future") }
      if receivedAt < call.now.adding(seconds: -entryDaysMax * 86_400) {
        throw Problem.invalid("/received_at", "is more than \(entryDaysMax) days ago")
      }
    }
    return try await receive(body.draft, of: body.account, call, access)
  }

  /// Takes a request of a person in, and starts its clock.
  static func receive(
    _ draft: SubjectRequestDraft, of account: AccountID, _ call: Call, _ access: Access
  ) async throws -> Reply {
    do {
      return try await take(draft, of: account, call, access)
    } catch let error as PostgresError where error.constraint == "requests_one_open_of_a_type" {
      throw Problem(.requestOpen, "one of this type is open already")
    }
  }

  private static func take(
    _ draft: SubjectRequestDraft, of account: AccountID, _ call: Call, _ access: Access
  ) async throws -> Reply {
    try await call.change(access) { change in
      // The account's row first: nobody takes control of it meanwhile.
      let row = try await change.transaction.run(AccountStore.find(account, access).forUpdate)
        .first
      guard let row, try AccountStore.stored(row).status.hasPerson else {
        throw access.caller.isPerson
          ? Problem(.notFound) : Problem.invalid("/account_id", "there is no such account")
      }
      if try AccountStore.isSuspended(row), !access.caller.isPerson {
        throw Problem(.controlSuspended)
      }
      let policy = try await TenantStore.policy(access, change.transaction)
      let request = SubjectRequest(
        id: SubjectRequestID(at: call.now), controller: access.tenant, account: account,
        kind: draft.kind, purposes: draft.purposes, rule: draft.rule,
        receivedAt: draft.receivedAt ?? call.now, requestedBy: access.caller.actor, at: call.now,
        in: policy.zone)
      let details = RequestDetails(details: draft.details, correction: draft.correction)
      let key = try await key(of: account, change)
      try await change.transaction.run(
        SubjectRequestStore.insert(
          request, details: try call.worker.seal(details, of: request, key), access))
      change.record("request.received", request.id, subject: account)
      change.telling.tell(.requestReceived, request, of: access)
      let path = access.caller.isPerson ? "/v1/me/requests" : "/v1/requests"
      return Reply(
        status: 201, SubjectRequestView(request, details: details), version: 1,
        location: "\(path)/\(request.id)")
    }
  }

  @Sendable
  package static func listRequests(_ call: Call) async throws -> Reply {
    let access = try call.access
    let worker = call.worker
    let account = try call.accountParameter()
    let state = try call.parameter("state").map { text throws(Problem) in
      guard let state = SubjectRequest.State(rawValue: text) else {
        throw Call.invalid("state", "the state of a request is expected")
      }
      return state
    }
    let filter = "\(account?.description ?? "")\0\(state?.rawValue ?? "")"
    return try await call.list(
      access, filter: filter, id: \SubjectRequestView.request.id.uuid, reading: \.reading
    ) { after, limit in
      let stored = try await worker.database.read(
        access,
        SubjectRequestStore.page(
          after: after, limit: limit, account: account, state: state, access)
      ).map { try SubjectRequestStore.stored($0, access) }
      return try await views(stored, worker, access)
    }
  }

  @Sendable
  package static func getRequest(_ call: Call) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, SubjectRequestID.self)
    let worker = call.worker
    let rows = try await worker.database.find(access, SubjectRequestStore.find(id, access))
    guard let stored = try rows.first.map({ try SubjectRequestStore.stored($0, access) }),
      let view = try await views([stored], worker, access).first
    else { throw Problem(.notFound) }
    try await call.record([view.reading], in: access)
    return Reply(view, version: stored.request.version)
  }

  // MARK: Deciding

  /// Stops the clock while it is found out who asks.
  @Sendable
  package static func pauseRequest(_ call: Call) async throws -> Reply {
    let body = try call.body(ReasonBody.self)
    return try await move(call, .requestPaused, reason: body.reason) { request, details, change in
      try await checkReach(of: request, change)
      details.answer = body.reason
      try request.pause(at: call.now)
      return nil
    }
  }

  @Sendable
  package static func resumeRequest(_ call: Call) async throws -> Reply {
    try await move(call, .requestResumed, reason: nil) { request, details, _ in
      details.answer = nil
      try request.resume(at: call.now)
      return nil
    }
  }

  /// Takes more time, and tells the person why.
  @Sendable
  package static func extendRequest(_ call: Call) async throws -> Reply {
    let body = try call.body(ReasonBody.self)
    return try await move(call, .requestExtended, reason: body.reason) {
      request, details, change in
      try await checkReach(of: request, change)
      let policy = try await TenantStore.policy(change.access, change.transaction)
      details.answer = body.reason
      try request.extend(at: call.now, in: policy.zone)
      return nil
    }
  }

  @Sendable
  package static func refuseRequest(_ call: Call) async throws -> Reply {
    let body = try call.body(ReasonBody.self)
    return try await move(call, .requestRefused, reason: body.reason) {
      request, details, change in
      try await checkReach(of: request, change)
      details.answer = body.reason
      if request.state == .granted { try await takeBack(request, change) }
      try request.refuse(at: call.now)
      return nil
    }
  }

  /// Does what was asked for; what takes time is accepted here and carried out in the background.
  ///
  /// What cannot be taken back needs the permission that it needs elsewhere, and the second person.
  @Sendable
  package static func fulfilRequest(_ call: Call) async throws -> Reply {
    try await move(call, .requestFulfilled, reason: call.reason) { request, details, change in
      let access = change.access
      try await checkNames(of: request, change)
      switch request.kind {
      case .access, .portability, .erasure:
        if request.kind == .erasure, !access.caller.permissions.contains(.accountsErase) {
          throw Denial.forbidden(.accountsErase)
        }
        try request.grant(at: call.now)
        if request.kind == .erasure,
          let pending = try await call.secondPersonIfAny("request.granted", request.id, change)
        {
          return pending
        }
        if request.kind.isPackaged {
          try await change.transaction.run(PackageStore.insert(request.id, access))
        }
        try await change.transaction.run(
          change.enqueue(request.id.uuid, .request, at: call.now))
      case .rectification:
        try request.fulfil(at: call.now)
        if let correction = details.correction {
          try await AccountEdit.apply(correction.patch, to: request.account, change)
        }
      case .restriction:
        try request.fulfil(at: call.now)
        try await perform(.restrict, request, change)
      case .objection:
        try request.fulfil(at: call.now)
        try await change.transaction.run(ObjectionStore.insert(request, at: call.now, access))
      }
      return nil
    }
  }

  /// Refuses to put off, turn down or lift what somebody asked for while their control is suspended.
  private static func checkReach(of request: SubjectRequest, _ change: Change) async throws {
    let row = try await change.transaction.run(AccountStore.find(request.account, change.access))
      .first
    if let row, try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
  }

  /// Refuses what destroys or changes while the control of the account rests on a name in doubt.
  ///
  /// The request stays open. What else keeps an erasure that was granted has it wait.
  private static func checkNames(of request: SubjectRequest, _ change: Change) async throws {
    let act: DisposalAct
    switch request.kind {
    case .erasure: act = .erase
    case .rectification: act = .changeAddress
    case .access, .portability, .restriction, .objection: return
    }
    let situation = try await DisposalSituation.find(
      [request.account], at: change.call.now, change.access, change.transaction)
    if case .refused(let obstacle) = situation.judge(act, request.account), obstacle.isOfName {
      throw Problem(obstacle.code)
    }
  }

  /// Ends a restriction or an objection; the person is told.
  @Sendable
  package static func liftRequest(_ call: Call) async throws -> Reply {
    let body = try call.body(ReasonBody.self)
    return try await move(call, .requestLifted, reason: body.reason) { request, details, change in
      try await checkReach(of: request, change)
      details.answer = body.reason
      try request.lift(at: call.now)
      switch request.kind {
      case .restriction: try await perform(.reactivate, request, change)
      default:
        try await change.transaction.run(ObjectionStore.delete(of: request.id, change.access))
      }
      return nil
    }
  }

  /// What products may do with a person's data, whoever has custody of the account: what somebody
  /// objects to is theirs, and reading it stands in the custodian's log.
  @Sendable
  package static func getProcessing(_ call: Call) async throws -> Reply {
    let (id, custodian) = try await call.accountInSight()
    let flags = try await ProcessingFlags.find([id: custodian], call.worker.database)[id]
    try await call.record(
      [Reading("processing.read", id)],
      in: SystemCaller(job: "processing").access(to: custodian))
    return Reply(
      ProcessingView(
        account: id, isRestricted: flags?.isRestricted ?? false,
        objections: flags?.objections.sorted() ?? []))
  }

  // MARK: Pieces

  /// Moves a request on, keeps what is said of it, and tells the person and the controller; what
  /// `body` answers is the answer instead, and nothing has moved.
  static func move(
    _ call: Call, _ event: EventType, reason: String?,
    _ body:
      @escaping @Sendable (
        inout SubjectRequest, inout RequestDetails, Change
      ) async throws -> Reply?
  ) async throws -> Reply {
    let access = try call.access
    let id = try call.id(0, SubjectRequestID.self)
    if call.reason == nil { call.reason = reason }
    return try await move(id, call, access, event, body)
  }

  static func move(
    _ id: SubjectRequestID, _ call: Call, _ access: Access, _ event: EventType,
    _ body:
      @escaping @Sendable (
        inout SubjectRequest, inout RequestDetails, Change
      ) async throws -> Reply?
  ) async throws -> Reply {
    try await call.change(access) { change in
      let rows = try await change.transaction.run(SubjectRequestStore.find(id, access).forUpdate)
      guard let stored = try rows.first.map({ try SubjectRequestStore.stored($0, access) }) else {
        throw Problem(.notFound)
      }
      var request = stored.request
      try call.checkPrecondition(version: request.version)
      let key = try await key(of: request.account, change)
      var details = call.worker.open(stored, key)
      do {
        if let reply = try await body(&request, &details, change) { return reply }
      } catch let refusal as SubjectRequest.Refusal { throw problem(refusal) }
      let sealed = try call.worker.seal(details, of: request, key)
      try await change.transaction.run(SubjectRequestStore.save(request, details: sealed, access))
      request.saved()
      let isGranted = request.state == .granted
      change.record(isGranted ? "request.granted" : event.rawValue, id, subject: request.account)
      if !isGranted { change.telling.tell(event, request, of: access) }
      return Reply(
        status: isGranted ? 202 : 200, SubjectRequestView(request, details: details),
        version: request.version)
    }
  }

  /// Restricts the account, or lifts that, where its status says so: of one that nobody signs in to
  /// the request alone says it.
  private static func perform(
    _ verb: AccountVerb, _ request: SubjectRequest, _ change: Change
  ) async throws {
    try await AccountLifecycle.lockCases(
      endedBy: [verb], of: [request.account], change.access, change.transaction)
    let row = try await change.transaction.run(
      AccountStore.find(request.account, change.access).forUpdate
    ).first
    let status = try row.map(AccountStore.stored)?.status
    let from: AccountStatus = verb == .reactivate ? .restricted : .active
    if let row, try AccountStore.isSuspended(row) { throw Problem(.controlSuspended) }
    guard status == from else { return }
    try await carryOut(verb, request, change)
  }

  /// Takes back what has been done of a request that was granted: gives an account back that an
  /// erasure has put out of sight, and throws away what there is of a package.
  static func takeBack(_ request: SubjectRequest, _ change: Change) async throws {
    if request.kind.isPackaged {
      try await change.transaction.run(PackageStore.deleteFiles(of: request.id, change.access))
    }
    guard request.kind == .erasure else { return }
    let row = try await change.transaction.run(
      AccountStore.find(request.account, change.access).forUpdate
    ).first
    guard try row.map(AccountStore.stored)?.status == .deleted else { return }
    try await carryOut(.restore, request, change)
  }

  private static func carryOut(
    _ verb: AccountVerb, _ request: SubjectRequest, _ change: Change
  ) async throws {
    var lifecycle = AccountLifecycle(
      worker: change.call.worker, access: change.access, verb: verb,
      reason: "request \(request.id)", now: change.call.now)
    lifecycle.liftsRestriction = verb == .reactivate
    let outcomes = try await lifecycle.perform(
      [request.account], at: nil, isDryRun: false, change.telling, change.transaction)
    if case .refused(let problem) = outcomes[request.account] { throw problem }
  }

  /// The tenant's key of a person, made where there is none.
  static func key(of account: AccountID, _ change: Change) async throws -> KeyMaterial {
    let keys = try await change.call.worker.personKeys(of: [account], change.access) {
      try await change.transaction.run($0)
    }
    guard let key = keys[account] else { throw Problem(.notFound) }
    return key
  }

  static func views(
    _ stored: [SubjectRequestStore.Stored], _ worker: Worker, _ access: Access
  ) async throws -> [SubjectRequestView] {
    let keys = try await worker.existingPersonKeys(of: stored.map(\.request.account), access)
    return stored.map {
      SubjectRequestView($0.request, details: worker.open($0, keys[$0.request.account]))
    }
  }

  private static func problem(_ refusal: SubjectRequest.Refusal) -> Problem {
    switch refusal {
    case .notWhile(let state):
      Problem(.requestStateConflict, "the request is \(state.rawValue)")
    case .extendedBefore: Problem(.requestStateConflict, "its time was extended before")
    case .noExtension:
      Problem(.requestStateConflict, "its time is over, or its jurisdiction gives no more")
    case .nothingToLift:
      Problem(.requestStateConflict, "no restriction or objection of this request is in force")
    }
  }
}

extension Worker {
  /// Seals what was said in a request under the tenant's key of the person.
  func seal(
    _ details: RequestDetails, of request: SubjectRequest, _ key: KeyMaterial
  ) throws -> [UInt8] {
    try sealer.seal(details.json, key: key, keyVersion: 1, at: Self.place(request))
  }

  /// The texts of a request; none where the person's key (`key` nil) is gone with them, or where they
  /// do not open, which the log says.
  func open(_ stored: SubjectRequestStore.Stored, _ key: KeyMaterial?) -> RequestDetails {
    let none = RequestDetails(details: nil, correction: nil)
    guard let key else { return none }
    do {
      return try RequestDetails(
        parsing: try sealer.open(stored.details, key: key, at: Self.place(stored.request)))
    } catch {
      logUnreadable(stored.request.account, error)
      return none
    }
  }

  private static func place(_ request: SubjectRequest) -> FieldPlace {
    FieldPlace(
      table: "requests", column: "details", tenant: request.controllerAtReceipt.uuid,
      row: request.id.uuid, subject: request.account.uuid)
  }
}

extension Telling {
  /// Tells the person, the operator and the controller what has become of a request.
  func tell(_ type: EventType, _ request: SubjectRequest, of access: Access) {
    notify(
      type, request.id, account: request.account, of: access,
      [
        ("dsr_id", request.id.description), ("account_id", request.account.description),
        (
          "controller_id",
          request.controllerAtReceipt == .platform ? nil : request.controllerAtReceipt.description
        ), ("request_type", request.kind.rawValue), ("state", request.state.rawValue),
        ("due_at", request.dueAt.description),
      ])
  }
}

extension Caller {
  var isPerson: Bool {
    if case .person = plane { return true }
    return false
  }
}

extension SubjectRequestView: PersonalView {
  package var reading: Reading {
    Reading("request.read", request.id, subject: request.account)
  }
}
