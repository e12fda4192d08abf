import HTTP

/// The body of a request as it comes off the wire. Pure.
struct BodyIntake {
    private enum Rest {
        case length(Int)
        case chunked(ChunkedReader)
    }

    private var rest: Rest
    private let limit: Int
    private var count = 0

    /// Nil where no body follows.
    init?(_ framing: RequestHead.Framing, limit: Int) {
        switch framing {
        case .none: return nil
        case .length(let length): rest = .length(length)
        case .chunked: rest = .chunked(ChunkedReader())
        }
        self.limit = limit
    }

    /// Whether a length that was announced is over the limit already.
    var isTooLong: Bool {
        if case .length(let length) = rest { length > limit } else { false }
    }

    var isDone: Bool {
        switch rest {
        case .length(let left): left == 0
        case .chunked(let reader): reader.isDone
        }
    }

    /// Takes what belongs to the body from the beginning of what came.
    ///
    /// - Returns: its content.
    /// - Throws: `Problem` for what is malformed or too long.
    mutating func take(from bytes: inout [UInt8]) throws(Problem) -> [UInt8] {
        var content: [UInt8] = []
        switch rest {
        case .length(let left) where left >= bytes.count:
            rest = .length(left - bytes.count)
            swap(&content, &bytes)
        case .length(let left):
            content = Array(bytes[..<left])
            bytes.removeFirst(left)
            rest = .length(0)
        case .chunked(var reader):
            let count = try reader.read(bytes[...], to: &content)
            rest = .chunked(reader)
            if count == bytes.count { bytes = [] } else { bytes.removeFirst(count) }
        }
        count += content.count
        guard count <= limit else { throw .tooLarge(limit: limit) }
        return content
    }
}
