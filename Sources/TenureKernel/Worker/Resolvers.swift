import CSystem
import Foundation
package import HTTP
import Reactor
package import Tenure

/// The name servers that are asked, each by itself, because their answers are evidence and may
/// differ.
package final class Resolvers: Sendable {
  /// A name server and its port.
  package struct Server: Sendable {
    package let host: String
    package let port: Int
    package var name: String {
      port == 53 ? host : host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  private static let typeA: Int32 = 1
  private static let typeTXT: Int32 = 16
  private static let typeAAAA: Int32 = 28
  private static let answerBytesMax = 64 * 1_024
  /// One pool for the whole process, because its threads never end.
  private static let workers = WorkerPool(threads: 8)

  private let servers: [Server]
  /// Whether the operator has set them; then they resolve the names of webhook receivers as well.
  private let areConfigured: Bool

  /// `setting` is a list such as `192.0.2.1,[2001:db8::1]:5353`; empty for the system's own name
  /// servers.
  package init(setting: String) throws {
    let named = Self.entries(of: setting)
    areConfigured = !named.isEmpty
    servers = try (named.isEmpty ? Self.systemServers() : named).map { text in
      do throws(NumericAddress.Malformed) { return try Self.parse(text) } catch {
        throw ServiceFailure(description: Self.fault(text, error))
      }
    }
  }

  /// What is wrong with the setting, a sentence for each of its name servers that is none.
  package static func faults(of setting: String) -> [String] {
    entries(of: setting).compactMap { text in
      do throws(NumericAddress.Malformed) { _ = try parse(text) } catch {
        return fault(text, error)
      }
      return nil
    }
  }

  private static func entries(of setting: String) -> [String] {
    setting.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private static func fault(_ text: String, _ malformed: NumericAddress.Malformed) -> String {
    "resolvers: '\(text)': \(malformed.rawValue)"
  }

  private static func parse(_ text: String) throws(NumericAddress.Malformed) -> Server {
    let (host, port) = try NumericAddress.parse(text, port: 53)
    if port == 0 { throw .port }
    return Server(host: host, port: port)
  }

  private static func systemServers() -> [String] {
    let text = (try? String(contentsOfFile: "/etc/resolv.conf", encoding: .utf8)) ?? ""
    let lines = text.plainLines.map { $0.split(whereSeparator: \.isWhitespace) }
    return lines.compactMap { words in
      words.count >= 2 && words[0] == "nameserver" ? String(words[1]) : nil
    }
  }

  /// What every server answers about a TXT challenge in the claimed zone itself.
  ///
  /// An alias that leads out of the zone is not followed: it shows who was given the name, not who
  /// holds it.
  package func observe(_ challenge: DomainChallenge) async throws -> [DomainClaim.Observation] {
    try await withThrowingTaskGroup(of: DomainClaim.Observation.self) { group in
      for server in servers {
        group.addTask {
          let (outcome, records) = try await Self.workers.run {
            Self.query(server, challenge.name, Self.typeTXT, within: challenge.zone)
          }
          return DomainClaim.Observation(
            resolver: server.name, outcome: outcome,
            isProof: records.contains { challenge.isAnswered(by: $0) }, records: records)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// The TXT records of a name at one server.
  ///
  /// Blocks.
  package static func texts(of name: String, at host: String, port: Int) -> [String] {
    query(Server(host: host, port: port), name, typeTXT).records
  }

  /// The addresses of a name, for requests to it.
  package func addresses(of host: String) async throws -> [OutboundAddress] {
    guard areConfigured else { return try await Self.workers.run { try HTTPClient.resolve(host) } }
    for server in servers {
      let found = try await Self.workers.run {
        [Self.typeA, Self.typeAAAA].flatMap { Self.query(server, host, $0).records }
      }
      if !found.isEmpty { return found.compactMap { OutboundAddress($0) } }
    }
    return []
  }

  private static func query(
    _ server: Server, _ name: String, _ type: Int32, within zone: String? = nil
  ) -> (outcome: DomainClaim.Observation.Outcome, records: [String]) {
    var buffer = [CChar](repeating: 0, count: answerBytesMax)
    var count = 0
    let code = csys_dns_query(
      server.host, UInt16(server.port), name, type, zone, &buffer, buffer.count, &count)
    let bytes = buffer[..<count].map { UInt8(bitPattern: $0) }
    let records = bytes.split(separator: 0, omittingEmptySubsequences: true)
      .map { String(decoding: $0, as: UTF8.self) }
    switch UInt32(code) {
    case CSYS_DNS_FOUND.rawValue: return (.found, records)
    case CSYS_DNS_NXDOMAIN.rawValue: return (.nxdomain, [])
    case CSYS_DNS_NODATA.rawValue: return (.nodata, [])
    case CSYS_DNS_TIMEOUT.rawValue: return (.timeout, [])
    default: return (.servfail, [])
    }
  }
}
