/// How the frames of a family look in a stream of bytes, and which of them answers a request.
package protocol FrameFormat: Sendable {
    associatedtype Request: Sendable

    /// How long a frame is that begins at an offset, as far as the bytes behind it tell. Bounded: a head in garbage must not
    /// make the search wait for ever.
    static func length(of buffer: [UInt8], at start: Int) -> FrameLength

    /// Whether what is at the end of a frame fits the rest of it.
    static func holds(_ buffer: [UInt8], in range: Range<Int>) -> Bool

    /// Whether a whole, good frame answers a request, or refuses it (S32).
    static func isAnswer(_ frame: [UInt8], to request: Request) -> Bool

    /// Whether the head at an offset is that of an answer to a request, or of its refusal: only such a one counts as
    /// damaged when its end does not fit.
    static func mayBegin(_ buffer: [UInt8], at start: Int, answerTo request: Request) -> Bool
}

/// How long a frame is, as far as its first bytes tell.
package enum FrameLength: Sendable, Hashable {
    /// No frame begins so.
    case none
    /// More bytes are needed to tell.
    case undecided
    case bytes(Int)
}

/// What a search of a stream counted since it was made.
package struct StreamCounters: Sendable, Hashable {
    /// Bytes that belong to no accepted frame.
    package var skippedBytes = 0
    /// Frames that begin like the pending answer, or a refusal of it, and fail the checksum.
    package var checksumErrors = 0
    /// Good frames that answer something else.
    package var discardedFrames = 0

    package init() {}
}

/// Finds answers in a stream of bytes: skips text and garbage, keeps nothing longer than one frame.
///
/// Every offset at which an answer could begin is followed to its end beside the others, so that one inside garbage cannot
/// swallow the frame behind it; the first that ends with a fitting checksum counts (S31). Of those, only an answer to the
/// pending request is handed out, the others are counted (S32).
package struct FrameFinder<Format: FrameFormat>: Sendable {
    package private(set) var counters = StreamCounters()

    /// The request whose answer is awaited; nil hands out every answer.
    package var pending: Format.Request?

    package init(pending: Format.Request? = nil) { self.pending = pending }

    /// Takes bytes as they arrive and returns the frames that they complete, checksums checked.
    package mutating func receive(_ bytes: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        // In pieces, so that the buffer's bound does not depend on how much arrives at once.
        var position = 0
        while position < bytes.count {
            let end = min(position + piece, bytes.count)
            buffer += bytes[position..<end]
            position = end
            collect(into: &frames)
        }
        return frames
    }

    /// Bytes kept because they may be the beginning of a frame: at most one frame and one piece.
    package var held: Int { buffer.count }

    /// Forgets what is buffered, counting it as skipped.
    package mutating func reset() {
        counters.skippedBytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
        examined = 0
    }

    // MARK: - Private

    /// Bytes between a beginning and the end that its head announces, as offsets into the buffer.
    private struct Candidate {
        var start: Int
        var end: Int
    }

    private let piece = 256
    private var buffer: [UInt8] = []
    /// Candidates whose end has not been reached.
    private var candidates: [Candidate] = []
    /// Offsets below have been looked at as a beginning.
    private var examined = 0

    private mutating func collect(into frames: inout [[UInt8]]) {
        examineHeads()
        while let candidate = nextComplete() {
            let range = candidate.start..<candidate.end
            guard Format.holds(buffer, in: range) else {
                if isAwaited(at: candidate.start) { counters.checksumErrors += 1 }
                continue
            }
            let frame = Array(buffer[range])
            let isAnswer = pending.map { Format.isAnswer(frame, to: $0) } ?? true
            if isAnswer { frames.append(frame) } else { counters.discardedFrames += 1 }
            // A frame is spent even when nobody waits for it: what lies inside it is its content, not a frame.
            counters.skippedBytes += candidate.start + (isAnswer ? 0 : frame.count)
            drop(candidate.end)
        }
        let keep = candidates.map(\.start).min() ?? examined
        counters.skippedBytes += keep
        drop(keep)
    }

    /// Notes every new offset at which an answer could begin.
    private mutating func examineHeads() {
        while examined < buffer.count {
            switch Format.length(of: buffer, at: examined) {
            case .none: break
            case .undecided: return
            case .bytes(let length): candidates.append(Candidate(start: examined, end: examined + max(1, length)))
            }
            examined += 1
        }
    }

    /// Takes out the complete candidate that ends first; of those that end together the one that begins first.
    private mutating func nextComplete() -> Candidate? {
        var best: Int?
        for (index, candidate) in candidates.enumerated() where candidate.end <= buffer.count {
            if let best, candidates[best].end <= candidate.end { continue }
            best = index
        }
        return best.map { candidates.remove(at: $0) }
    }

    private func isAwaited(at start: Int) -> Bool {
        pending.map { Format.mayBegin(buffer, at: start, answerTo: $0) } ?? true
    }

    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        buffer.removeFirst(min(count, buffer.count))
        examined = max(0, examined - count)
        candidates.removeAll { $0.start < count }
        for index in candidates.indices {
            candidates[index].start -= count
            candidates[index].end -= count
        }
    }
}
