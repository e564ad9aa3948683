package import JSON

/// Something that the service itself has stored is not in the form in which it was written.
///
/// It is a failure: a `JSONError` would tell the caller that the request is wrong. It has no part of
/// what was read, which may be personal.
package struct StoredFormError: Error, Equatable {
  /// Where, as a JSON Pointer (RFC 6901).
  package let pointer: String
  package let code: JSONError.Code

  private init(_ error: JSONError) {
    pointer = error.pointer
    code = error.code
  }

  /// Reads a whole document that was stored.
  package static func reading<Value>(
    _ bytes: [UInt8], _ read: (inout JSONReader) throws(JSONError) -> Value
  ) throws(StoredFormError) -> Value {
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      let value = try read(&reader)
      try reader.end()
      return value
    } catch {
      throw StoredFormError(error)
    }
  }
}

extension Codec {
  /// Reads what `bytes(of:)` has written, and throws for anything else.
  package func stored(_ bytes: [UInt8]) throws(StoredFormError) -> Value {
    try StoredFormError.reading(bytes) { (reader) throws(JSONError) in try read(&reader) }
  }

  /// A value as it is stored.
  package func bytes(of value: Value) -> [UInt8] {
    var writer = JSONWriter()
    write(value, &writer)
    return writer.bytes
  }
}

extension Shape {
  /// Reads what `bytes(of:)` has written, and throws for anything else.
  package func stored(_ bytes: [UInt8]) throws(StoredFormError) -> Root {
    try StoredFormError.reading(bytes) { (reader) throws(JSONError) in try read(&reader) }
  }

  /// A value as it is stored.
  package func bytes(of root: Root) -> [UInt8] {
    var writer = JSONWriter()
    write(root, &writer)
    return writer.bytes
  }
}

extension JSONValue {
  /// Parses a whole document that was stored.
  package init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try StoredFormError.reading(bytes) { (reader) throws(JSONError) in try reader.value() }
  }
}
