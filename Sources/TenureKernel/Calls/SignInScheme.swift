package import Tenure
package import TenureAPI

/// One way to show who is calling: by a key, by the link of a notice.
///
/// There is one of each on every loop, and the authenticator asks them in turn.
package protocol SignInScheme: Sendable {
  /// Whose credential it is; nil where it is none of this scheme's, which another one may know.
  ///
  /// Throws `Problem.unauthenticated` where it is one, and nobody may call by it.
  func caller(_ credential: ArraySlice<UInt8>, now: Timestamp) async throws -> Caller?
}

extension Problem {
  /// A refusal with the challenge that belongs to it (RFC 6750, section 3).
  ///
  /// `error` is left out where the request carried no credential at all.
  package static func unauthenticated(
    _ code: ProblemCode, error: String? = "invalid_token"
  ) -> Problem {
    var problem = Problem(code)
    let parameters = error.map { #", error="\#($0)""# } ?? ""
    problem.headers = [("WWW-Authenticate", #"Bearer realm="tenure""# + parameters)]
    return problem
  }
}
