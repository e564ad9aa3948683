import ArgumentParser
import Foundation
import Glibc
import HTTP
import JSON

extension AccountCommand {
  /// Sends a file of accounts, one JSON object a line, and waits for what becomes of each row.
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register and update accounts from a file",
      discussion: """
        The file holds one JSON object a line; '-' reads standard input. Rows that are there already \
        are left alone, so that a file can be sent again. Exit code 8 says that some rows failed.

        Example: tenure account import people.ndjson -o jsonl >results.ndjson
        """)
    @OptionGroup var options: ClientOptions
    @Argument(help: "The file") var file: String
    @Flag(help: "Return when the rows are received, without waiting") var noWait = false

    func run() async throws {
      let fd = file == "-" ? 0 : open(file, O_RDONLY)
      guard fd >= 0 else { throw Failure.usage("the file \(file) cannot be read") }
      if options.dryRun { throw Failure.usage("an import cannot be tried without a change") }
      let client = try Client(options)
      let size = file == "-" ? nil : Self.size(fd)
      let sent = SentBytes(total: size)
      let answer = try await client.send(
        "POST", "/v1/imports", contentType: "application/x-ndjson",
        stream: {
          var piece = [UInt8](repeating: 0, count: 128 * 1_024)
          let count = read(fd, &piece, piece.count)
          if count <= 0 { return nil }
          sent.add(count)
          return Array(piece[..<count])
        })
      var operation = try Client.parse(answer.body)
      if noWait { return try client.show(operation, columns: Columns.operation) }
      operation = try await OperationCommand.finish(client, operation)
      try await OperationCommand.showResults(client, operation["id"]?.string ?? "")
      try OperationCommand.requireSuccess(operation)
      if operation["progress"]?["failed"]?.int ?? 0 > 0 { throw ExitCode(8) }
    }

    private static func size(_ fd: Int32) -> Int? {
      var information = stat()
      return fstat(fd, &information) == 0 ? Int(information.st_size) : nil
    }
  }

  /// Says how much of the file has been sent, every five seconds or on one line of a terminal.
  private final class SentBytes: @unchecked Sendable {
    private let total: Int?
    private var sent = 0
    private var saidAt = Date()

    init(total: Int?) { self.total = total }

    func add(_ count: Int) {
      sent += count
      guard Date().timeIntervalSince(saidAt) >= 5 else { return }
      saidAt = Date()
      let share = total.map { $0 > 0 ? " (\(sent * 100 / $0) %)" : "" } ?? ""
      Terminal.say("sent \(sent / 1_048_576) MiB\(share)")
    }
  }
}
