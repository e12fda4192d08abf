/// A misbehaviour with its time.
package struct ScheduledFault: Sendable, Hashable {
    /// Simulated seconds after the start at which it begins.
    package var at: Double
    /// Simulated seconds that it lasts; nil for the rest of the simulation.
    package var duration: Double?
    /// Number of the pack concerned, from 1.
    package var pack: Int
    /// What goes wrong.
    package var misbehaviour: Misbehaviour

    /// Creates a scheduled fault.
    package init(at: Double, for duration: Double? = nil, pack: Int = 1, _ misbehaviour: Misbehaviour) {
        self.at = at
        self.pack = pack
        self.duration = duration
        self.misbehaviour = misbehaviour
    }
}

/// The begins and ends of scheduled faults, in the order of time.
struct FaultTimeline: Sendable {
    /// One begin or end.
    struct Change: Sendable {
        var at: Double
        /// Position of the fault in the scenario.
        var index: Int
        var fault: ScheduledFault
        var begins: Bool
    }

    private let changes: [Change]
    private var next = 0

    init(_ faults: [ScheduledFault]) {
        var changes: [Change] = []
        for (index, fault) in faults.enumerated() {
            changes.append(Change(at: fault.at, index: index, fault: fault, begins: true))
            guard let duration = fault.duration else { continue }
            changes.append(Change(at: fault.at + duration, index: index, fault: fault, begins: false))
        }
        // Ends before begins at the same moment, so that two faults in a row on one sensor do not cancel each other.
        self.changes = changes.sorted { ($0.at, $0.begins ? 1 : 0, $0.index) < ($1.at, $1.begins ? 1 : 0, $1.index) }
    }

    /// The next change that is due by a moment, simulated seconds; nil when there is none.
    mutating func take(by seconds: Double) -> Change? {
        guard next < changes.count, changes[next].at <= seconds else { return nil }
        defer { next += 1 }
        return changes[next]
    }
}
