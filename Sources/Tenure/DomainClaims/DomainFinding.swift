extension DomainChallenge {
  /// Why the answers are not the proof, in sentences for whoever set the record; nil where they
  /// are.
  ///
  /// Resolvers that answered the same share one sentence.
  package func finding(_ observations: [DomainClaim.Observation]) -> String? {
    if observations.isEmpty || DomainClaim.evidence(observations) == .proof { return nil }
    var said: [(what: String, by: [String])] = []
    for observation in observations {
      let what = explain(observation)
      if let index = said.firstIndex(where: { $0.what == what }) {
        said[index].by.append(observation.resolver)
      } else {
        said.append((what, [observation.resolver]))
      }
    }
    let sentences = said.map { "\($0.by.joined(separator: ", ")): \($0.what)" }
    let quorum = said.count > 1 ? " More than half of the resolvers must see the proof." : ""
    return sentences.joined(separator: " ") + quorum
  }

  private func explain(_ observation: DomainClaim.Observation) -> String {
    if observation.isProof { return "the proof is there." }
    switch observation.outcome {
    case .nxdomain:
      return "the name \(name) does not exist; is the record in the zone of \(zone), with its"
        + " whole name, and published?"
    case .nodata: return "the name \(name) has no TXT record."
    case .servfail: return "the name server refused, or failed to answer, for \(name)."
    case .timeout: return "there was no answer in time for \(name)."
    case .found:
      let records = observation.records.map { "'\($0)' (\(fault(of: $0)))" }
      return "the TXT records of \(name) are not the proof: "
        + (records.isEmpty ? "all are empty." : records.joined(separator: ", ") + ".")
    }
  }

  /// Why a record's text is not the proof.
  private func fault(of record: String) -> String {
    let token = value.prefix { $0 != " " }
    if record.contains(token) { return "the token is not at its beginning" }
    let bare = record.drop { $0 == "\"" || $0 == " " }
    if bare.lowercased().hasPrefix(token.lowercased()) { return "the token is in other letters" }
    if bare.hasPrefix("token=") { return "another token: of an earlier record, or another claim" }
    if token.hasPrefix("token=\(bare)") || token.dropFirst("token=".count).hasPrefix(bare) {
      return "not all of the value"
    }
    return "something else"
  }
}
