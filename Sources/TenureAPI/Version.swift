/// The release, as both programs, the metrics and every request to a receiver say it.
package enum Version {
  package static let current = "0.1.0"
}
