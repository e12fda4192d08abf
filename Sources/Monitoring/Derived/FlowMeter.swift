package import Battery

/// What flowed between two samples, in the rate's unit times hours: Ah of a current, Wh of a power. Neither is negative.
package struct Flow: Sendable, Hashable {
    package var charged: Double
    package var discharged: Double

    /// Positive where more went in than out.
    package var net: Double { charged - discharged }
}

/// Integrates a rate between samples that belong together, by trapezoids. A gap is not counted: nobody knows what flowed.
package struct FlowMeter: Sendable {
    private var last: (time: Instant, rate: Double)?

    package init() {}

    /// Takes the rate of a live sample, or nil where it is unknown or the sample is not live.
    ///
    /// - Parameters:
    ///   - rate: A or W, positive while charging.
    ///   - time: when it was measured.
    ///   - gap: the longest time between two samples that belong together.
    /// - Returns: what has flowed since the sample before; nil where that is unknown.
    package mutating func add(_ rate: Double?, at time: Instant, gap: Duration) -> Flow? {
        guard let rate, rate.isFinite else {
            last = nil
            return nil
        }
        defer { last = (time, rate) }
        guard let last, time > last.time, time - last.time <= gap else { return nil }
        let hours = (time - last.time).seconds / 3600
        guard last.rate * rate < 0 else {
            let sum = (last.rate + rate) / 2 * hours
            return Flow(charged: max(sum, 0), discharged: max(-sum, 0))
        }
        // It went through zero between the two: each side is a triangle of its own.
        let before = last.rate / (last.rate - rate)
        let (first, second) = (last.rate * before * hours / 2, rate * (1 - before) * hours / 2)
        return Flow(charged: max(first, 0) + max(second, 0), discharged: max(-first, 0) + max(-second, 0))
    }
}
