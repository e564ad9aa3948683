/// A statement whose values are bound, never spliced in: every interpolation becomes `$n`.
///
///     let sql: SQL = "SELECT name FROM tenure.tenants WHERE tenant_id = \(tenant)"
///
/// It is kept in the pieces that the program has of it: its text is needed only once on each
/// connection, where it is prepared. Afterwards `identity` names it.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
  private enum Piece: Sendable {
    case constant(StaticString)
    case value
    #if DEBUG
      /// What a test has made of a statement.
      case rewritten(String)
    #endif
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
      case .constant(let constant): text += "\(constant)"
      case .value:
        values += 1
        text += "$\(values)"
      #if DEBUG
        case .rewritten(let whole): text += whole
      #endif
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

  #if DEBUG
    func rewritten(_ rewrite: (String) -> String) -> SQL {
      var copy = self
      copy.pieces = [.rewritten(rewrite(text))]
      copy.identity = nil
      return copy
    }
  #endif

  package init(stringLiteral value: StaticString) { add(value) }

  package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.statement }

  private init() {}

  private mutating func add(_ constant: StaticString) {
    if constant.utf8CodeUnitCount == 0 { return }
    pieces.append(.constant(constant))
    // A constant has its place in the program, and there is only one such text of that length there;
    // a single character may have none.
    mix(
      constant.hasPointerRepresentation
        ? UInt64(UInt(bitPattern: constant.utf8Start)) : UInt64(constant.unicodeScalar.value))
    mix(UInt64(constant.utf8CodeUnitCount))
  }

  /// Mixes a number into the identity (FNV-1a's step, over 64 bits at once).
  private mutating func mix(_ word: UInt64) {
    if let identity {
      let mixed = (identity ^ word) &* 0x0000_0100_0000_01B3
      // Multiplication carries low bits upwards only: the high ones are folded back.
      self.identity = mixed ^ (mixed >> 29)
    }
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var statement = SQL()

    package init(literalCapacity: Int, interpolationCount: Int) {
      statement.pieces.reserveCapacity(interpolationCount * 2 + 1)
      statement.parameters.reserve(interpolationCount)
    }

    package mutating func appendLiteral(_ literal: StaticString) { statement.add(literal) }

    package mutating func appendInterpolation<Bound: SQLBindable>(_ value: Bound) {
      statement.parameters.append(value)
      statement.pieces.append(.value)
      statement.mix(UInt64(Bound.oid))
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
