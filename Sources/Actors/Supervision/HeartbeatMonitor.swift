package import Battery

/// Judges which heartbeats are late. Pure: fed with their last beats and clock readings.
package struct HeartbeatMonitor: Sendable {
    /// What a look at the heartbeats says; names in order.
    package enum Judgement: Sendable, Hashable {
        /// All have worked recently.
        case alive
        /// These have not finished a unit of work for over 5 s: systemd is told nothing (S54).
        case late([String])
        /// These have not for over 10 s: nothing inside the process can cure that (S50).
        case hung([String])
    }

    /// Age of a beat beyond which it is late.
    package static let lateAfter: Duration = .seconds(5)
    /// Age of a beat beyond which its owner hangs.
    ///
    /// With a look every 2 s the process ends within 12 s of the last unit of work, which leaves 4 s of S54's 16 s for
    /// the new one.
    package static let hungAfter: Duration = .seconds(10)
    /// Time between two looks beyond which the whole process, and not one child, stood still: SIGSTOP, suspend.
    package static let longestGap: Duration = .seconds(4)

    private var lastLook: Instant?
    /// Ages are counted from here when the beat is older: the end of a standstill of the whole process.
    private var excusedUntil: Instant?

    /// Creates a monitor that has not looked yet.
    package init() {}

    /// Judges, and keeps in mind that it looked.
    package mutating func judge(_ beats: [String: Instant], at now: Instant) -> Judgement {
        if let lastLook, lastLook.duration(to: now) > Self.longestGap {
            // Only once until everybody has worked again: an overloaded computer is no excuse for ever.
            let isDeserved = excusedUntil.map { excuse in beats.values.allSatisfy { $0 > excuse } } ?? true
            if isDeserved { excusedUntil = now }
        }
        lastLook = now
        let counted = beats.mapValues { beat in excusedUntil.map { max($0, beat) } ?? beat }
        let hung = Self.names(counted, olderThan: Self.hungAfter, at: now)
        if !hung.isEmpty { return .hung(hung) }
        let late = Self.late(counted, at: now)
        return late.isEmpty ? .alive : .late(late)
    }

    /// The names of those whose beat is over 5 s old, in order.
    package static func late(_ beats: [String: Instant], at now: Instant) -> [String] {
        names(beats, olderThan: lateAfter, at: now)
    }

    private static func names(_ beats: [String: Instant], olderThan age: Duration, at now: Instant) -> [String] {
        beats.filter { $0.value.duration(to: now) > age }.keys.sorted()
    }
}
