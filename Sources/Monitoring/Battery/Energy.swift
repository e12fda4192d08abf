package import Battery

/// Energy that went in and out, Wh. Neither ever falls.
package struct EnergyTotals: Sendable, Hashable {
    package var charged: Double
    package var discharged: Double

    package init(charged: Double = 0, discharged: Double = 0) {
        self.charged = charged
        self.discharged = discharged
    }

    package static func + (one: EnergyTotals, other: EnergyTotals) -> EnergyTotals {
        EnergyTotals(charged: one.charged + other.charged, discharged: one.discharged + other.discharged)
    }

    /// The larger of each.
    package func atLeast(_ other: EnergyTotals) -> EnergyTotals {
        EnergyTotals(charged: max(charged, other.charged), discharged: max(discharged, other.discharged))
    }
}

/// Integrates one pack's power between live snapshots, by trapezoids. A gap is not counted: nobody knows what flowed.
package struct EnergyMeter: Sendable {
    private var last: (time: Instant, power: Double)?

    package init() {}

    /// Takes the power of a live snapshot, or nil where it is unknown or the snapshot is not live.
    ///
    /// - Parameters:
    ///   - power: W, positive while charging.
    ///   - time: when it was measured.
    ///   - gap: the longest time between two snapshots that belong together.
    /// - Returns: what has been added since the snapshot before, Wh.
    package mutating func add(_ power: Double?, at time: Instant, gap: Duration) -> EnergyTotals {
        guard let power, power.isFinite else {
            last = nil
            return EnergyTotals()
        }
        defer { last = (time, power) }
        guard let last, time > last.time, time - last.time <= gap else { return EnergyTotals() }
        let hours = (time - last.time).seconds / 3600
        guard last.power * power < 0 else {
            let energy = (last.power + power) / 2 * hours
            return EnergyTotals(charged: max(energy, 0), discharged: max(-energy, 0))
        }
        // It went through zero between the two: each side is a triangle of its own.
        let before = last.power / (last.power - power)
        let (first, second) = (last.power * before * hours / 2, power * (1 - before) * hours / 2)
        return EnergyTotals(
            charged: max(first, 0) + max(second, 0), discharged: max(-first, 0) + max(-second, 0))
    }
}
