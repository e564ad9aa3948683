import CSystem
import Glibc

/// A system call has failed, with this error number.
package struct SystemError: Error, CustomStringConvertible {
  package let operation: String
  package let number: Int32

  package init(operation: String, number: Int32) {
    self.operation = operation
    self.number = number
  }

  package var description: String { "\(operation): \(String(cString: strerror(number)))" }
}

/// Accepts clients on a listening socket, and passes each descriptor to `accepted`.
///
/// It keeps one spare descriptor. If the process has no descriptor left, the spare one is closed
/// for a moment, to accept the waiting client and close it; otherwise that client would wake the
/// loop for ever.
package final class Listener: Source {
  /// The most clients that are accepted in one turn, so that a burst does not hold up those that
  /// are served.
  private static let acceptsPerTurnMax = 64

  package let fd: Int32
  package let port: Int
  private let loop: EventLoop
  private let accepted: (Int32) -> Void
  private var reserveFD: Int32
  private var isStopped = false

  /// Binds and listens.
  ///
  /// `host` is a numeric address; with port 0 the kernel chooses a free one.
  package init(
    host: String, port: Int, loop: EventLoop, accepted: @escaping (Int32) -> Void
  ) throws(SystemError) {
    let fd = csys_listen(host, UInt16(clamping: port), 4_096)
    guard fd >= 0 else { throw SystemError(operation: "listen on \(host):\(port)", number: -fd) }
    self.fd = fd
    self.port = Int(csys_local_port(fd))
    self.loop = loop
    self.accepted = accepted
    reserveFD = open("/dev/null", O_RDONLY | O_CLOEXEC)
    super.init()
  }

  package func start() { loop.add(self, fd: fd, events: EPOLLIN.rawValue) }

  /// Stops listening.
  ///
  /// Whoever is connected already is accepted: closing the socket would reset them, and they may
  /// have sent a request.
  ///
  /// Once: its descriptors' numbers may be somebody else's afterwards.
  package func stop() {
    if isStopped { return }
    isStopped = true
    csys_refuse_clients(fd)
    while true {
      let client = csys_accept(fd)
      if client >= 0 {
        accepted(client)
      } else if client != -ECONNABORTED && client != -EINTR {
        break
      }
    }
    loop.remove(self, fd: fd)
    close(fd)
    close(reserveFD)
  }

  package override func ready(_ events: UInt32) {
    for _ in 0..<Self.acceptsPerTurnMax {
      let client = csys_accept(fd)
      if client >= 0 {
        accepted(client)
      } else if client == -EMFILE || client == -ENFILE {
        close(reserveFD)
        let refused = csys_accept(fd)
        if refused >= 0 { close(refused) }
        reserveFD = open("/dev/null", O_RDONLY | O_CLOEXEC)
        return
      } else if client != -ECONNABORTED && client != -EINTR {
        return
      }
    }
  }
}
