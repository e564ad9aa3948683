/// Waits until something is true, looking again and again, ever less often, for `seconds` at the most.
///
/// Answers whether it became true. The bound is for what never comes: a machine that is busy with
/// other things may take its time.
@discardableResult
package func eventually(
  within seconds: Double = 120, _ condition: () async throws -> Bool
) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  var pause = Duration.milliseconds(10)
  while try await !condition() {
    if ContinuousClock.now > deadline { return false }
    try await Task.sleep(for: pause)
    pause = min(pause * 1.25, .milliseconds(100))
  }
  return true
}
