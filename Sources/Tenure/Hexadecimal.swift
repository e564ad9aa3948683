/// Bytes as hexadecimal digits, in lower case when written.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// nil for an odd number of digits, or a foreign one.
  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let values = text.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard values.count == text.count, values.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: values.count, by: 2).map {
      UInt8(values[$0] << 4 | values[$0 + 1])
    }
  }
}
