/// Finds answers in a stream of bytes: skips broadcast text and garbage, keeps nothing longer than one frame.
///
/// Every 0xAA that could begin an answer is followed to its end beside the others, so that one inside garbage cannot
/// swallow the frame behind it; the first that ends with a fitting checksum counts (S31). Of those, only an answer to the
/// pending request is handed out, the others are counted (S32).
///
/// Time is linear in the bytes: a byte belongs to at most 86 candidates, which need three bytes of head each.
package struct TinyBMSStreamParser: Sendable {
    /// Counts since the parser was made.
    package struct Counters: Sendable, Hashable {
        /// Bytes that belong to no accepted frame.
        package var skippedBytes = 0
        /// Frames that begin like the pending answer, or a refusal of it, and fail the checksum.
        package var checksumErrors = 0
        /// Good frames that answer something else.
        package var discardedFrames = 0

        package init() {}
    }

    package private(set) var counters = Counters()

    /// The request whose answer is awaited; nil hands out every answer.
    package var pending: TinyBMSRequest?

    package init(pending: TinyBMSRequest? = nil) { self.pending = pending }

    /// Takes bytes as they arrive and returns the frames that they complete, checksums checked.
    package mutating func receive(_ bytes: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        // In pieces, so that the buffer's bound does not depend on how much arrives at once.
        var position = 0
        while position < bytes.count {
            let end = min(position + Self.piece, bytes.count)
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

    /// Bytes between a 0xAA and the end that its head announces, as offsets into the buffer.
    private struct Candidate {
        var start: Int
        var end: Int
    }

    private static let piece = 256
    private var buffer: [UInt8] = []
    /// Candidates whose end has not been reached.
    private var candidates: [Candidate] = []
    /// Offsets below have been looked at as a beginning.
    private var examined = 0

    private mutating func collect(into frames: inout [[UInt8]]) {
        examineHeads()
        while let candidate = nextComplete() {
            let range = candidate.start..<candidate.end
            guard CRC16.holds(buffer, in: range) else {
                if isAwaited(at: candidate.start) { counters.checksumErrors += 1 }
                continue
            }
            let frame = Array(buffer[range])
            let isAnswer = pending?.isAnswered(by: frame) ?? true
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
            guard buffer[examined] == TinyBMSFrame.start else {
                examined += 1
                continue
            }
            // Its length is told by two more bytes, which may not be here yet.
            guard examined + TinyBMSFrame.headLength <= buffer.count else { return }
            if let length = TinyBMSFrame.answerLength(buffer[examined + 1], buffer[examined + 2]) {
                candidates.append(Candidate(start: examined, end: examined + length))
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

    /// Whether the candidate's head is that of the pending answer.
    private func isAwaited(at start: Int) -> Bool {
        guard let pending else { return true }
        let second = buffer.byte(at: start + 1)
        let third = buffer.byte(at: start + 2)
        if second <= 1 { return third == pending.command.rawValue }
        guard second == pending.command.rawValue, !pending.isAcknowledged else { return false }
        return pending.answerLength.map { $0 == TinyBMSFrame.answerLength(second, third) } ?? true
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
