package import Tenure
package import TenureAPI

/// One way to sign in, such as by a key or by the link of a notice.
///
/// Each loop has one of each, and the authenticator asks them in turn.
package protocol SignInScheme: Sendable {
  /// The caller that a credential belongs to; nil where it is not of this scheme, and another one
  /// may know it.
  ///
  /// Throws `Problem.unauthenticated` where it is of this scheme but nobody may call with it.
  func caller(_ credential: ArraySlice<UInt8>, now: Timestamp) async throws -> Caller?
}

extension Problem {
  /// A refusal with the challenge that goes with it (RFC 6750, section 3).
  ///
  /// `error` is nil where the request had no credential at all.
  package static func unauthenticated(
    _ code: ProblemCode, error: String? = "invalid_token"
  ) -> Problem {
    var problem = Problem(code)
    let parameters = error.map { #", error="\#($0)""# } ?? ""
    problem.headers = [("WWW-Authenticate", #"Bearer realm="tenure""# + parameters)]
    return problem
  }
}
