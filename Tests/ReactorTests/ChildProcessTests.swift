import Glibc
import Reactor
import Testing

@Suite struct ChildProcessTests {
  private func shell(
    _ script: String, environment: [String: String]? = nil, folder: String? = nil,
    input: String = ""
  ) throws -> (status: Int32, output: String, errors: String) {
    let ended = try ChildProcess.run(
      "/bin/sh", ["-c", script], environment: environment, folder: folder, input: input)
    return (ended.status, ended.output, ended.errors)
  }

  @Test func `a program reads its input, and says all that it has to say`() throws {
    let ended = try shell("cat; echo no >&2; exit 3", input: "yes")
    #expect(ended == (3, "yes", "no\n"))
    // More than a pipe holds, on both at once.
    let long = try shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero")
    #expect(long.output.utf8.count == 300_000 && long.errors.utf8.count == 300_000)
  }

  @Test func `it has the environment and the folder it is given`() throws {
    let own = try shell("echo $A; pwd", environment: ["A": "b", "PATH": "/bin"], folder: "/usr")
    #expect(own.output == "b\n/usr\n")
    #expect(try shell("echo $PATH").output.contains("/bin"))
  }

  @Test func `it has no descriptor of this process but the standard ones`() throws {
    // As many as a busy service has.
    let open = (0..<2_000).map { _ in dup(STDERR_FILENO) }.filter { $0 > STDERR_FILENO }
    defer { for fd in open { close(fd) } }
    #expect(!open.isEmpty)
    let script = "for fd in /proc/$$/fd/*; do [ -e $fd ] && echo $fd; done; true"
    #expect(try shell(script).output.split(separator: "\n").count == 3)
  }

  @Test func `signals do to it what they do, whatever they do to this process`() throws {
    signal(SIGPIPE, SIG_IGN)
    #expect(try shell("kill -PIPE $$").status == 128 + SIGPIPE)
    let process = try ChildProcess("/bin/sh", ["-c", "exec sleep 60"])
    #expect(process.isRunning)
    process.signal(SIGTERM)
    #expect(process.wait() == 128 + SIGTERM)
    #expect(!process.isRunning && process.wait() == 128 + SIGTERM)
  }

  @Test func `what cannot be started is named`() {
    #expect {
      try ChildProcess.run("/nowhere")
    } throws: { "\($0)" == "/nowhere: No such file or directory" }
  }
}
