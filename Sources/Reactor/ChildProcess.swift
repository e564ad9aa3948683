import CSystem
import Glibc

/// A program that runs beside this one, with the given standard descriptors and no others.
///
/// It replaces Foundation's `Process` (Swift 6.3), which reads beyond the end of a buffer and may
/// crash where the process has more than some 1,300 descriptors open, as a busy service has.
package final class ChildProcess: @unchecked Sendable {
  /// The program could not be started.
  package struct StartFailure: Error, CustomStringConvertible {
    package let path: String
    package let errno: Int32
    package var description: String { "\(path): \(String(cString: strerror(errno)))" }
  }

  package let pid: Int32
  private let lock = Lock()
  private var status: Int32?

  /// Starts the program at a path.
  ///
  /// With nil `environment` it gets this process's own. A nil descriptor is `/dev/null`; 0, 1 and 2
  /// are those of this process. The caller closes the descriptors that it has opened for the
  /// program.
  package init(
    _ path: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    folder: String? = nil, input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil
  ) throws(StartFailure) {
    let words = ([path] + arguments).map { strdup($0) }
    let variables = environment?.map { strdup("\($0)=\($1)") }
    defer { (words + (variables ?? [])).forEach { free($0) } }
    func start(_ variables: UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int32 {
      csys_spawn(path, words + [nil], variables, folder, input ?? -1, output ?? -1, errors ?? -1)
    }
    pid =
      variables.map { ($0 + [nil]).withUnsafeBufferPointer { start($0.baseAddress) } } ?? start(nil)
    if pid < 0 { throw StartFailure(path: path, errno: -pid) }
  }

  /// Sends a signal, if the program still runs.
  package func signal(_ number: Int32) {
    lock.withLock {
      // After `wait`, the process id may be another program's.
      if status == nil { kill(pid, number) }
    }
  }

  package var isRunning: Bool {
    lock.withLock {
      if status == nil { look(WNOHANG) }
      return status == nil
    }
  }

  /// Blocks until the program ends; returns its status as shells do, which is 128 plus the signal's
  /// number if a signal ended it.
  @discardableResult
  package func wait() -> Int32 {
    // First without the lock and without reaping, so that signals can be sent meanwhile.
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
    return lock.withLock {
      if status == nil { look(0) }
      return status ?? -1
    }
  }

  private func look(_ options: Int32) {
    var word: Int32 = 0
    guard waitpid(pid, &word, options) == pid else { return }
    let signal = word & 0x7F
    status = signal == 0 ? word >> 8 & 0xFF : 128 + signal
  }
}

extension ChildProcess {
  /// The status and the texts of a program that has ended.
  package struct Ended: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String
  }

  /// Runs a program to its end; blocks.
  ///
  /// What it reads and writes is in memory files, so neither side waits for the other. An attended
  /// program may ask the person who runs this process: its input and errors are those of this
  /// process.
  package static func run(
    _ path: String, _ arguments: [String] = [], environment: [String: String]? = nil,
    folder: String? = nil, input: String = "", isAttended: Bool = false
  ) throws(StartFailure) -> Ended {
    let given = try MemoryFile(Array(input.utf8), for: path)
    let (output, errors) = (try MemoryFile(for: path), try MemoryFile(for: path))
    let process = try ChildProcess(
      path, arguments, environment: environment, folder: folder,
      input: isAttended ? STDIN_FILENO : given.fd, output: output.fd,
      errors: isAttended ? STDERR_FILENO : errors.fd)
    // The memory files must stay open while it runs.
    return withExtendedLifetime(given) {
      Ended(status: process.wait(), output: output.text, errors: errors.text)
    }
  }
}

/// The input of a program, or the output that it has written.
private final class MemoryFile {
  let fd: Int32

  init(_ bytes: [UInt8] = [], for path: String) throws(ChildProcess.StartFailure) {
    fd = csys_memory_file()
    if fd < 0 { throw ChildProcess.StartFailure(path: path, errno: -fd) }
    var place = 0
    while place < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        pwrite(fd, raw.baseAddress.map { $0 + place }, raw.count - place, off_t(place))
      }
      if count <= 0 { throw ChildProcess.StartFailure(path: path, errno: errno) }
      place += count
    }
  }

  deinit { close(fd) }

  var text: String {
    let size = Int(lseek(fd, 0, SEEK_END))
    return String(unsafeUninitializedCapacity: max(size, 0)) { buffer in
      var filled = 0
      while filled < buffer.count {
        let count = pread(
          fd, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(filled))
        if count <= 0 { break }
        filled += count
      }
      return filled
    }
  }
}
