/// Takes a body in chunks apart (RFC 9112, 7.1), as its bytes come.
package struct ChunkedReader: Sendable {
    private enum State: Sendable {
        case size(UInt64, digits: Int)
        case tail
        case sizeEnd
        case data(Int)
        case dataEnd
        case dataFeed
        case trailer(isEmpty: Bool)
        case trailerFeed(isEmpty: Bool)
        case done
    }

    private var state = State.size(0, digits: 0)
    /// Bytes of extensions and trailers, which nobody reads but somebody may send without end.
    private var extra = 0

    package init() {}

    /// Whether the last chunk and what follows it were read.
    package var isDone: Bool {
        if case .done = state { true } else { false }
    }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - bytes: what came; what belongs to the body is taken from its beginning.
    ///   - out: receives the content.
    /// - Returns: how many bytes were taken.
    /// - Throws: `Problem` for what is no chunk.
    package mutating func read(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) throws(Problem) -> Int {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if case .data(let left) = state {
                let end = min(bytes.endIndex, index + left)
                out += bytes[index..<end]
                state = end - index == left ? .dataEnd : .data(left - (end - index))
                index = end
                continue
            }
            if case .done = state { break }
            try step(bytes[index])
            index += 1
        }
        return index - bytes.startIndex
    }

    private mutating func step(_ byte: UInt8) throws(Problem) {
        switch (state, byte) {
        case (.size(_, let digits), 13) where digits > 0: state = .sizeEnd
        case (.size(_, let digits), UInt8(ascii: ";")) where digits > 0: state = .tail
        case (.size(let size, let digits), _):
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digits < 12 else { throw Self.bad }
            state = .size(size << 4 | UInt64(digit), digits: digits + 1)
            chunk = Int(size << 4 | UInt64(digit))
        case (.tail, 13): state = .sizeEnd
        case (.tail, _):
            guard byte != 10 else { throw Self.bad }
            try countExtra()
        case (.sizeEnd, 10): state = chunk == 0 ? .trailer(isEmpty: true) : .data(chunk)
        case (.dataEnd, 13): state = .dataFeed
        case (.dataFeed, 10): state = .size(0, digits: 0)
        case (.trailer(let isEmpty), 13): state = .trailerFeed(isEmpty: isEmpty)
        case (.trailer, _):
            guard byte != 10 else { throw Self.bad }
            try countExtra()
            state = .trailer(isEmpty: false)
        case (.trailerFeed(let isEmpty), 10): state = isEmpty ? .done : .trailer(isEmpty: true)
        default: throw Self.bad
        }
    }

    private var chunk = 0

    private mutating func countExtra() throws(Problem) {
        extra += 1
        guard extra <= 4096 else { throw Self.bad }
    }

    private static let bad = Problem.badRequest("the body is not in chunks as it says")
}
