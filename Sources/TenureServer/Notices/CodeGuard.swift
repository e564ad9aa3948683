import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// Limits how often a code may be sent to an address, and how often a wrong one may be tried, for
/// all codes that the service sends.
///
/// It counts in a table of the platform, by the database's clock and with the counted row locked:
/// guesses at the same time get no more tries than guesses in turn.
struct CodeGuard: Sendable {
  /// Wrong tries for one address, and for one purpose, within `wrongHours`.
  static let wrongMax = 5
  static let wrongHours = 24
  /// Codes to one address, whoever asks for them.
  static let sentHourMax = 3
  static let sentDayMax = 10

  private let worker: Worker
  private let address: [UInt8]
  private let purpose: [UInt8]

  /// `address` is the identity of an address; `purpose` is the id of the case or claim that it is
  /// proven for.
  init(_ worker: Worker, address: String, purpose: some CustomStringConvertible) throws {
    self.worker = worker
    self.address = try worker.blindIndex("code_address", address)
    self.purpose = try worker.blindIndex("code_purpose", purpose.description)
  }

  private var platform: Access { SystemCaller(job: "codes").access(to: .platform) }

  /// Always in one order, so that two calls do not wait for each other's locks.
  private var subjects: [[UInt8]] {
    [address, purpose].sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Counts a code that is about to be sent, in the transaction that sends it.
  ///
  /// Throws `codes_exhausted` where it is one too many.
  func send(_ transaction: Transaction) async throws {
    try await transaction.within(platform) {
      let counted = try await transaction.run([forget, countSent])
      if counted[1].isEmpty { throw try await refusal(untilSent, transaction) }
    }
  }

  /// Counts a try and commits that, before the code is compared: so every try counts.
  ///
  /// Throws `codes_exhausted` where it is one too many.
  func take() async throws {
    try await worker.database.transaction(in: platform) { transaction in
      let counted = try await transaction.run([forget, countTry])
      if counted[1].count < subjects.count { throw try await refusal(untilTry, transaction) }
    }
  }

  /// Takes the count of the right try back; those of wrong tries stay.
  func forgive(_ transaction: Transaction) async throws {
    _ = try await transaction.within(platform) {
      try await transaction.run(
        """
        UPDATE tenure_global.code_counts AS kept
        SET wrong_at = wrong_at[:cardinality(wrong_at) - 1]
        FROM unnest(\(subjects.map { Bytes($0) })) AS right_one (subject)
        WHERE kept.tenant_id = \(platform.tenant) AND kept.subject = right_one.subject
        """)
    }
  }

  private func refusal(_ until: SQL, _ transaction: Transaction) async throws -> Problem {
    let seconds = try await transaction.run(until).first?.int(0) ?? 0
    var problem = Problem(.codesExhausted)
    problem.headers = [("Retry-After", String(max(1, seconds)))]
    return problem
  }

  // MARK: SQL of tenure_global.code_counts

  /// Deletes counts that are too old to matter.
  private var forget: SQL {
    """
    DELETE FROM tenure_global.code_counts
    WHERE tenant_id = \(platform.tenant) AND subject IN (
      SELECT subject FROM tenure_global.code_counts
      WHERE tenant_id = \(platform.tenant)
        AND updated_at < tenure.now() - make_interval(hours => \(Self.wrongHours)::integer)
      LIMIT 100
      FOR UPDATE SKIP LOCKED)
    """
  }

  private var countTry: SQL {
    """
    INSERT INTO tenure_global.code_counts AS kept
      (tenant_id, subject, sent_at, wrong_at, updated_at)
    SELECT \(platform.tenant), subject, '{}', ARRAY[tenure.now()], tenure.now()
    FROM unnest(\(subjects.map { Bytes($0) })) AS subject
    ON CONFLICT (subject) DO UPDATE
    SET wrong_at = ARRAY(SELECT at FROM unnest(kept.wrong_at) AS at
        WHERE at > tenure.now() - make_interval(hours => \(Self.wrongHours)::integer))
        || tenure.now(),
      updated_at = tenure.now()
    WHERE (SELECT count(*) FROM unnest(kept.wrong_at) AS at
      WHERE at > tenure.now() - make_interval(hours => \(Self.wrongHours)::integer))
      < \(Self.wrongMax)
    RETURNING subject
    """
  }

  /// Seconds until one more try is allowed for all subjects.
  private var untilTry: SQL {
    """
    SELECT ceil(max(extract(epoch FROM
      wrong_at[cardinality(wrong_at) - \(Self.wrongMax - 1)::integer]
      + make_interval(hours => \(Self.wrongHours)::integer) - tenure.now())))::bigint
    FROM unnest(\(subjects.map { Bytes($0) })) AS wanted (id)
    JOIN tenure_global.code_counts ON tenant_id = \(platform.tenant) AND subject = wanted.id
    WHERE cardinality(wrong_at) >= \(Self.wrongMax)
    """
  }

  private var countSent: SQL {
    """
    INSERT INTO tenure_global.code_counts AS kept
      (tenant_id, subject, sent_at, wrong_at, updated_at)
    VALUES (\(platform.tenant), \(Bytes(address)), ARRAY[tenure.now()], '{}', tenure.now())
    ON CONFLICT (subject) DO UPDATE
    SET sent_at = ARRAY(SELECT at FROM unnest(kept.sent_at) AS at
        WHERE at > tenure.now() - interval '1 day') || tenure.now(),
      updated_at = tenure.now()
    WHERE (SELECT count(*) FILTER (WHERE at > tenure.now() - interval '1 hour')
        < \(Self.sentHourMax) AND count(*) < \(Self.sentDayMax)
      FROM unnest(kept.sent_at) AS at WHERE at > tenure.now() - interval '1 day')
    RETURNING subject
    """
  }

  /// Seconds until one more code may be sent to the address.
  private var untilSent: SQL {
    """
    SELECT ceil(extract(epoch FROM greatest(
      sent_at[cardinality(sent_at) - \(Self.sentHourMax - 1)::integer] + interval '1 hour',
      sent_at[cardinality(sent_at) - \(Self.sentDayMax - 1)::integer] + interval '1 day')
      - tenure.now()))::bigint
    FROM tenure_global.code_counts
    WHERE tenant_id = \(platform.tenant) AND subject = \(Bytes(address))
    """
  }
}
