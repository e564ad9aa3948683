import COpenSSL
import Glibc

/// A key of 32 bytes, which is wiped when the last reference is gone.
///
/// Long-lived keys are locked into memory and kept out of core dumps. Keys that live for one
/// request are only wiped, because locking takes a system call.
package final class KeyMaterial: @unchecked Sendable {
  package static let byteCount = 32

  let bytes: UnsafeMutableRawBufferPointer
  private let isLocked: Bool

  package init(_ source: some Collection<UInt8>, locked: Bool = false) throws(VaultError) {
    guard source.count == Self.byteCount else { throw .refused }
    // A locked key has a page of its own: if two keys shared one, unlocking the first would unlock
    // the second.
    bytes =
      locked
      ? .allocate(byteCount: 4_096, alignment: 4_096)
      : .allocate(byteCount: Self.byteCount, alignment: 16)
    isLocked = locked
    if locked {
      madvise(bytes.baseAddress, bytes.count, MADV_DONTDUMP)
      mlock(bytes.baseAddress, bytes.count)
    }
    bytes.copyBytes(from: source)
  }

  deinit {
    OPENSSL_cleanse(bytes.baseAddress, Self.byteCount)
    if isLocked { munlock(bytes.baseAddress, bytes.count) }
    bytes.deallocate()
  }

  /// A new key from the system's random source.
  package static func random(locked: Bool = false) throws(VaultError) -> KeyMaterial {
    var fresh = [UInt8](repeating: 0, count: byteCount)
    defer { OPENSSL_cleanse(&fresh, fresh.count) }
    try Random.fill(&fresh)
    return try KeyMaterial(fresh, locked: locked)
  }

  var pointer: UnsafePointer<UInt8>? {
    UnsafePointer(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
  }

  /// A copy of the bytes, for wrapping; the caller must wipe it.
  func copy() -> [UInt8] { Array(bytes[..<Self.byteCount]) }
}

/// Random bytes (OpenSSL's DRBG, seeded by the kernel).
package enum Random {
  package static func fill(_ bytes: inout [UInt8]) throws(VaultError) {
    guard RAND_bytes(&bytes, Int32(bytes.count)) == 1 else { throw .unavailable }
  }

  package static func bytes(_ count: Int) throws(VaultError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try fill(&bytes)
    return bytes
  }
}
