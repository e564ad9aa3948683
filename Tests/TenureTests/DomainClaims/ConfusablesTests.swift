import Tenure
import Testing

@Suite struct ConfusablesTests {
  @Test(arguments: [
    "acme.test", "xn--bcher-kva.test", "bücher.test", "почта.test", "日本語.test", "東京tower.test",
    "ひらカタ漢字abc.test", "한국어kr.test", "почта.acme.test", "a-1.test", "ελλάδα.test",
  ])
  func `a label of one script, or as Asian ones mix, is no mixture`(name: String) {
    #expect(!Confusables.mixesScripts(name))
  }

  @Test(arguments: ["аcme.test", "xn--cme-5cd.test", "acmе.test", "ωmega.test", "日本почта.test"])
  func `a label that mixes scripts is one`(name: String) { #expect(Confusables.mixesScripts(name)) }

  @Test(arguments: [
    ("аcme.test", "acme.test"), ("аре.test", "ape.test"), ("acme1.test", "acmel.test"),
    ("g00gle.test", "google.test"), ("rnodem.test", "modem.test"), ("οmega.test", "omega.test"),
  ])
  func `names that are taken for each other have one skeleton`(one: String, other: String) {
    #expect(Confusables.skeleton(ofName: one) == Confusables.skeleton(ofName: other))
  }

  @Test(arguments: [
    ("acme.test", "acne.test"), ("bücher.test", "bucher.test"), ("acme.test", "acme.example"),
  ])
  func `names that are not have two`(one: String, other: String) {
    #expect(Confusables.skeleton(ofName: one) != Confusables.skeleton(ofName: other))
  }

  @Test func `a name and those above it are looked at, but for the last label`() {
    #expect(
      DomainName(stored: "a.lab.acme.test").registrableNames
        == ["a.lab.acme.test", "lab.acme.test", "acme.test"])
  }
}
