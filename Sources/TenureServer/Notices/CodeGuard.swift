import Foundation
import Postgres
import Tenure
import TenureAPI
import TenureKernel

/// How often a code may be sent to an address, and how often one may be wrong: for every code that
/// the service sends, however often it is asked for.
///
/// Counted by the database's clock in a table of the platform's, under the lock of the counted row:
/// guesses at once get no more tries than guesses one after another.
struct CodeGuard: Sendable {
  /// For one address, and for what it is to be proven for.
  static let wrongMax = 5
  static let wrongHours = 24
  /// For one address, whoever asks.
  static let sentHourMax = 3
  static let sentDayMax = 10

  private let worker: Worker
  private let address: [UInt8]
  private let purpose: [UInt8]

  /// `address` is an address's identity; `purpose` the id of the case or claim it is proven for.
  init(_ worker: Worker, address: String, purpose: some CustomStringConvertible) throws {
    self.worker = worker
    self.address = try worker.blindIndex("code_address", address)
    self.purpose = try worker.blindIndex("code_purpose", purpose.description)
  }

  private var platform: Access { SystemCaller(job: "codes").access(to: .platform) }

  /// In one order for everybody, so that two who count do not wait for each other.
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

  /// Counts a try before it is compared, and commits that: whatever comes of it, it was one.
  ///
  /// Throws `codes_exhausted` where it is one too many.
  func take() async throws {
    try await worker.database.transaction(in: platform) { transaction in
      let counted = try await transaction.run([forget, countTry])
      if counted[1].count < subjects.count { throw try await refusal(untilTry, transaction) }
    }
  }

  /// Takes the try back that was right; the wrong ones before it stay.
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

  /// What was counted longer ago than anybody asks.
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

  /// Seconds until one more try of all subjects is allowed.
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

  /// Seconds until one more code to the address is allowed.
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
