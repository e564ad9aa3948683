import TenureKernel
import TenureServer

/// All background work: the kinds of jobs in the queue, and the rounds.
enum Jobs {
  static let all: [Job] = [
    AccountChangeWork.job, ContentTransferWork.job, DomainClaimCheck.job, ErasureRecord.job,
    ImportWork.job, RetentionRunWork.job, SubjectRequestWork.job, TakeoverWork.job,
    WebhookProbe.job,
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.kind.name, $0) })

  /// Thrown for a job of a kind that a newer version of the service has stored.
  struct Unknown: Error {}

  /// The rounds that one loop of each process runs.
  static func rounds(_ worker: Worker, _ configuration: Configuration) -> [TenantRounds] {
    var rounds = [
      Purge(worker: worker).rounds, HoldRoutes.cooling(worker: worker),
      RetentionRoutes.daily(worker: worker), ErasureRecord(worker: worker).rounds(),
      KeyRotation(
        worker: worker, directory: configuration["vault_dir"],
        epochDays: configuration.int("epoch_days")
      ).rounds(),
      AuditCheck.rounds(worker: worker), Reminders(worker: worker).rounds(),
    ]
    let seconds = configuration.int("audit_seal_seconds")
    if seconds > 0 { rounds.append(AuditSealer.rounds(every: seconds, worker: worker)) }
    return rounds
  }
}
