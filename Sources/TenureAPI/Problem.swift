package import JSON

/// A refusal on its way to the caller (RFC 9457).
package struct Problem: Error, Sendable {
  package struct FieldError: Sendable, Equatable {
    /// A JSON Pointer into the body, or the name of a parameter.
    package let pointer: String
    package let code: String
    package let detail: String

    package init(pointer: String, code: String, detail: String) {
      self.pointer = pointer
      self.code = code
      self.detail = detail
    }
  }

  package let code: ProblemCode
  package var detail: String
  package var errors: [FieldError]
  package var headers: [(name: StaticString, value: String)] = []

  package init(_ code: ProblemCode, _ detail: String? = nil, errors: [FieldError] = []) {
    self.code = code
    self.detail = detail ?? code.entry.help
    self.errors = errors
  }

  package init(_ error: JSONError) {
    switch error.code {
    case .syntax: self.init(.invalidJSON, error.detail)
    case .encoding: self.init(.invalidUTF8, error.detail)
    case .depth: self.init(.tooDeep, error.detail)
    case .duplicate: self.init(.duplicateMember, error.detail)
    default: self.init(.validationFailed)
    }
    errors = [
      FieldError(pointer: error.pointer, code: error.code.rawValue, detail: error.detail)
    ]
  }

  package func write(to writer: inout JSONWriter, requestID: String, instance: String) {
    writer.object { writer in
      writer.key("type")
      writer.string("/errors/\(code.rawValue)")
      writer.key("title")
      writer.string(code.entry.title)
      writer.key("status")
      writer.int(code.entry.status)
      writer.key("detail")
      writer.string(detail)
      writer.key("instance")
      writer.string(instance)
      writer.key("code")
      writer.string(code.rawValue)
      writer.key("request_id")
      writer.string(requestID)
      writer.key("retryable")
      writer.bool(code.isRetryable)
      writer.key("errors")
      writer.array { writer in
        for error in errors {
          writer.object { writer in
            writer.key("pointer")
            writer.string(error.pointer)
            writer.key("code")
            writer.string(error.code)
            writer.key("detail")
            writer.string(error.detail)
          }
        }
      }
    }
  }
}

extension Problem {
  /// A value of the body that is not allowed, for a reason the reader could not see.
  package static func invalid(_ pointer: String, _ detail: String) -> Problem {
    Problem(
      .validationFailed, detail,
      errors: [.init(pointer: pointer, code: "invalid_value", detail: detail)])
  }

  /// A body without a member it needs.
  package static func required(_ pointer: String) -> Problem {
    Problem(
      .validationFailed, "a member is missing",
      errors: [.init(pointer: pointer, code: "required", detail: "is required")])
  }
}
