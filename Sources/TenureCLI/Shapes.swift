import ArgumentParser
import Foundation

/// What every command that lists takes.
struct Listing: ParsableArguments {
  @OptionGroup var options: ClientOptions
  @Option(help: "Show at most so many") var limit: Int?

  func list(_ path: String, query: [String: String?] = [:], columns: [String]) async throws {
    try await Client(options).list(
      path, query: query.compactMapValues { $0 }, limit: limit, columns: columns)
  }
}

/// What every command about one thing takes.
struct Target: ParsableArguments {
  @OptionGroup var options: ClientOptions
  @Argument(help: "Its id") var id: String

  func show(_ collection: String, columns: [String]) async throws {
    let client = try Client(options)
    try client.show(
      try await client.call("GET", "\(collection)/\(id.pathSafe)"), columns: columns)
  }
}

/// Ids as arguments, or one a line from a file.
struct IDs: ParsableArguments {
  @Option(help: "A file of ids, one a line; - for standard input") var fromFile: String?
  @Argument(help: "Ids") var ids: [String] = []

  func validate() throws {
    if ids.isEmpty && fromFile == nil {
      throw ValidationError("Missing expected argument '<ids> ...'")
    }
  }

  func all() throws -> [String] {
    guard let fromFile else { return ids }
    let data =
      fromFile == "-"
      ? FileHandle.standardInput.readDataToEndOfFile()
      : FileManager.default.contents(atPath: fromFile)
    guard let data else { throw Failure.usage("the file \(fromFile) cannot be read") }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    return ids + lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
