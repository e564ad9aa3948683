import COpenSSL
import Glibc

/// A certificate or key could not be loaded, or a handshake failed; the text has no secrets.
package struct TLSError: Error, CustomStringConvertible {
  package let description: String
}

/// TLS 1.2 and 1.3 with AEAD and forward secrecy only (RFC 8446, RFC 5246 with RFC 7905).
///
/// To reload a certificate, a server replaces the context for new connections; others keep theirs.
package final class TLSContext: @unchecked Sendable {
  private static let ciphers =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    + "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

  let context: OpaquePointer

  /// Makes a context for a server from its certificate chain and key, both PEM files.
  package init(certificateFile: String, keyFile: String) throws(TLSError) {
    context = try Self.make(TLS_server_method())
    SSL_CTX_set_alpn_select_cb(
      context,
      { _, chosen, chosenLength, offered, offeredLength, _ in
        // Only http/1.1 is spoken; a client whose list of protocols lacks it is refused.
        let own: StaticString = "\u{8}http/1.1"
        var selected: UnsafeMutablePointer<UInt8>?
        let result = SSL_select_next_proto(
          &selected, chosenLength, own.utf8Start, UInt32(own.utf8CodeUnitCount), offered,
          offeredLength)
        guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        chosen?.pointee = UnsafePointer(selected)
        return SSL_TLSEXT_ERR_OK
      }, nil)
    guard SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1 else {
      throw TLSError(description: "the certificate \(certificateFile) cannot be read")
    }
    guard SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1 else {
      throw TLSError(description: "the key \(keyFile) cannot be read")
    }
    guard SSL_CTX_check_private_key(context) == 1 else {
      throw TLSError(description: "the key \(keyFile) does not belong to the certificate")
    }
    _ = cssl_set_session_id_context(context)
  }

  /// Makes a context for a client, which verifies servers by the system's roots, or by those in a
  /// file.
  package init(clientRootsFile: String?) throws(TLSError) {
    context = try Self.make(TLS_client_method())
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    let loaded =
      clientRootsFile.map { SSL_CTX_load_verify_locations(context, $0, nil) }
      ?? SSL_CTX_set_default_verify_paths(context)
    guard loaded == 1 else { throw TLSError(description: "no trusted roots could be loaded") }
  }

  deinit { SSL_CTX_free(context) }

  private static func make(_ method: OpaquePointer?) throws(TLSError) -> OpaquePointer {
    guard let context = SSL_CTX_new(method) else {
      throw TLSError(description: "OpenSSL has no TLS context to give")
    }
    cssl_set_tls_1_2_to_1_3(context)
    cssl_set_connection_modes(context)
    cssl_forbid_renegotiation_and_compression(context)
    guard SSL_CTX_set_cipher_list(context, ciphers) == 1,
      cssl_set_groups(context, "X25519:P-256:P-384") == 1
    else { throw TLSError(description: "OpenSSL lacks the ciphers that are allowed") }
    return context
  }

  func makeServerSession(fd: Int32) -> TLSSession? {
    guard let ssl = SSL_new(context) else { return nil }
    SSL_set_fd(ssl, fd)
    SSL_set_accept_state(ssl)
    return TLSSession(ssl)
  }

  /// A session that sends SNI and verifies that the certificate names `host`.
  func makeClientSession(fd: Int32, host: String) -> TLSSession? {
    guard let ssl = SSL_new(context) else { return nil }
    SSL_set_fd(ssl, fd)
    SSL_set_connect_state(ssl)
    // SNI has no form for addresses (RFC 6066, section 3), and certificates have a separate one.
    let place = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    let isNamed =
      OutboundAddress(place).map {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), $0.bare) == 1
      } ?? (SSL_set1_host(ssl, host) == 1 && cssl_set_server_name(ssl, host) == 1)
    guard isNamed else {
      SSL_free(ssl)
      return nil
    }
    SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    return TLSSession(ssl)
  }
}

/// One encrypted connection over a non-blocking socket.
///
/// OpenSSL keeps errors per thread: they are cleared before each call, so that an older one is
/// never taken for that of this call.
final class TLSSession {
  private let ssl: OpaquePointer

  init(_ ssl: OpaquePointer) { self.ssl = ssl }

  deinit { SSL_free(ssl) }

  /// Returns how many bytes were read: 0 at the end of the stream, `-EAGAIN` where the socket must
  /// become ready first, another negative number where the connection is broken.
  func read(_ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    ERR_clear_error()
    return result(SSL_read(ssl, buffer, Int32(clamping: count)))
  }

  func write(_ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    ERR_clear_error()
    return result(SSL_write(ssl, buffer, Int32(clamping: count)))
  }

  /// Tells the peer that nothing more will be sent.
  func shutdown() {
    ERR_clear_error()
    SSL_shutdown(ssl)
  }

  var isVerified: Bool { SSL_get_verify_result(ssl) == X509_V_OK }

  private func result(_ code: Int32) -> Int {
    if code > 0 { return Int(code) }
    switch SSL_get_error(ssl, code) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return -Int(EAGAIN)
    case SSL_ERROR_ZERO_RETURN: return 0
    default: return -Int(ECONNRESET)
    }
  }
}
