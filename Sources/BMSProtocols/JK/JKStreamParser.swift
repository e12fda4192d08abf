/// Finds the answer to the pending request in a stream of bytes: skips echoes, garbage and other answers, keeps nothing
/// longer than one frame.
///
/// Every `4E 57` that could begin a frame is followed to its end beside the others, so that one inside garbage cannot
/// swallow the frame behind it; the first that ends with a fitting sum counts (S31). Of those, only the answer to the
/// pending request is handed out, the others are counted (S32).
///
/// Time is linear in the bytes: a frame's head takes four, so at most a hundred candidates share a byte.
package struct JKStreamParser: Sendable {
    /// Counts since the parser was made.
    package private(set) var counters = StreamCounters()

    /// The request whose answer is awaited; nil hands out every answer.
    package private(set) var pending: JKRequest?

    package init(pending: JKRequest? = nil) { self.pending = pending }

    /// Forgets what is buffered, counting it as skipped, and waits for the answer to a request.
    package mutating func expect(_ request: JKRequest) {
        counters.skippedBytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
        examined = 0
        pending = request
    }

    /// Takes bytes as they arrive; returns the answer when they complete it. Of several the first, what follows it is
    /// dropped.
    package mutating func receive(_ bytes: [UInt8]) -> JKAnswer? {
        // In pieces, so that the buffer's bound does not depend on how much arrives at once.
        var position = 0
        while position < bytes.count {
            let end = min(position + Self.piece, bytes.count)
            buffer += bytes[position..<end]
            position = end
            guard let answer = next() else { continue }
            counters.skippedBytes += bytes.count - position
            return answer
        }
        return nil
    }

    /// Bytes kept because they may be the beginning of a frame: at most one frame and one piece.
    package var held: Int { buffer.count }

    // MARK: - Private

    /// Bytes between a start and the end that its head announces, as offsets into the buffer.
    private struct Candidate {
        var start: Int
        var end: Int
    }

    private static let piece = 256
    private var buffer: [UInt8] = []
    private var candidates: [Candidate] = []
    /// Offsets below have been looked at as a beginning.
    private var examined = 0

    private mutating func next() -> JKAnswer? {
        examineHeads()
        while let candidate = nextComplete() {
            guard JKFrame.isSealed(buffer, in: candidate.start..<candidate.end) else {
                if isAwaited(at: candidate.start) { counters.checksumErrors += 1 }
                continue
            }
            let frame = Array(buffer[candidate.start..<candidate.end])
            counters.skippedBytes += candidate.start
            drop(candidate.end)
            if let answer = try? JKAnswer(frame: frame), pending?.mismatch(with: answer) == nil { return answer }
            // A frame is spent even when nobody waits for it: what lies inside it is its content, not a frame.
            counters.discardedFrames += 1
            counters.skippedBytes += frame.count
        }
        let keep = candidates.map(\.start).min() ?? examined
        counters.skippedBytes += keep
        drop(keep)
        return nil
    }

    /// Notes every new offset at which a frame could begin.
    private mutating func examineHeads() {
        while examined < buffer.count {
            guard buffer[examined] == JKFrame.start[0] else {
                examined += 1
                continue
            }
            // The rest of its head may not be here yet.
            guard examined + 4 <= buffer.count else { return }
            if buffer[examined + 1] == JKFrame.start[1],
                let length = JKFrame.length(buffer[examined + 2], buffer[examined + 3])
            {
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
        guard buffer.byte(at: start + 10) == JKFrame.Kind.reply.rawValue else { return false }
        return pending.map { $0.command.rawValue == buffer.byte(at: start + 8) } ?? true
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
