/// Why the service cannot start, or cannot do some maintenance, in a sentence for the operator.
package struct ServiceFailure: Error, CustomStringConvertible {
  package let description: String
  package init(description: String) { self.description = description }
}
