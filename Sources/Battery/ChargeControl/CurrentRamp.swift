/// Down at once, up slowly: what a current limit may be now, given what it was (S6, invariant 3).
struct CurrentRamp: Sendable {
    /// Time without a restriction before a limit may rise.
    static let hold: Duration = .seconds(10)
    /// Rise in a second, as a fraction of the configured maximum.
    static let rate = 0.1
    /// Longest step that counts: after a pause the limit must not jump.
    private static let longestStep = 1.0

    /// The published value, nil before the first.
    private(set) var published: Double?
    private var stepped: Instant?
    private var restricted: Instant?
    /// What the inverter heard last; while data is not live nothing above it counts as a last limit.
    private var heard: Double?
    /// What the controller before this one allowed last, in the same process.
    private var inherited: Double?

    /// The most that may be published now: the last value, plus what hold and ramp allow.
    ///
    /// `target` is the minimum of all other contributions, `mayRise` is false while data is not live, `start` is what the
    /// very first value may be at most (S5).
    mutating func cap(target: Double, maximum: Double, mayRise: Bool, start: Double, now: Instant) -> Double {
        guard let last = published else {
            let first = min(start, inherited ?? start)
            published = min(target, first)
            stepped = now
            return first
        }
        let since = stepped ?? now
        let elapsed = min(max((now - since).seconds, 0), Self.longestStep)
        // `begin` may have named a moment to come.
        stepped = max(since, now)
        // The hold counts from the end of a restriction, not from its beginning.
        if target <= last { restricted = now }
        let held = restricted.map { now - $0 < Self.hold } ?? false
        var cap = mayRise && !held ? min(last + Self.rate * maximum * elapsed, maximum) : last
        // Between two frames a limit rises unheard: HOLD keeps what was told, not what would have been (safety.md 1).
        if !mayRise, let heard { cap = min(cap, heard) }
        published = min(target, cap)
        return cap
    }

    /// The inverter was told a value.
    mutating func sent(_ value: Double) { heard = value }

    /// A controller before this one allowed a value last: the first one must not lie above it (S6).
    mutating func inherit(from previous: CurrentRamp) { inherited = previous.published ?? previous.inherited }

    /// Whoever is told the next value has heard none yet: it begins again at `start` where it was higher (S5).
    mutating func begin(start: Double, now: Instant) {
        guard let last = published else { return }
        published = min(last, start)
        stepped = now
    }
}
