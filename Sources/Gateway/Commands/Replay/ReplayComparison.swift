import Links

/// How the frames of a replay compare with the recorded ones.
struct ReplayComparison: Hashable {
    /// Frames that the gateway would have sent.
    var sent = 0
    /// Frames of its kind in the recording.
    var recorded = 0
    /// Of the sent ones, those with a recorded frame of the same identifier at about the same time.
    var paired = 0
    /// Of the pairs, those with the same bytes.
    var identical = 0

    /// Farthest that the two frames of a pair may be apart: a little more than half of the longest period.
    static let reach: Int64 = 600_000

    /// Pairs each sent frame with the nearest recorded one of its identifier, each recorded one once, in order.
    init(sent: [CaptureRecord], recorded: [CaptureRecord]) {
        let own = recorded.filter(ReplayWorld.isOwn)
        self.sent = sent.count
        self.recorded = own.count
        let waiting = Dictionary(grouping: own, by: Self.identifier)
        for (identifier, frames) in Dictionary(grouping: sent, by: Self.identifier) {
            pair(frames, waiting[identifier] ?? [])
        }
    }

    /// One line.
    var summary: String {
        let share = recorded == 0 ? "the recording holds none to compare with" : "\(recorded) recorded"
        return "\(sent) frames sent, \(share), \(paired) at the same time, \(identical) of these identical"
    }

    private mutating func pair(_ frames: [CaptureRecord], _ candidates: [CaptureRecord]) {
        var next = 0
        for frame in frames {
            func distance(_ index: Int) -> Int64 { abs(candidates[index].microseconds - frame.microseconds) }
            // On to the nearest: beyond it the distances grow.
            while next + 1 < candidates.count, distance(next + 1) < distance(next) { next += 1 }
            guard next < candidates.count, distance(next) <= Self.reach else { continue }
            paired += 1
            if candidates[next].content == frame.content { identical += 1 }
            next += 1
        }
    }

    private static func identifier(_ record: CaptureRecord) -> UInt32 {
        guard case .frame(let frame) = record.content else { return .max }
        return frame.identifier
    }
}
