package import Battery

/// How long to wait before a restart: short at first, doubling up to a cap, spread by chance, and short again after a
/// quiet time.
///
/// A value type, fed with clock readings and a generator.
package struct Backoff: Sendable, Hashable {
    /// Wait after the first failure.
    package let first: Duration
    /// Longest wait, before the spread.
    ///
    /// 2 s keeps five waits in a row under 6 s even at the upper end of the spread, so that the data path comes to an end
    /// before the watchdog would end it (S52).
    package let cap: Duration
    /// Part of a wait by which it varies in both directions, 0...1. Children that fail together then return apart.
    package let spread: Double
    /// Time without a failure after which waits begin at `first` again.
    package let quiet: Duration

    private var upcoming: Duration
    private var lastFailure: Instant?

    /// Creates a backoff at its shortest wait.
    package init(
        first: Duration = .milliseconds(200), cap: Duration = .seconds(2), spread: Double = 0.2,
        quiet: Duration = .seconds(60)
    ) {
        self.first = first
        self.cap = cap
        self.spread = min(max(spread, 0), 1)
        self.quiet = quiet
        upcoming = min(first, cap)
    }

    /// The wait after a failure.
    ///
    /// - Parameters:
    ///   - now: the moment of the failure.
    ///   - generator: decides within the spread.
    /// - Returns: `first` doubled per failure, at most `cap`, times 1 - `spread` ... 1 + `spread`.
    package mutating func next(at now: Instant, using generator: inout some RandomNumberGenerator) -> Duration {
        if let lastFailure, lastFailure.duration(to: now) >= quiet { upcoming = min(first, cap) }
        lastFailure = now
        let wait = upcoming
        upcoming = min(wait * 2, cap)
        // 53 bits make a number of 0..<1. `Double.random` may ask for more than one draw, and so for ever of a generator
        // that always says the same.
        let chance = Double(generator.next() >> 11) * 0x1p-53
        return wait * (1 - spread + 2 * spread * chance)
    }

    /// Begins again at `first`.
    package mutating func reset() {
        upcoming = min(first, cap)
        lastFailure = nil
    }
}
