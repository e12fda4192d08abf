package import Time

/// Which frame is due when (S40): the required four at the head of each period, the others after them, 20 ms apart.
///
/// A value that its owner asks; it has no clock. A period that was missed (a stopped process) is skipped, not made up for.
package struct PublishSchedule: Sendable {
    /// Least distance between two frames (S40).
    package static let spacing: Duration = .milliseconds(20)

    private let period: Duration
    /// Begin of the period that is being sent.
    private var periodBegan: Instant
    /// Frames of this period that are still to come, the next one last.
    private var pending: [VictronFrameID]
    private var nextSlot: Instant
    /// When a frame was given last.
    private var given: Instant?
    /// When each slow frame was last sent.
    private var slow: [VictronFrameID: Instant] = [:]

    /// Starts with a full set, the first frame at once.
    package init(period: Duration, now: Instant) {
        self.period = period
        periodBegan = now
        nextSlot = now
        pending = []
        pending = frames(at: now)
    }

    /// When the next frame is due.
    package var nextDue: Instant { nextSlot }

    /// The frame that `take` would give, nil for none; the first of a period is 0x351.
    package func next(now: Instant) -> VictronFrameID? {
        guard now >= nextSlot else { return nil }
        return now - periodBegan >= period ? .limits : pending.last
    }

    /// The frame that is due, nil when it is too early.
    ///
    /// Each answer moves the schedule on: the frame counts as dealt with, sent or not.
    package mutating func take(now: Instant) -> VictronFrameID? {
        guard now >= nextSlot else { return nil }
        if now - periodBegan >= period { beginPeriod(now: now) }
        guard let frame = pending.popLast() else {
            nextSlot = periodBegan + period
            return nil
        }
        given = now
        if case .every = Self.cadence[frame] { slow[frame] = now }
        nextSlot = pending.isEmpty ? periodBegan + period : max(nextSlot, now) + Self.spacing
        return frame
    }

    /// Starts over with a full set: after bus-off, a reopened bus, the first data. At once, but for the distance to the
    /// frame before (S40).
    package mutating func restart(now: Instant) {
        let begin = max(now, given.map { $0 + Self.spacing } ?? now)
        slow = [:]
        periodBegan = begin
        nextSlot = begin
        pending = frames(at: begin)
    }

    // MARK: - Private

    private static let cadence: [VictronFrameID: VictronFramePlan.Cadence] = Dictionary(
        uniqueKeysWithValues: VictronFramePlan.all.map { ($0.id, $0.cadence) })

    private mutating func beginPeriod(now: Instant) {
        // Keep the beat while it can be kept: a late frame must not push all later ones.
        let next = periodBegan + period
        periodBegan = now - next < period ? next : now
        // What the last period did not reach comes right behind the limits: on a starved machine the same frames would
        // else be left over each time, and the GX gives a frame up after 3 s.
        let left = pending.filter { $0 != .limits && Self.cadence[$0] == .required }
        pending = frames(at: now)
        pending.removeAll(where: left.contains)
        pending.insert(contentsOf: left, at: max(pending.count - 1, 0))
    }

    private func frames(at now: Instant) -> [VictronFrameID] {
        var due: [VictronFrameID] = []
        due.reserveCapacity(Self.order.count)
        for (id, cadence) in Self.order.reversed() {
            let isDue =
                switch cadence {
                case .required, .everyPeriod: true
                // Half a period of slack, or rounding would skip to the next one.
                case .every(let interval): slow[id].map { now - $0 >= interval - period / 2 } ?? true
                }
            if isDue { due.append(id) }
        }
        return due
    }

    private static let order = VictronFramePlan.all.map { (id: $0.id, cadence: $0.cadence) }
}
