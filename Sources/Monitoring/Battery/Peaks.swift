/// The highest current and power in each direction, with their times.
package struct Peaks: Sendable, Hashable {
    /// One of them.
    package struct Peak: Sendable, Hashable {
        /// A or W, never negative.
        package var value: Double
        /// Unix milliseconds.
        package var time: Int64

        package init(_ value: Double, time: Int64) {
            self.value = value
            self.time = time
        }
    }

    package var chargeCurrent: Peak?
    package var dischargeCurrent: Peak?
    package var chargePower: Peak?
    package var dischargePower: Peak?
    /// Since when they have been followed, Unix milliseconds.
    package var since: Int64

    package init(since: Int64) { self.since = since }

    /// Takes the battery's live current, A, and power, W; positive while charging.
    package mutating func add(current: Double?, power: Double?, at time: Int64) {
        Self.raise(&chargeCurrent, current, time)
        Self.raise(&dischargeCurrent, current.map { -$0 }, time)
        Self.raise(&chargePower, power, time)
        Self.raise(&dischargePower, power.map { -$0 }, time)
    }

    /// Takes over what was stored; the higher of each stays.
    package mutating func adopt(_ stored: Peaks) {
        since = min(since, stored.since)
        Self.raise(&chargeCurrent, stored.chargeCurrent?.value, stored.chargeCurrent?.time ?? 0)
        Self.raise(&dischargeCurrent, stored.dischargeCurrent?.value, stored.dischargeCurrent?.time ?? 0)
        Self.raise(&chargePower, stored.chargePower?.value, stored.chargePower?.time ?? 0)
        Self.raise(&dischargePower, stored.dischargePower?.value, stored.dischargePower?.time ?? 0)
    }

    private static func raise(_ peak: inout Peak?, _ value: Double?, _ time: Int64) {
        guard let value, value.isFinite, value > peak?.value ?? 0 else { return }
        peak = Peak(value, time: time)
    }
}
