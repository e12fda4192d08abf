@testable import HTTP
@testable import WebServer

/// Bodies in chunks: portions do not matter, a second reader finds the same, and what is written is read.
enum ChunkedBodyFuzz {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let portion = 1 + Int(input.byte())
        let limit = Int(input.word())
        let stream = input.rest()
        let whole = read(stream, portion: max(1, stream.count))
        let divided = read(stream, portion: portion)
        require(divided == whole, "portions of \(portion) make \(divided) of \(whole)")
        let plain = PlainChunks.content(of: stream)
        require(
            whole.isDone ? plain?.content == whole.content && plain?.length == whole.taken : plain == nil,
            "\(whole) is read by hand as \(String(describing: plain))")
        checkLimit(stream, limit: limit, portion: portion, whole)
        var written: [UInt8] = []
        for start in stride(from: 0, to: stream.count, by: portion) {
            written += ResponseText.chunk(Array(stream[start..<min(start + portion, stream.count)]))
        }
        let again = read(written + ResponseText.chunk([]), portion: portion)
        require(again.isDone && again.content == stream, "what is written in chunks is not read")
    }

    // MARK: - Private

    private struct Result: Hashable {
        var content: [UInt8] = []
        var taken = 0
        var isDone = false
        var isRefused = false
    }

    private static func read(_ stream: [UInt8], portion: Int) -> Result {
        var reader = ChunkedReader()
        var result = Result()
        for start in stride(from: 0, to: stream.count, by: portion) where !reader.isDone {
            let piece = stream[start..<min(start + portion, stream.count)]
            do throws(Problem) {
                result.taken += try reader.read(piece, to: &result.content)
            } catch {
                result.isRefused = true
                // How much of the last piece was looked at is nobody's business.
                result.taken = 0
                break
            }
        }
        result.isDone = reader.isDone
        return result
    }

    /// The intake of a connection never gives more than its limit, and leaves what belongs to the next request.
    private static func checkLimit(_ stream: [UInt8], limit: Int, portion: Int, _ whole: Result) {
        guard var intake = BodyIntake(.chunked, limit: limit) else { return }
        var content: [UInt8] = []
        var waiting: [UInt8] = []
        var isRefused = false
        for start in stride(from: 0, to: stream.count, by: portion) {
            waiting += stream[start..<min(start + portion, stream.count)]
            guard !intake.isDone, !isRefused else { continue }
            do throws(Problem) { content += try intake.take(from: &waiting) } catch { isRefused = true }
        }
        require(content.count <= limit, "S78: \(content.count) bytes of a body pass a limit of \(limit)")
        if whole.isDone, whole.content.count <= limit {
            require(!isRefused && content == whole.content, "a good body of \(content.count) bytes is refused")
            require(waiting == Array(stream[whole.taken...]), "the next request lost bytes")
        } else {
            require(!intake.isDone || isRefused, "a bad body is taken")
        }
    }
}

/// A second reader of bodies in chunks, of the whole at once, after RFC 9112, 7.1; with the bounds that ours has.
private enum PlainChunks {
    static func content(of bytes: [UInt8]) -> (content: [UInt8], length: Int)? {
        var content: [UInt8] = []
        var rest = bytes[...]
        var extra = 0
        while let line = line(&rest) {
            let digits = line.prefix { $0 != UInt8(ascii: ";") }
            extra += max(0, line.count - digits.count - 1)
            guard (1...12).contains(digits.count), extra <= 4096,
                let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), digits.first != UInt8(ascii: "+"),
                digits.first != UInt8(ascii: "-")
            else { return nil }
            guard size > 0 else { return trailer(&rest, extra: extra) ? (content, rest.startIndex) : nil }
            guard rest.count >= size + 2 else { return nil }
            content += rest.prefix(size)
            rest = rest.dropFirst(size)
            guard rest.starts(with: [13, 10]) else { return nil }
            rest = rest.dropFirst(2)
        }
        return nil
    }

    private static func trailer(_ rest: inout ArraySlice<UInt8>, extra: Int) -> Bool {
        var extra = extra
        while let line = line(&rest) {
            if line.isEmpty { return true }
            extra += line.count
            guard extra <= 4096 else { return false }
        }
        return false
    }

    /// A line without its end; no CR and no LF stands alone.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(where: { $0 == 13 || $0 == 10 }), rest[end] == 13, end + 1 < rest.endIndex,
            rest[end + 1] == 10
        else { return nil }
        defer { rest = rest[(end + 2)...] }
        return rest[..<end]
    }
}
