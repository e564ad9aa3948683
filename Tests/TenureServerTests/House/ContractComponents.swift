import JSON
import Tenure
import TenureAPI
import TenureKernel

/// The components of the contract that follow from the shapes: their schemas, pages of them, and the
/// answers that carry them.
extension Contract {
  private static let page = "Page"
  private static let nextCursor: JSONValue = .object([
    ("type", .array([.string("string"), .string("null")])),
    ("description", .string("`cursor` of what follows; null at the end.")),
  ])

  // MARK: Schemas

  func composedSchemas() throws -> [String] {
    for name in names("schemas") where shapes[name] != nil {
      throw Malformed(file: "schemas", line: "\(name) is said twice")
    }
    return ids() + Shapes.components.map { ($0.name, schema(of: $0)) }.flatMap(Self.schema)
      + pages().map { ($0, pageSchema($0)) }.flatMap(Self.schema)
  }

  private static func schema(_ name: String, _ schema: JSONValue) -> [String] {
    ContractYAML.member(name, schema, indent: 4, levels: 2)
  }

  private func ids() -> [String] {
    Shapes.ids.flatMap { noun in
      ContractYAML.member(
        Schema.idName(of: noun),
        .object([
          ("type", .string("string")), ("pattern", .string(Schema.idPattern(of: noun))),
          ("description", .string("A TypeID that begins with `\(noun.prefix)_`.")),
          ("examples", .array([.string(Schema.idExample(of: noun))])),
        ]), indent: 4, levels: 0)
    }
  }

  /// A shape; what changes answer also says what a dry run of them would have done.
  private func schema(of shape: Component) -> JSONValue {
    takesDryRun(shape.name) ? Self.tried(shape.schema) : shape.schema
  }

  private func takesDryRun(_ answer: String) -> Bool {
    let names =
      [answer, answer + "OrApproval", answer + "OrChange", answer + "OrCodeSent"]
      + (answer == "Approval" ? Self.orApproval : [])
    return names.flatMap { answers[$0] ?? [] }.contains {
      $0.endpoint.takesDryRun && !$0.hasTried
    }
  }

  private static let orApproval = [
    "AccountChangeOrApproval", "OperationOrApproval", "RequestOrApproval",
  ]

  private static func tried(_ schema: JSONValue) -> JSONValue {
    guard case .object(let keywords) = schema else { return schema }
    return .object(
      keywords.map { name, value in
        guard name == "properties", case .object(let members) = value else { return (name, value) }
        let more: [(name: String, value: JSONValue)] = [
          (
            "dry_run",
            .object([
              ("type", .string("boolean")),
              ("description", .string("true: this was a dry run.")),
            ])
          ), ("effects", Schema.reference("Effects", example: .null).json),
        ]
        return (name, .object(members + more))
      })
  }

  /// Pages some endpoint answers with and no file describes.
  private func pages() -> [String] {
    let known = Set(names("schemas"))
    return answers.keys.filter { $0.hasSuffix(Self.page) && !known.contains($0) }.sorted()
  }

  private func pageSchema(_ name: String) -> JSONValue {
    let item = Schema.reference(String(name.dropLast(Self.page.count)), example: .null)
    let schema: JSONValue = .object([
      ("type", .string("object")),
      (
        "properties",
        .object([
          ("data", .object([("type", .string("array")), ("items", item.json)])),
          ("next_cursor", Self.nextCursor), ("has_more", .object([("type", .string("boolean"))])),
        ])
      ),
      ("required", .array(["data", "next_cursor", "has_more"].map(JSONValue.string))),
      ("additionalProperties", .bool(false)),
    ])
    return takesDryRun(name) ? Self.tried(schema) : schema
  }

  // MARK: Answers

  func composedResponses() throws -> [String] {
    let known = Set(names("responses"))
    return try answers.keys.filter { !known.contains($0) }.sorted().flatMap { name in
      let response = try response(name)
      let links = links(name)
      guard let given = answers[name], !links.isEmpty, given.contains(where: isAlone) else {
        return response + links
      }
      // The same for those from which the links lead nowhere.
      let alone = ["    \(name)\(Self.alone):"] + response.dropFirst()
      return given.allSatisfy(isAlone) ? alone : response + links + alone
    }
  }

  /// The ending of the name of an answer without its links.
  private static let alone = "Alone"

  /// Whether an answer's links lead nowhere.
  ///
  /// Whoever gets it may not follow them, or it is of a dry run, which has made nothing.
  private func isAlone(_ answer: Answer) -> Bool {
    switch answer.endpoint.audience {
    case .person, .ownHand, .told: return true
    case .anyone, .anyCaller, .permission: break
    }
    // It has made something where it answers with the same otherwise.
    return answer.status == "200" && answer.endpoint.takesDryRun
      && answers.values.contains { given in
        let statuses = Set(given.filter { $0.endpoint.id == answer.endpoint.id }.map(\.status))
        return statuses.contains("200") && statuses.count > 1
      }
  }

  /// A line of an endpoint that refers to an answer, by the answer's name without links where they
  /// lead nowhere.
  func withoutStrayLinks(_ line: String, of endpoint: Endpoint) -> String {
    guard let found = line.firstMatch(of: /'(2..)': \{\$ref: '#\/components\/responses\/(\w+)'/),
      let answer = answers[String(found.output.2)]?.first(where: {
        $0.endpoint.id == endpoint.id && $0.status == found.output.1
      }), isAlone(answer), !links(String(found.output.2)).isEmpty
    else { return line }
    let name = found.output.2
    return line.replacing("responses/\(name)'", with: "responses/\(name)\(Self.alone)'")
  }

  private func response(_ name: String) throws -> [String] {
    let isPage = name.hasSuffix(Self.page)
    let item = isPage ? String(name.dropLast(Self.page.count)) : name
    guard let shape = shapes[item] else { throw Malformed(file: "responses", line: name) }
    let given = answers[name] ?? []
    let isResource = !isPage && shape.example["id"] != nil
    var headers = ["X-Request-Id": "XRequestId", "RateLimit": "RateLimit"]
    headers["RateLimit-Policy"] = "RateLimitPolicy"
    if isResource || given.contains(where: { $0.isConditional && !$0.hasTried }) {
      headers["ETag"] = "ETag"
    }
    if isResource || given.contains(where: { ["201", "202"].contains($0.status) }) {
      headers["Location"] = "Location"
    }
    if given.contains(where: \.endpoint.needsIdempotencyKey) {
      headers["Idempotency-Replayed"] = "Replayed"
    }
    let example: JSONValue =
      isPage
      ? .object([
        ("data", .array([shape.example])), ("next_cursor", .null), ("has_more", .bool(false)),
      ]) : shape.example
    var content: [(name: String, value: JSONValue)] = [
      (
        "application/json",
        .object([("schema", Schema.reference(name, example: .null).json), ("example", example)])
      )
    ]
    if isPage && given.contains(where: { $0.endpoint.parameters.contains("limit") }) {
      content.append(
        (
          "application/x-ndjson",
          .object([
            (
              "schema",
              .object([
                ("type", .string("string")),
                ("description", .string("One item a line, all pages.")),
              ])
            )
          ])
        ))
    }
    let references = headers.sorted { $0.key < $1.key }.map { header, component in
      (
        name: header,
        value: JSONValue.object([("$ref", .string("#/components/headers/\(component)"))])
      )
    }
    return ContractYAML.member(
      name,
      .object([
        ("description", .string(isPage ? "A page." : shape.help ?? name)),
        ("headers", .object(references)), ("content", .object(content)),
      ]), indent: 4, levels: 1)
  }

  /// What the files say can be done with an answer.
  private func links(_ name: String) -> [String] {
    for noun in nouns {
      for block in Self.blocks(noun["links"], indent: 2) where block.name == name {
        return ["      links:"] + block.lines.dropFirst().map { "    " + $0 }
      }
    }
    return []
  }
}
