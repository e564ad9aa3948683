/// Waits until something is true, looking again every few milliseconds, for `seconds` at the most.
///
/// Answers whether it became true.
@discardableResult
package func eventually(
  within seconds: Double = 20, _ condition: () async throws -> Bool
) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try await !condition() {
    if ContinuousClock.now > deadline { return false }
    try await Task.sleep(for: .milliseconds(10))
  }
  return true
}
