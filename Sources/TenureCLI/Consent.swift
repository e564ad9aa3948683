import ArgumentParser
import Foundation

/// What a command that destroys asks before it does.
struct Consent: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask")
  var yes = false

  /// Returns when the user agrees.
  ///
  /// Without a terminal nobody can be asked: `--yes` is needed.
  func ask(_ what: String) throws {
    if yes { return }
    let mustNotAsk = ProcessInfo.processInfo.environment["TENURE_NO_INPUT"] != nil
    guard Terminal.isInteractive, !mustNotAsk else {
      throw Failure.usage("'\(what)' needs --yes where nobody can be asked")
    }
    FileHandle.standardError.write(Data("\(what)? [y/N] ".utf8))
    guard readLine()?.lowercased().hasPrefix("y") == true else {
      throw Failure.failed("declined", "nothing was done")
    }
  }
}
