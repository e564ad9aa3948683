/// Punycode (RFC 3492): writes a label in any script as ASCII, without the `xn--` in front.
enum Punycode {
  /// RFC 3492 section 6.3; nil for a label that is far too long.
  static func encode(_ label: String) -> String? {
    let scalars = label.unicodeScalars.map(\.value)
    var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
    let basicCount = output.count
    if basicCount > 0 { output.append(0x2D) }
    var (n, delta, bias, handled): (UInt32, UInt32, UInt32, Int) = (128, 0, 72, basicCount)
    // A label of more than 63 octets is no label; this bound only keeps the loops below short.
    if scalars.count > 1_000 { return nil }
    while handled < scalars.count {
      guard let next = scalars.filter({ $0 >= n }).min() else { return nil }
      delta += (next - n) * UInt32(handled + 1)
      n = next
      for scalar in scalars {
        if scalar < n { delta += 1 }
        guard scalar == n else { continue }
        var q = delta
        var k: UInt32 = 36
        while true {
          let t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias
          if q < t { break }
          output.append(digit(t + (q - t) % (36 - t)))
          q = (q - t) / (36 - t)
          k += 36
        }
        output.append(digit(q))
        bias = adapt(delta, handled + 1, isFirst: handled == basicCount)
        delta = 0
        handled += 1
      }
      delta += 1
      n += 1
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func digit(_ value: UInt32) -> UInt8 {
    value < 26 ? UInt8(0x61 + value) : UInt8(0x30 + value - 26)
  }

  private static func adapt(_ delta: UInt32, _ count: Int, isFirst: Bool) -> UInt32 {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / UInt32(count)
    var k: UInt32 = 0
    while delta > 455 {
      delta /= 35
      k += 36
    }
    return k + 36 * delta / (delta + 38)
  }

  /// RFC 3492 section 6.2; nil for text that is no encoding of a label.
  static func decode(_ text: Substring) -> String? {
    let bytes = Array(text.utf8)
    if bytes.count > 1_000 { return nil }
    var output: [UInt32] = []
    var start = 0
    if let delimiter = bytes.lastIndex(of: 0x2D) {
      output = bytes[..<delimiter].map(UInt32.init)
      start = delimiter + 1
    }
    var (n, i, bias): (UInt32, UInt32, UInt32) = (128, 0, 72)
    while start < bytes.count {
      let before = i
      var (weight, k): (UInt32, UInt32) = (1, 36)
      while true {
        guard start < bytes.count, let digit = value(of: bytes[start]) else { return nil }
        start += 1
        let (product, overflows) = digit.multipliedReportingOverflow(by: weight)
        let (sum, carries) = i.addingReportingOverflow(product)
        if overflows || carries { return nil }
        i = sum
        let t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias
        if digit < t { break }
        let (next, isTooBig) = weight.multipliedReportingOverflow(by: 36 - t)
        if isTooBig { return nil }
        weight = next
        k += 36
      }
      let count = UInt32(output.count + 1)
      bias = adapt(i - before, Int(count), isFirst: before == 0)
      let (sum, carries) = n.addingReportingOverflow(i / count)
      if carries { return nil }
      n = sum
      i %= count
      output.insert(n, at: Int(i))
      i += 1
    }
    var scalars = String.UnicodeScalarView()
    for value in output {
      guard let scalar = Unicode.Scalar(value) else { return nil }
      scalars.append(scalar)
    }
    return String(scalars)
  }

  private static func value(of byte: UInt8) -> UInt32? {
    switch byte {
    case 0x61...0x7A: UInt32(byte - 0x61)
    case 0x41...0x5A: UInt32(byte - 0x41)
    case 0x30...0x39: UInt32(byte - 0x30) + 26
    default: nil
    }
  }
}
