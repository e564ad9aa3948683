import Foundation
import HTTP
import SettingsFile
import Tenure
import TenureKernel
import TenureServer

/// A setting, with its name in the file, in the environment (`TENURE_…`) and as a flag.
package struct Setting: Sendable {
  package let name: String
  package let fallback: String
  package let help: String
  package var isSecret = false

  package var environment: String { "TENURE_" + name.uppercased() }
  package var flag: String { "--" + name.replacing("_", with: "-") }
}

/// The settings of the service.
///
/// A flag comes before the environment, that before the file, that before the default.
///
/// A secret may be in a file that `…_FILE` names. All problems are reported together, and so are
/// unknown settings.
package struct Configuration: Sendable {
  package struct Invalid: Error, CustomStringConvertible {
    package let problems: [String]
    package var description: String { problems.joined(separator: "\n") }
  }

  package static let settings: [Setting] = [
    Setting(
      name: "listen", fallback: "127.0.0.1:8080",
      help: "address and port of the API; beyond loopback only with TLS"),
    Setting(
      name: "metrics_listen", fallback: "127.0.0.1:8081",
      help: "address and port of /metrics; empty for none"),
    Setting(
      name: "database_url", fallback: "",
      help: "PostgreSQL, as a libpq URL or keywords: a login that is tenure_app, or a member of it "
        + "and of nothing else",
      isSecret: true),
    Setting(
      name: "migrate_url", fallback: "",
      help:
        "PostgreSQL as the login that owns the schema and may create roles: for migrations, backups "
        + "and restores; where empty, serving migrates nothing",
      isSecret: true),
    Setting(
      name: "root_key", fallback: "",
      help: "the root key: 32 bytes as hexadecimal digits or base64", isSecret: true),
    Setting(
      name: "root_key_previous", fallback: "",
      help: "the root key before this one, while keys move to the new one", isSecret: true),
    Setting(
      name: "vault_dir", fallback: "",
      help:
        "directory for epoch keys and the ledger of erasures: outside the database and its backups, "
        + "one for all processes"),
    Setting(
      name: "epoch_days", fallback: "30",
      help: "days after which keys move to a new epoch, and the old one's key is destroyed"),
    Setting(
      name: "root_key_command", fallback: "", help: "a command that prints the root key"),
    Setting(
      name: "tls_certificate", fallback: "", help: "file of the certificate chain, PEM"),
    Setting(name: "tls_key", fallback: "", help: "file of its key, PEM"),
    Setting(name: "loops", fallback: "0", help: "event loops; 0 for one per core"),
    Setting(
      name: "drain_seconds", fallback: "2",
      help: "how long it still accepts clients after it was told to stop"),
    Setting(
      name: "log_level", fallback: "notice", help: "trace, debug, info, notice, warning or error"),
    Setting(
      name: "tenant_rate", fallback: "1500", help: "requests a minute for one tenant; 0 for any"),
    Setting(
      name: "operator_rate", fallback: "600000",
      help: "requests a minute for one operator key; 0 for any"),
    Setting(
      name: "failure_rate", fallback: "120",
      help: "failed authentications a minute from one address; 0 for any"),
    Setting(
      name: "resolvers", fallback: "",
      help: "name servers such as 192.0.2.1,192.0.2.2:5353; the system's where empty"),
    Setting(
      name: "public_suffix_list", fallback: "/usr/share/publicsuffix/public_suffix_list.dat",
      help: "file of the public suffix list"),
    Setting(
      name: "mail_providers", fallback: "",
      help: "file of further public mail providers, a name a line"),
    Setting(
      name: "outbound_roots", fallback: "",
      help: "file of roots webhooks are verified by, read anew on SIGHUP; the system's if empty"),
    Setting(
      name: "outbound_private", fallback: "false",
      help: "true lets webhooks reach private addresses and any port: closed networks only"),
    Setting(
      name: "receipt_keys", fallback: "",
      help: "public Ed25519 keys that sign receipts of notices, base64, separated by commas"),
    Setting(
      name: "notice_days", fallback: "30",
      help: "days from the receipt of a notice to its deadline, 14 to 90"),
    Setting(
      name: "erasure_wait_hours", fallback: "24",
      help:
        "hours in which an erasure that was accepted can be taken back, 0 to 720; the shorter, the "
        + "sooner it shows that something keeps the data"),
    Setting(
      name: "erasure_alone_wait_hours", fallback: "168",
      help: "the same where a tenant has one person only, who decided alone"),
    Setting(
      name: "audit_seal_seconds", fallback: "5",
      help: "seconds between two looks at what the audit logs have grown by; 0 for never"),
    Setting(
      name: "operator_key_file", fallback: "",
      help: "where the first operator key is written when there is none yet"),
  ]

  /// A setting's value, and where it was set.
  package struct Value: Sendable {
    package let text: String
    package let source: String
  }

  package let values: [String: Value]

  package subscript(_ name: String) -> String { values[name]?.text ?? "" }

  package func int(_ name: String) -> Int { Int(self[name]) ?? 0 }

  /// The public keys of `receipt_keys`; one that is not base64 becomes empty, which validation
  /// refuses.
  package var receiptKeys: [[UInt8]] {
    self["receipt_keys"].split(separator: ",").map { text in
      Data(base64Encoded: text.trimmingCharacters(in: .whitespaces)).map { Array($0) } ?? []
    }
  }

  /// The address and port of a setting such as `listen`; nil where it is not numeric.
  package func address(_ name: String) -> (host: String, port: Int)? {
    try? NumericAddress.parse(self[name])
  }

  package init(
    flags: [String: String], environment: [String: String], file: String?
  ) throws(Invalid) {
    var problems: [String] = []
    let known = Dictionary(uniqueKeysWithValues: Self.settings.map { ($0.name, $0) })
    let fileValues = Self.read(file, known: known, &problems)
    for name in flags.keys where known[name] == nil { problems.append("unknown flag \(name)") }
    let foreign: Set = [
      "TENURE_CONFIG", "TENURE_URL", "TENURE_TOKEN", "TENURE_TENANT", "TENURE_CONTEXT",
      "TENURE_OUTPUT", "TENURE_NO_INPUT", "TENURE_VECTORS", "TENURE_PG_BIN", "TENURE_STATE_DIR",
      "TENURE_TEST_DATABASE_URL",
    ]
    for name in environment.keys.sorted() where name.hasPrefix("TENURE_") && !foreign.contains(name)
    {
      let base =
        name.hasSuffix("_FILE") && known[Self.setting(of: name)] == nil
        ? String(name.dropLast(5)) : name
      if known[Self.setting(of: base)] == nil { problems.append("unknown setting \(name)") }
    }
    var values: [String: Value] = [:]
    for setting in Self.settings {
      values[setting.name] = Self.value(of: setting, flags, environment, fileValues, &problems)
    }
    self.values = values
    validate(&problems)
    if !problems.isEmpty { throw Invalid(problems: problems) }
  }

  private static func setting(of environment: String) -> String {
    environment.dropFirst("TENURE_".count).lowercased()
  }

  private static func value(
    of setting: Setting, _ flags: [String: String], _ environment: [String: String],
    _ file: [String: String], _ problems: inout [String]
  ) -> Value {
    if let text = flags[setting.name] { return Value(text: text, source: setting.flag) }
    if let text = environment[setting.environment] {
      return Value(text: text, source: setting.environment)
    }
    let twin = setting.environment + "_FILE"
    if setting.isSecret, let path = environment[twin] {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        problems.append("\(twin): \(path) cannot be read")
        return Value(text: "", source: twin)
      }
      return Value(text: text.trimmingCharacters(in: .whitespacesAndNewlines), source: twin)
    }
    if let text = file[setting.name] { return Value(text: text, source: "file") }
    return Value(text: setting.fallback, source: "default")
  }

  private static func read(
    _ path: String?, known: [String: Setting], _ problems: inout [String]
  ) -> [String: String] {
    guard let path else { return [:] }
    do throws(SettingsFile.Malformed) {
      let file = try SettingsFile(reading: path)
      for name in file.values.keys.sorted() where known[name] == nil {
        problems.append("\(path): unknown setting '\(name)'")
      }
      for name in file.tables.keys.sorted() {
        problems.append("\(path): there is no table '\(name)'")
      }
      return file.values
    } catch {
      problems.append(error.description)
      return [:]
    }
  }

  private func validate(_ problems: inout [String]) {
    for name in ["loops", "drain_seconds", "tenant_rate", "operator_rate", "failure_rate"] {
      if (Int(self[name]) ?? -1) < 0 { problems.append("\(name): a whole number is expected") }
    }
    for name in ["listen", "metrics_listen"] where !self[name].isEmpty {
      do throws(NumericAddress.Malformed) { _ = try NumericAddress.parse(self[name]) } catch {
        problems.append("\(name): '\(self[name])': \(error.rawValue)")
      }
    }
    problems += Resolvers.faults(of: self["resolvers"])
    if self["database_url"].isEmpty { problems.append("database_url: is required") }
    if self["root_key"].isEmpty && self["root_key_command"].isEmpty {
      problems.append("root_key: is required (root_key, TENURE_ROOT_KEY_FILE or root_key_command)")
    }
    if self["tls_certificate"].isEmpty != self["tls_key"].isEmpty {
      problems.append("tls_certificate and tls_key: one without the other")
    }
    if let (host, _) = address("listen"), self["tls_certificate"].isEmpty,
      !OutboundAddress.isLoopback(host: host)
    {
      problems.append("listen: beyond loopback a TLS certificate is required")
    }
    if !["true", "false"].contains(self["outbound_private"]) {
      problems.append("outbound_private: true or false is expected")
    }
    if !(0...60).contains(int("audit_seal_seconds")) {
      problems.append("audit_seal_seconds: a number from 0 to 60 is expected")
    }
    if !(1...90).contains(int("epoch_days")) {
      problems.append("epoch_days: a number of days from 1 to 90 is expected")
    }
    if !(14...90).contains(int("notice_days")) {
      problems.append("notice_days: a number of days from 14 to 90 is expected")
    }
    for name in ["erasure_wait_hours", "erasure_alone_wait_hours"]
    where !(0...720).contains(Int(self[name]) ?? -1) {
      problems.append("\(name): a number of hours from 0 to 720 is expected")
    }
    if receiptKeys.contains(where: { $0.count != 32 }) {
      problems.append("receipt_keys: Ed25519 public keys of 32 bytes in base64 are expected")
    }
    let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
    if !levels.contains(self["log_level"]) { problems.append("log_level: unknown level") }
  }

  /// Every setting with its value and where it was set; secrets are shown as `•••`.
  package var report: String {
    Self.settings.map { setting in
      let value = values[setting.name]
      let shown = setting.isSecret && value?.text.isEmpty == false ? "•••" : value?.text ?? ""
      return "\(setting.name) = \"\(shown)\"  # \(value?.source ?? "default")"
    }.joined(separator: "\n")
  }
}
