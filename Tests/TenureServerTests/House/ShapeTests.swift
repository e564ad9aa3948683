import JSON
import Tenure
import TenureAPI
import Testing

/// What follows from the table of a shape.
@Suite struct ShapeTests {
  private struct Sample: Body, View, Shaped, Equatable {
    let name: String
    let count: Int
    let note: String?
    let tags: [String]

    static let shape = Shape("Sample", nil, Sample.init) {
      Member("name", \.name, .text(max: 3), "Its name.", example: "a")
      Member("count", \.count, .int(1...5), default: 2)
      Member("note", \.note, .nullable(.text(max: 3)), default: nil)
      Member(optional: "tags", \.tags, .set(.text(max: 3), max: 2, "tags"))
    } check: { (sample, reader) throws(JSONError) in
      if sample.count == 5 && sample.note == nil { throw reader.missing("note") }
    }
  }

  private static func read(_ text: String) throws -> Sample {
    try Sample(parsing: Array(text.utf8))
  }

  private static func refusal(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch let error as JSONError {
      return "\(error.pointer) \(error.code.rawValue)"
    } catch {
      return "\(error)"
    }
  }

  @Test func `what lacks is what the table says, and what must be there is missed`() throws {
    #expect(
      try Self.read(#"{"name":"abc"}"#) == Sample(name: "abc", count: 2, note: nil, tags: []))
    #expect(
      try Self.read(#"{"tags":["x","y"],"note":"n","count":5,"name":"abc"}"#)
        == Sample(name: "abc", count: 5, note: "n", tags: ["x", "y"]))
    #expect(Self.refusal("{}") == "/name required")
  }

  @Test(arguments: [
    (#"{"name":"abcd"}"#, "/name invalid_value"), (#"{"name":null}"#, "/name wrong_type"),
    (#"{"name":"a","count":0}"#, "/count invalid_value"),
    (#"{"name":"a","count":6}"#, "/count invalid_value"),
    (#"{"name":"a","count":5}"#, "/note required"),
    (#"{"name":"a","tags":["x","x"]}"#, "/tags/1 invalid_value"),
    (#"{"name":"a","tags":["x","y","z"]}"#, "/tags/2 invalid_value"),
    (#"{"name":"a","more":1}"#, "/more unknown_member"),
  ])
  func `each member refuses at its place`(text: String, refusal: String) {
    #expect(Self.refusal(text) == refusal)
  }

  @Test func `what is written is read again`() throws {
    let samples = [
      Sample(name: "a", count: 1, note: nil, tags: []),
      Sample(name: "b", count: 5, note: "n", tags: ["x"]),
    ]
    for sample in samples {
      var writer = JSONWriter()
      sample.write(to: &writer)
      #expect(try Sample(parsing: writer.bytes) == sample)
    }
    var writer = JSONWriter()
    samples[0].write(to: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"name":"a","count":1,"note":null}"#)
  }

  @Test func `a patch may lack every member, and clears only what a body may lack`() throws {
    func patched(_ text: String) -> String? {
      var reader = JSONReader(Array(text.utf8))
      do throws(JSONError) {
        _ = try Sample.shape.readPatch(&reader)
        return nil
      } catch {
        return "\(error.pointer) \(error.code.rawValue)"
      }
    }
    #expect(patched("{}") == nil)
    #expect(patched(#"{"count":null,"tags":null,"note":null}"#) == nil)
    #expect(patched(#"{"name":null}"#) == "/name wrong_type")
    #expect(patched(#"{"count":9}"#) == "/count invalid_value")
  }

  @Test func `the contract says what the reader does`() {
    let body = Sample.shape.component.schema
    #expect(body["required"] == .array([.string("name")]))
    #expect(body["properties"]?["count"]?["default"] == .number("2"))
    #expect(body["properties"]?["count"]?["maximum"] == .number("5"))
    #expect(body["properties"]?["note"]?["type"] == .array([.string("string"), .string("null")]))
    #expect(body["properties"]?["name"]?["examples"] == .array([.string("a")]))
    let answer = Sample.shape.answer("Shown").component.schema
    #expect(answer["required"] == .array(["name", "count", "note"].map(JSONValue.string)))
    #expect(answer["properties"]?["count"]?["default"] == nil)
    let patch = Sample.shape.patch("SamplePatch").schema
    #expect(patch["required"] == nil)
    #expect(
      patch["properties"]?["count"]?["type"] == .array([.string("integer"), .string("null")]))
    #expect(patch["properties"]?["name"]?["type"] == .string("string"))
  }

  @Test func `a shape of a shape is read as the contract says it`() {
    func refusal(_ shape: Shape<Sample>, _ text: String) -> String? {
      var reader = JSONReader(Array(text.utf8))
      do throws(JSONError) {
        _ = try shape.read(&reader)
        return nil
      } catch {
        return "\(error.pointer) \(error.code.rawValue) \(error.detail)"
      }
    }
    let more = Sample.shape.requiring(["note"], "More")
    #expect(more.component.schema["required"] == .array([.string("name"), .string("note")]))
    #expect(refusal(more, #"{"name":"a"}"#) == "/note required the member 'note' is required")
    #expect(refusal(more, #"{"name":"a","note":null}"#) == nil)

    let less = Sample.shape.without(["count": "it is counted"], "Less")
    #expect(less.component.schema["properties"]?["count"] == nil)
    #expect(less.component.schema["properties"]?["note"] != nil)
    #expect(less.component.example["count"] == nil)
    #expect(refusal(less, #"{"name":"a"}"#) == nil)
    #expect(refusal(less, #"{"name":"a","count":1}"#) == "/count invalid_value it is counted")
  }

  @Test(arguments: [
    ("{}", false), (#"{"until":"2026-11-21T20:00:00Z"}"#, false),
    (#"{"since":"2026-11-21T20:00:00Z"}"#, true),
    (#"{"event_id":"evt_01m7zxyxbtf46rjshedaq7k2em"}"#, true),
    (
      #"{"event_id":"evt_01m7zxyxbtf46rjshedaq7k2em","since":"2026-11-21T20:00:00Z"}"#, false
    ),
  ])
  func `a replay is of an event or of a time`(text: String, isRead: Bool) {
    let wanted = JSONError(
      code: .value, pointer: "", detail: "either event_id or since is expected")
    do throws(JSONError) {
      _ = try ReplayBody(parsing: Array(text.utf8))
      #expect(isRead)
    } catch { #expect(!isRead && error == wanted) }
  }

  @Test func `requests and endpoints need what the contract says`() {
    func refusal(_ body: (some Body).Type, _ text: String) -> String? {
      do throws(JSONError) {
        _ = try body.init(parsing: Array(text.utf8))
        return nil
      } catch {
        return "\(error.pointer) \(error.code.rawValue)"
      }
    }
    let account = #""account_id":"acc_01m7zxyxbtf46rjshedaq7k2em""#
    #expect(refusal(SubjectRequestBody.self, #"{"type":"access"}"#) == "/account_id required")
    #expect(refusal(SubjectRequestBody.self, #"{\#(account),"type":"access"}"#) == nil)
    #expect(refusal(MyRequestBody.self, #"{"type":"access"}"#) == nil)
    #expect(
      refusal(MyRequestBody.self, #"{\#(account),"type":"access"}"#) == "/account_id invalid_value"
    )
    #expect(
      refusal(MyRequestBody.self, #"{"type":"access","received_at":"2026-11-21T20:00:00Z"}"#)
        == "/received_at invalid_value")
    #expect(refusal(WebhookEndpointBody.self, #"{"enabled":true}"#) == "/url required")
    #expect(refusal(WebhookEndpointPatch.self, #"{"enabled":true}"#) == nil)
  }

  @Test func `an account is written by hand as its table says`() throws {
    let profile = AccountProfile(
      externalID: "emp-1", displayName: "Ada \"L\"", locale: "en-GB",
      addresses: [
        AccountAddress(
          email: try EmailAddress(parsing: "ada@acme.test"), isVerified: true, isPrimary: true)
      ], contacts: [AccountContact(kind: .sms, value: "+49", isVerified: false)],
      attributes: .object([("team", .string("x"))]))
    for (profile, controller) in [(profile, TenantID.platform), (AccountProfile.empty, nil)] {
      let now = Timestamp(microseconds: 1_700_000_000_000_000)
      let view = AccountView(
        id: AccountID(at: now), status: .active, controller: controller, profile: profile.json,
        createdAt: now, updatedAt: now, version: 1)
      var (hand, table) = (JSONWriter(), JSONWriter())
      view.write(to: &hand)
      AccountView.shape.write(view, &table)
      #expect(
        String(decoding: hand.bytes, as: UTF8.self) == String(decoding: table.bytes, as: UTF8.self))
    }
  }

  @Test func `no two shapes have one name`() {
    let names = Shapes.components.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func `what was stored otherwise is a failure, and no refusal of the caller's`() {
    // A `JSONError` is answered as the fault of the request.
    for text in ["{", "[]", #"{"display_name":1}"#] {
      #expect(throws: StoredFormError.self) { try AccountProfile.stored(Array(text.utf8)) }
      #expect(throws: StoredFormError.self) { try PersonalRecord.stored(Array(text.utf8)) }
    }
    #expect(throws: StoredFormError.self) { try PersonReach(stored: Array(#"[{"kind":1}]"#.utf8)) }
    #expect(throws: StoredFormError.self) { try JSONValue(stored: Array("{} {}".utf8)) }
  }
}
