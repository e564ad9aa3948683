/// A statement whose values are bound, never spliced in: every interpolation becomes `$n`.
///
///     let sql: SQL = "SELECT name FROM tenure.tenants WHERE tenant_id = \(tenant)"
///
/// It is kept in the pieces that the program has of it: its text is needed only once on each
/// connection, where it is prepared. Afterwards `identity` names it.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
  private enum Piece: Sendable {
    case literal(String)
    case fragment(StaticString)
    case value
  }

  private var pieces: [Piece] = []
  private(set) var parameters = SQLParameters()
  /// Names a text that connections keep prepared.
  ///
  /// Nil for one that is composed at run time: there are too many of them to keep.
  private(set) var identity: UInt64? = 0

  /// What PostgreSQL is sent, with `$n` for the values.
  package var text: String {
    var text = ""
    var values = 0
    for piece in pieces {
      switch piece {
      case .literal(let literal): text += literal
      case .fragment(let fragment): text += "\(fragment)"
      case .value:
        values += 1
        text += "$\(values)"
      }
    }
    return text
  }

  /// Appends text of the program with its values, to compose a statement at run time.
  package mutating func append(_ more: SQL) {
    pieces += more.pieces
    parameters.append(more.parameters)
    identity = nil
  }

  /// The statement with a constant text at its end, which can still be prepared.
  package func adding(_ text: StaticString) -> SQL {
    var copy = self
    copy.add(text)
    return copy
  }

  func rewritten(_ rewrite: (String) -> String) -> SQL {
    var copy = self
    copy.pieces = [.literal(rewrite(text))]
    copy.identity = nil
    return copy
  }

  package init(stringLiteral value: String) { add(value) }

  package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.statement }

  private init() {}

  private mutating func add(_ literal: String) {
    if literal.isEmpty { return }
    pieces.append(.literal(literal))
    var literal = literal
    literal.withUTF8 { mix($0) }
  }

  private mutating func add(_ fragment: StaticString) {
    pieces.append(.fragment(fragment))
    fragment.withUTF8Buffer { mix($0) }
  }

  /// Mixes a constant of the program into the identity by where it lies.
  ///
  /// That is quicker than by what it says. The shortest do not lie anywhere: Swift keeps up to 15
  /// bytes in the value itself.
  private mutating func mix(_ constant: UnsafeBufferPointer<UInt8>) {
    if constant.count > 15 {
      mix(UInt64(UInt(bitPattern: constant.baseAddress)))
    } else {
      for byte in constant { mix(UInt64(byte)) }
    }
    mix(UInt64(constant.count))
  }

  /// FNV-1a's step, over 64 bits at once.
  private mutating func mix(_ word: UInt64) {
    if let identity {
      let mixed = (identity ^ word) &* 0x0000_0100_0000_01B3
      // What is multiplied moves up only; the high bits are as much part of the name.
      self.identity = mixed ^ (mixed >> 29)
    }
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var statement = SQL()

    package init(literalCapacity: Int, interpolationCount: Int) {
      statement.pieces.reserveCapacity(interpolationCount * 2 + 1)
      statement.parameters.reserve(interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { statement.add(literal) }

    package mutating func appendInterpolation(_ value: some SQLBindable) {
      statement.parameters.append(value)
      statement.pieces.append(.value)
      statement.mix(.max)
    }

    /// Binds a value that may be NULL.
    ///
    /// It has a label because the compiler warns of optionals in interpolations.
    package mutating func appendInterpolation(nullable value: (some SQLBindable)?) {
      appendInterpolation(value)
    }

    /// Inserts text that is part of the program, such as a list of columns that two statements
    /// share.
    package mutating func appendInterpolation(text fragment: StaticString) {
      statement.add(fragment)
    }
  }
}
