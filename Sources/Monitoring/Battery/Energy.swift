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

/// Integrates one pack's power between live snapshots. A gap is not counted: nobody knows what flowed.
package struct EnergyMeter: Sendable {
    private var meter = FlowMeter()

    package init() {}

    /// Takes the power of a live snapshot, or nil where it is unknown or the snapshot is not live.
    ///
    /// - Parameters:
    ///   - power: W, positive while charging.
    ///   - time: when it was measured.
    ///   - gap: the longest time between two snapshots that belong together.
    /// - Returns: what has been added since the snapshot before, Wh.
    package mutating func add(_ power: Double?, at time: Instant, gap: Duration) -> EnergyTotals {
        meter.add(power, at: time, gap: gap).map { EnergyTotals(charged: $0.charged, discharged: $0.discharged) }
            ?? EnergyTotals()
    }
}
