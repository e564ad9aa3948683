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

/// What a command is given to read.
enum Input {
  /// The bytes of a file; `-` is standard input.
  static func data(of file: String) throws -> Data {
    let data =
      file == "-"
      ? FileHandle.standardInput.readDataToEndOfFile()
      : FileManager.default.contents(atPath: file)
    guard let data else { throw Failure.usage("the file \(file) cannot be read") }
    return data
  }

  /// The text of a file, without the byte order mark that some editors write first.
  static func text(of file: String) throws -> String {
    guard let text = String(data: try data(of: file), encoding: .utf8) else {
      throw Failure.usage("the file \(file) is not UTF-8")
    }
    return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
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
    let lines = try Input.text(of: fromFile).split(whereSeparator: \.isNewline)
    return ids + lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
