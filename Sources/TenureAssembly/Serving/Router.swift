import HTTP
import TenureKernel

/// Finds the endpoint for a method and path.
struct Router: Sendable {
  enum Match {
    case found(index: Int, Endpoint, parameters: [String])
    case wrongMethod(allowed: [HTTPMethod])
    case none
  }

  /// The endpoints by their number of segments, so that few must be compared.
  private let endpoints: [Int: [(index: Int, endpoint: Endpoint)]]

  init(_ endpoints: [Endpoint]) {
    self.endpoints = Dictionary(
      grouping: endpoints.enumerated().map { ($0.offset, $0.element) }
    ) { $0.1.segments.count }
  }

  func match(_ method: HTTPMethod, _ path: ArraySlice<UInt8>) -> Match {
    guard path.first == UInt8(ascii: "/") else { return .none }
    let (segments, verb) = PathSegments.split(path)
    let wanted = method == .head ? .get : method
    var allowed: [HTTPMethod] = []
    for (index, endpoint) in endpoints[segments.count] ?? []
    where Self.isSame(endpoint.verb, path[verb]) && Self.fits(endpoint, segments, path) {
      if endpoint.method == wanted {
        let parameters = zip(endpoint.segments, segments).compactMap { template, range in
          template == nil ? String(decoding: path[range], as: UTF8.self) : nil
        }
        return .found(index: index, endpoint, parameters: parameters)
      }
      allowed.append(endpoint.method)
      if endpoint.method == .get { allowed.append(.head) }
    }
    return allowed.isEmpty ? .none : .wrongMethod(allowed: allowed + [.options])
  }

  private static func fits(
    _ endpoint: Endpoint, _ segments: [Range<Int>], _ path: ArraySlice<UInt8>
  ) -> Bool {
    for (template, range) in zip(endpoint.segments, segments) {
      if let template {
        if !isSame(template, path[range]) { return false }
      } else if range.isEmpty {
        return false
      }
    }
    return true
  }

  /// Whether two words are the same; a hyphen in a path matches the underscore of its endpoint.
  private static func isSame(_ words: [UInt8], _ text: ArraySlice<UInt8>) -> Bool {
    words.elementsEqual(text) {
      $0 == $1 || ($0 == UInt8(ascii: "_") && $1 == UInt8(ascii: "-"))
    }
  }
}
