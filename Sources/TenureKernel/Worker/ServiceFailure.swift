/// What keeps the service from starting, or a piece of maintenance from being done, in a sentence for
/// whoever runs it.
package struct ServiceFailure: Error, CustomStringConvertible {
  package let description: String
  package init(description: String) { self.description = description }
}
