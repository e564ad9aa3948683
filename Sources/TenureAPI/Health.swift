import JSON

/// Whether the service runs, or can serve.
package struct Health: View, Shaped {
  package enum Status: String, CaseIterable, Sendable { case live, ready }

  package let status: Status

  package init(_ status: Status) { self.status = status }

  package static let shape = Shape<Health>("Health", "Whether the service runs, or can serve.") {
    Member("status", \.status, .choice())
  }
}

extension Shapes {
  static let health: [Component] = [
    Health.shape.component
  ]
}
