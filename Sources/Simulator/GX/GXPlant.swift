import Battery

/// Inverter, charger and loads behind a GX: the current that really flows, given what the GX last wrote to them.
///
/// Closes the loop of a demonstration: charging obeys CCL and tapers when the pack reaches CVL, discharging obeys DCL and
/// DVL, and without a battery service nothing flows.
package struct GXPlant: Sendable {
    /// How fast the charger corrects its current, A per second and volt of distance to CVL.
    package var gain: Double
    /// Whether the plant may discharge the pack down to CVL, as with a grid to feed.
    package var feedsIn: Bool
    /// A, positive while charging.
    package private(set) var current = 0.0
    private var isCutOff = false

    /// Creates a plant in which no current flows.
    package init(gain: Double = 20, feedsIn: Bool = false) {
        self.gain = gain
        self.feedsIn = feedsIn
    }

    /// Follows the limits for one step; the current into the pack is positive while charging.
    ///
    /// - Parameters:
    ///   - belief: what the GX believes; its applied limits count, which follow 0x351 every 3 s.
    ///   - wantedPower: surplus to store, W, negative for load to supply.
    ///   - packVoltage: V at the terminals.
    ///   - elapsed: time since the last call.
    /// - Returns: what flows until the next call, A.
    package mutating func step(
        belief: GXBelief, wantedPower: Double, packVoltage: Double, elapsed: Duration
    ) -> Double {
        guard belief.isConnected, let limits = belief.applied, wantedPower.isFinite, packVoltage.isFinite,
            packVoltage >= 1
        else {
            current = 0
            return 0
        }
        let wanted = wantedPower / packVoltage
        if wanted < 0 {
            current = -discharge(wanted: -wanted, limits, packVoltage)
        } else {
            // A step longer than a second would overshoot: the charger would have corrected in between.
            let seconds = min(max(elapsed.seconds, 0), 1)
            current = charge(wanted: wanted, limits, packVoltage, seconds)
        }
        return current
    }

    // MARK: - Private

    /// Battery low voltage is left this far above it, V.
    private static let cutOffRecovery = 1.0

    private func charge(
        wanted: Double, _ limits: GXBelief.AppliedLimits, _ voltage: Double, _ seconds: Double
    ) -> Double {
        guard let target = limits.chargeVoltage else { return 0 }
        let ceiling = min(wanted, limits.chargeCurrent)
        let floor = feedsIn ? -limits.dischargeCurrent : 0
        return min(max(current + gain * (target - voltage) * seconds, floor), max(ceiling, floor))
    }

    private mutating func discharge(
        wanted: Double, _ limits: GXBelief.AppliedLimits, _ voltage: Double
    ) -> Double {
        let low = limits.dischargeVoltage ?? 0
        if voltage <= low { isCutOff = true }
        if voltage >= low + Self.cutOffRecovery { isCutOff = false }
        return isCutOff ? 0 : min(wanted, limits.dischargeCurrent)
    }
}
