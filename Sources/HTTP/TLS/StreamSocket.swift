import CSystem
import Glibc

/// A connected TCP socket that does not block, plain or encrypted.
///
/// It does not own its descriptor: its connection closes that.
struct StreamSocket {
  let fd: Int32
  /// nil for plain text.
  var tls: TLSSession?

  /// Returns how many bytes were read: 0 at the end of the stream, `-EAGAIN` where the socket must
  /// become ready first, another negative number where the connection is broken.
  func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = buffer.baseAddress else { return -Int(EAGAIN) }
    return tls?.read(base, buffer.count) ?? csys_recv(fd, base, buffer.count)
  }

  /// Returns how many bytes were written, or what `read` returns.
  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return -Int(EAGAIN) }
    return tls?.write(base, bytes.count) ?? csys_send(fd, base, bytes.count)
  }

  /// Tells the peer that nothing more will be sent.
  func endOutput() {
    tls?.shutdown()
    csys_shutdown_write(fd)
  }

  /// The numeric address of the peer; empty where it is gone.
  var peerAddress: String {
    var text = [CChar](repeating: 0, count: OutboundAddress.textBytesMax)
    guard csys_peer_address(fd, &text, text.count) == 0 else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
