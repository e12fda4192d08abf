/// The sending side of a UART: transmissions queue up and leave one byte after the other at the line's speed.
///
/// An answer interrupts broadcast text at the byte it has reached; the rest of the text follows the answer.
struct UARTLine: Sendable {
    /// How bytes are handed to the link.
    private let isPaced: Bool
    /// Time of one byte: ten bits.
    private let byteTime: Duration
    /// Bytes that a paced line hands over at once, as a UART's FIFO does.
    private static let chunk = 16

    private struct Segment: Sendable {
        var start: Duration
        var bytes: [UInt8]
        var sent = 0
        var isText: Bool
    }

    private var queue: [Segment] = []

    /// Creates an idle line.
    ///
    /// - Parameters:
    ///   - baudRate: bit/s, 1...10 000 000; others are taken as the nearest of these.
    ///   - isPaced: whether bytes leave in small pieces as on a real line, or each transmission as a whole when its last
    ///     byte is out.
    init(baudRate: Int, isPaced: Bool) {
        byteTime = .nanoseconds(10_000_000_000 / Int64(min(max(baudRate, 1), 10_000_000)))
        self.isPaced = isPaced
    }

    /// Queues a transmission.
    mutating func send(_ transmission: Transmission, at now: Duration) {
        guard !transmission.bytes.isEmpty else { return }
        var start = now + transmission.delay
        var suspended: Segment?
        if !transmission.isText, let last = queue.last, last.isText, end(of: last) > start {
            let gone = max(
                last.sent, min(last.bytes.count, Int(saturating: ((start - last.start) / byteTime).rounded(.down))))
            if gone > 0 {
                queue[queue.count - 1].bytes = Array(last.bytes[..<gone])
            } else {
                queue.removeLast()
            }
            suspended = Segment(start: start, bytes: Array(last.bytes[gone...]), isText: true)
        }
        if let last = queue.last { start = max(start, end(of: last)) }
        let segment = Segment(start: start, bytes: transmission.bytes, isText: transmission.isText)
        queue.append(segment)
        guard var suspended, !suspended.bytes.isEmpty else { return }
        suspended.start = end(of: segment)
        queue.append(suspended)
    }

    /// Takes the bytes that have left by a moment.
    mutating func take(until now: Duration) -> [UInt8] {
        var out: [UInt8] = []
        while let first = queue.first {
            if end(of: first) <= now {
                out += first.bytes[first.sent...]
                queue.removeFirst()
                continue
            }
            guard isPaced, now > first.start else { break }
            let gone = min(first.bytes.count, Int(saturating: ((now - first.start) / byteTime).rounded(.down)))
            if gone > first.sent {
                out += first.bytes[first.sent..<gone]
                queue[0].sent = gone
            }
            break
        }
        return out
    }

    /// The moment at which more bytes will have left; nil for an idle line.
    var nextDeparture: Duration? {
        guard let first = queue.first else { return nil }
        guard isPaced else { return end(of: first) }
        return min(end(of: first), first.start + byteTime * (first.sent + Self.chunk))
    }

    /// Forgets everything that has not left.
    mutating func clear() { queue.removeAll() }

    private func end(of segment: Segment) -> Duration { segment.start + byteTime * segment.bytes.count }
}
