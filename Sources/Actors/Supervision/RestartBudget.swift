package import Battery

/// How many restarts are too many (S51): at most `maximum` within any `window`; one more is a meltdown.
///
/// A value type, fed with clock readings.
package struct RestartBudget: Sendable, Hashable {
    /// Restarts allowed within one window, at least 0.
    package let maximum: Int
    /// Length of the sliding window.
    package let window: Duration

    private var restarts: [Instant] = []

    /// Creates an unused budget; 5 restarts in 60 s unless told otherwise.
    package init(maximum: Int = 5, window: Duration = .seconds(60)) {
        self.maximum = max(0, maximum)
        self.window = window
    }

    /// Spends one restart.
    ///
    /// - Parameter now: the moment of the failure, never before the one of the call before.
    /// - Returns: false when the budget is used up; then nothing was spent.
    package mutating func recordRestart(at now: Instant) -> Bool {
        restarts.removeAll { $0.duration(to: now) >= window }
        guard restarts.count < maximum else { return false }
        restarts.append(now)
        return true
    }

    /// Forgets the restarts so far.
    package mutating func reset() { restarts = [] }
}
