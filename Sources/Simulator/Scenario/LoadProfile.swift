/// What the outside does to a pack when no plant is attached: current or power over time.
package struct LoadProfile: Sendable, Hashable {
    /// What flows from a moment on.
    package enum Demand: Sendable, Hashable {
        /// A, positive while charging.
        case current(Double)
        /// W, positive while charging.
        case power(Double)
    }

    /// A moment at which the demand changes.
    package struct Point: Sendable, Hashable {
        /// Simulated seconds after the start (or after the last repetition).
        package var at: Double
        /// What flows from then on.
        package var demand: Demand
        /// Whether the demand moves evenly from the point before to this one, instead of jumping.
        package var ramps: Bool

        /// Creates a point.
        package init(at: Double, _ demand: Demand, ramps: Bool = false) {
            self.at = at
            self.demand = demand
            self.ramps = ramps
        }
    }

    /// The changes, in the order of time.
    package var points: [Point]
    /// Seconds after which the profile begins again; nil for never.
    package var period: Double?
    /// The charger's voltage limit per cell, V: it tapers its current like a real one. Nil for a source without limit.
    package var chargeCellVoltage: Double?

    /// Creates a profile.
    package init(_ points: [Point] = [], period: Double? = nil, chargeCellVoltage: Double? = nil) {
        self.points = points
        self.period = period
        self.chargeCellVoltage = chargeCellVoltage
    }

    /// What the outside wants at a moment.
    ///
    /// - Parameters:
    ///   - seconds: simulated time since the start.
    ///   - pack: turns power into current and limits the charge voltage.
    /// - Returns: A, positive while charging.
    package func demand(at seconds: Double, pack: PackModel) -> Double {
        var time = seconds
        if let period, period > 0 { time = seconds.truncatingRemainder(dividingBy: period) }
        guard let index = points.lastIndex(where: { $0.at <= time }) else { return 0 }
        var amperes = self.amperes(points[index].demand, pack)
        let next = index + 1
        if next < points.count, points[next].ramps, points[next].at > points[index].at {
            let part = (time - points[index].at) / (points[next].at - points[index].at)
            amperes += (self.amperes(points[next].demand, pack) - amperes) * part
        }
        guard amperes > 0, let chargeCellVoltage else { return amperes }
        return min(
            amperes, max(0, pack.source.current(atTerminalVoltage: chargeCellVoltage * Double(pack.cells.count))))
    }

    private func amperes(_ demand: Demand, _ pack: PackModel) -> Double {
        switch demand {
        case .current(let amperes): return amperes
        case .power(let watts):
            let volts = pack.voltage
            // A pack without voltage takes and gives no power.
            return volts > 1 ? watts / volts : 0
        }
    }
}
