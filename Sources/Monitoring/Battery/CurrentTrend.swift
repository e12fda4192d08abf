package import Battery

/// A current smoothed over two minutes, and how long at that rate until full or empty.
package struct CurrentTrend: Sendable {
    /// Time after which a step of the current has been followed by half, about.
    private static let smoothing = 120.0
    /// A current under this fraction of the capacity per hour goes nowhere.
    private static let leastRate = 0.005

    /// A, positive while charging; nil while unknown.
    package private(set) var mean: Double?
    private var last: Instant?

    package init() {}

    /// Takes the current of live data, or nil where it is unknown or not live.
    package mutating func add(_ current: Double?, at time: Instant, gap: Duration) {
        guard let current, current.isFinite else {
            (mean, last) = (nil, nil)
            return
        }
        defer { last = time }
        guard let mean, let last, time > last, time - last <= gap else {
            if last.map({ time > $0 }) ?? true { mean = current }
            return
        }
        let elapsed = (time - last).seconds
        self.mean = mean + (current - mean) * elapsed / (Self.smoothing + elapsed)
    }

    /// Time to full, s; nil where it is not going there.
    package func timeToFull(stateOfCharge: Double?, capacity: Double) -> Double? {
        time(capacity * (100 - (stateOfCharge ?? 100)) / 100, mean ?? 0, capacity)
    }

    /// Time to empty, s; nil where it is not going there.
    package func timeToEmpty(stateOfCharge: Double?, capacity: Double) -> Double? {
        time(capacity * (stateOfCharge ?? 0) / 100, -(mean ?? 0), capacity)
    }

    /// Time for a charge, Ah, at a rate, A; nil where that goes nowhere.
    private func time(_ charge: Double, _ rate: Double, _ capacity: Double) -> Double? {
        guard capacity > 0, charge > 0, rate >= Self.leastRate * capacity else { return nil }
        return charge / rate * 3600
    }
}
