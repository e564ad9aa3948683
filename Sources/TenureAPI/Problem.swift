package import JSON

/// A refusal on its way to the caller (RFC 9457).
package struct Problem: Error, Sendable {
  /// The most bytes of a text in a problem, which may quote what somebody sent.
  private static let textBytesMax = 1_000

  package struct FieldError: Sendable, Equatable {
    /// A JSON Pointer into the body, or the name of a parameter.
    package let pointer: String
    package let code: String
    package let detail: String

    package init(pointer: String, code: String, detail: String) {
      self.pointer = pointer.shown(upTo: textBytesMax)
      self.code = code
      self.detail = detail.shown(upTo: textBytesMax)
    }
  }

  package let code: ProblemCode
  package var detail: String
  package var errors: [FieldError]
  package var headers: [(name: StaticString, value: String)] = []

  package init(_ code: ProblemCode, _ detail: String? = nil, errors: [FieldError] = []) {
    self.code = code
    self.detail = detail?.shown(upTo: Self.textBytesMax) ?? code.entry.help
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
}

/// A problem as the caller is told of it, with which request it was.
package struct ProblemView: View, Shaped {
  package let problem: Problem
  package let requestID: String
  /// The path that was asked for.
  package let instance: String

  package init(_ problem: Problem, requestID: String, instance: String) {
    self.problem = problem
    self.requestID = requestID
    self.instance = instance
  }

  package static let shape = Shape<ProblemView>(
    "Problem", "A refusal (RFC 9457). `/errors/{code}` explains each code."
  ) {
    Member(
      "type", { "/errors/\($0.problem.code.rawValue)" },
      .string.with("format", .string("uri-reference")),
      example: "/errors/\(ProblemCode.example.rawValue)")
    Member("title", \.problem.code.entry.title, .string, example: ProblemCode.example.entry.title)
    Member("status", \.problem.code.entry.status, .int, example: ProblemCode.example.entry.status)
    Member("detail", \.problem.detail, .string, example: ProblemCode.example.entry.help)
    Member("instance", \.instance, .string, example: "/v1/accounts")
    Member("code", \.problem.code.rawValue, .string, example: ProblemCode.example.rawValue)
    Member("request_id", \.requestID, .string, example: "req_01m7zxyxbtf46rjshedaq7k2em")
    Member("retryable", \.problem.code.isRetryable, .bool)
    Member("errors", \.problem.errors, .list(.object(Problem.FieldError.shape)))
  }
}

extension Problem.FieldError: Shaped {
  package static let shape = Shape<Problem.FieldError>(
    "ProblemDetail", "One value that is not allowed, and why."
  ) {
    Member("pointer", \.pointer, .string, example: "/name")
    Member("code", \.code, .string, example: JSONError.Code.missing.rawValue)
    Member("detail", \.detail, .string, example: "the member 'name' is required")
  }
}

/// The page behind a problem's `type`: what its code means.
package struct ProblemExplanation: View, Shaped {
  package let code: ProblemCode

  package init(code: ProblemCode) { self.code = code }

  package static let shape = Shape<ProblemExplanation>(
    "ProblemExplanation", "What a code of refusals means, and what helps."
  ) {
    Member("code", \.code.rawValue, .string, example: ProblemCode.example.rawValue)
    Member("status", \.code.entry.status, .int, example: ProblemCode.example.entry.status)
    Member("title", \.code.entry.title, .string, example: ProblemCode.example.entry.title)
    Member("help", \.code.entry.help, .string, example: ProblemCode.example.entry.help)
    Member("retryable", \.code.isRetryable, .bool)
  }
}

extension ProblemCode {
  /// What the contract shows for one.
  fileprivate static let example = ProblemCode.validationFailed
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

extension Shapes {
  static let problem: [Component] = [
    ProblemView.shape.component, Problem.FieldError.shape.component,
    ProblemExplanation.shape.component,
  ]
}
