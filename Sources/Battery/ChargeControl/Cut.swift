/// A condition that acts at once and lets go only after it has been clear, by a margin, for a while.
struct Cut: Sendable {
    /// Since when it acts; nil while it does not.
    private(set) var since: Instant?
    private var clearSince: Instant?

    var isActive: Bool { since != nil }

    /// Goes on after a time in which nobody looked: whatever was clear before has to be clear anew.
    mutating func takeOver() { clearSince = nil }

    /// Brings the cut up to a moment.
    ///
    /// It trips while the condition holds (`trips`); it lets go when the measurement is known, fresh and clear of the
    /// condition by the release margin (`clears`) for the time `rest`.
    mutating func update(trips: Bool, clears: Bool, rest: Duration, now: Instant) {
        if trips {
            since = since ?? now
            clearSince = nil
        } else if since != nil {
            guard clears else { return clearSince = nil }
            let began = clearSince ?? now
            clearSince = began
            if now - began >= rest {
                since = nil
                clearSince = nil
            }
        }
    }
}

/// A condition that must hold for a while before it counts.
struct Persistence: Sendable {
    private var since: Instant?

    /// Whether the condition has held for `time` without a break.
    mutating func holds(_ condition: Bool, for time: Duration, now: Instant) -> Bool {
        guard condition else {
            since = nil
            return false
        }
        let began = since ?? now
        since = began
        return now - began >= time
    }

    /// Since when the condition holds.
    var began: Instant? { since }
}

/// A cut of the discharge current: one sample must not black out an island (S27).
///
/// It allows 1 A from the first sample on, 0 once the condition has lasted, and lets go like any other cut.
struct GraceCut: Sendable {
    /// Current that is still allowed while the cut acts, A.
    private static let graceCurrent = 1.0
    /// How long the condition must last before nothing is allowed (S27).
    private static let grace: Duration = .seconds(2)

    private var cut = Cut()
    private var persistence = Persistence()
    private var lasted = false

    /// What may be drawn, A; nil while the cut does not act.
    var allowed: Double? { cut.isActive ? (lasted ? 0 : Self.graceCurrent) : nil }

    /// As `Cut.takeOver`; nor has a condition lasted while nobody looked.
    mutating func takeOver() {
        cut.takeOver()
        persistence = Persistence()
    }

    mutating func update(trips: Bool, clears: Bool, rest: Duration, now: Instant) {
        cut.update(trips: trips, clears: clears, rest: rest, now: now)
        if persistence.holds(trips, for: Self.grace, now: now) { lasted = true }
        if !cut.isActive { lasted = false }
    }
}
