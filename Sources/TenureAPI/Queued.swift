import JSON

/// How many deliveries a replay queued.
package struct Queued: View, Shaped {
  package let count: Int

  package init(count: Int) { self.count = count }

  package static let shape = Shape<Queued>("Queued", "How many deliveries a replay queued.") {
    Member("queued", \.count, .int)
  }
}

extension Shapes {
  static let queued: [Component] = [
    Queued.shape.component
  ]
}
