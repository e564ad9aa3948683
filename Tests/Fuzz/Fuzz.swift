// Feeds libFuzzer's inputs to the parsers that read what strangers send. The first byte chooses.
// Built by Deploy/checks/fuzz from the sources themselves, outside the package.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let input = UnsafeRawBufferPointer(start: data + 1, count: count - 1)
  switch data[0] % 3 {
  case 0: fuzzJSON(Array(input))
  case 1: fuzzFilter(String(decoding: input, as: UTF8.self))
  default: fuzzHTTP(input)
  }
  return 0
}

/// Whatever is accepted must come out the same when it is written and read again.
private func fuzzJSON(_ bytes: [UInt8]) {
  guard let value = try? JSONValue(parsing: bytes) else { return }
  var writer = JSONWriter()
  writer.value(value)
  guard let again = try? JSONValue(parsing: writer.bytes), again == value else {
    fatalError("a document changed by being written")
  }
}

private func fuzzFilter(_ text: String) { _ = try? Filter(parsing: text) }

/// A request must be judged the same however it is cut into pieces.
private func fuzzHTTP(_ input: UnsafeRawBufferPointer) {
  let whole = judge(input, step: input.count)
  let pieces = judge(input, step: 1)
  if whole != pieces { fatalError("cut into pieces it is another request") }
}

private func judge(_ input: UnsafeRawBufferPointer, step: Int) -> String {
  var parser = RequestParser()
  let request = HTTPRequest()
  var available = 0
  while available < input.count {
    available = min(input.count, available + max(1, step))
    switch parser.parse(UnsafeRawBufferPointer(rebasing: input[..<available]), into: request) {
    case .incomplete: continue
    case .refused: return "refused"
    case .complete(let count):
      request.head.append(contentsOf: input[..<count])
      return body(input, from: count, parser, step: step)
        + " \(request.method) \(request.path) \(request.query) \(request.header("host") ?? "")"
    }
  }
  return "incomplete"
}

private func body(
  _ input: UnsafeRawBufferPointer, from start: Int, _ parser: RequestParser, step: Int
) -> String {
  var decoder = BodyDecoder(parser.framing, bytesMax: 100_000)
  var output: [UInt8] = []
  var used = start
  var available = start
  do {
    repeat {
      available = min(input.count, available + max(1, step))
      used += try decoder.decode(
        UnsafeRawBufferPointer(rebasing: input[used..<available]), into: &output)
    } while !decoder.isDone && available < input.count
  } catch {
    return "body refused"
  }
  return "\(decoder.isDone) \(output.count)"
}
