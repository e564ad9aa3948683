import Foundation
import JSON
package import Logging
import Tenure
import TenureKernel

/// Writes logs to standard error: a JSON object per line, or plain text if it is a terminal.
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level
  private let isTerminal: Bool

  package init(level: Logger.Level) {
    logLevel = level
    isTerminal = isatty(2) == 1
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let time = SystemClock().now
    var line: [UInt8]
    if isTerminal {
      let rest = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      line = Array("\(time) \(event.level) \(event.message)\(rest)".utf8)
    } else {
      var writer = JSONWriter()
      writer.object { writer in
        writer.key("ts")
        writer.string(time.description)
        writer.key("level")
        writer.string(event.level.rawValue)
        writer.key("msg")
        writer.string(event.message.description)
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
          writer.key(key)
          writer.string(value.description)
        }
      }
      line = writer.bytes
    }
    line.append(0x0A)
    line.withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count) }
  }
}
