import Foundation
import Postgres
package import Tenure
package import TenureKernel

/// Tries an endpoint that was disabled for failing: once a day a test event decides whether it is
/// well again.
package struct WebhookProbe: Sendable {
  let worker: Worker
  package let access: Access

  func run(_ id: WebhookEndpointID) async throws {
    let now = worker.clock.now
    try await worker.database.transaction(in: access) { transaction in
      let found = WebhookEndpointStore.find(delivering: id, access).forUpdate
      let endpoint = try await transaction.run(found).first.map(WebhookEndpointStore.stored)
      let end = endpoint?.disabledAt?.adding(seconds: WebhookSchedule.probeDays * 86_400)
      guard let endpoint, endpoint.state != .enabled, let end, now < end else {
        try await transaction.run(JobStore.finish(id.uuid, next: nil, access))
        return
      }
      let event = Event(.endpointTest, id, at: now, [("endpoint_id", id)])
      let telling = Telling(at: now, actor: access.caller.actor, requestID: "", reason: nil)
      telling.emit(event, in: access)
      try await transaction.run(
        [WebhookEndpointStore.move(id, from: .disabled, to: .probing, at: now, access)]
          + telling.statements(by: worker, transaction) + [
            WebhookDeliveryStore.replay(
              id, event: event.id, since: nil, until: nil, account: nil, at: now, access),
            JobStore.finish(
              id.uuid, next: now.adding(seconds: WebhookSchedule.probeSeconds), access),
          ])
    }
  }
}

extension JobKind {
  package static let webhookProbe = JobKind("webhook_probe")
}

extension WebhookProbe {
  package static let job = Job(
    .webhookProbe, subject: { WebhookEndpointID(uuid: $0.id).description },
    giveUp: { [JobStore.drop($0, $2)] },
    .whole { worker, access, taken in
      try await WebhookProbe(worker: worker, access: access)
        .run(WebhookEndpointID(uuid: taken.id))
    })
}
