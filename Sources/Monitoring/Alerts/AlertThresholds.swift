import Battery

/// Where alerts begin and end, as the user configured it. Display only: no limit depends on it (safety.md 1).
///
/// Defaults: charge-control.md d.4, hysteresis table.
package struct AlertThresholds: Sendable, Hashable {
    /// A value at which an alert is raised, and how far it must come back for the end of it.
    package struct Level: Sendable, Hashable {
        /// nil leaves it to the pack's own limits.
        package var raise: Double?
        package var hysteresis: Double

        package init(_ raise: Double?, hysteresis: Double) {
            self.raise = raise
            self.hysteresis = hysteresis
        }
    }

    /// How long a value must stay beyond a threshold, in either direction, before it counts.
    package var debounce: Duration = .seconds(1)
    /// V a cell; by default 0.10 V under the pack's maximum: 3.55 V for LFP.
    package var highCellWarning = Level(nil, hysteresis: 0.05)
    /// V a cell; by default 0.05 V under the pack's maximum: 3.60 V for LFP.
    package var highCellAlarm = Level(nil, hysteresis: 0.08)
    /// V a cell; by default 0.20 V over the pack's minimum: 3.00 V for LFP.
    package var lowCellWarning = Level(nil, hysteresis: 0.10)
    /// V a cell; by default the pack's minimum: 2.80 V for LFP.
    package var lowCellAlarm = Level(nil, hysteresis: 0.20)
    /// V between highest and lowest cell.
    package var spreadWarning = Level(0.080, hysteresis: 0.030)
    /// The spread counts only under this current, as a fraction of the capacity per hour: above it resistances speak.
    package var spreadRate = 0.1
    /// Percent.
    package var chargeWarning = Level(20, hysteresis: 5)
    /// Percent.
    package var chargeAlarm = Level(10, hysteresis: 5)
    /// K inside the ends of the charge window at which a warning begins.
    package var temperatureMargin = Level(3, hysteresis: 2)
    /// Percent over the configured maximum current: more than a meter's error.
    package var overCurrent = Level(10, hysteresis: 10)

    package init() {}
}

/// Where the alerts of a pack's cells begin: as configured, or as the pack's own limits make it.
package struct CellAlertLevels: Sendable, Hashable {
    /// V.
    package let highWarning: Double
    /// V.
    package let highAlarm: Double
    /// V.
    package let lowWarning: Double
    /// V.
    package let lowAlarm: Double
    /// V between highest and lowest.
    package let spreadWarning: Double

    init(_ thresholds: AlertThresholds, _ pack: PackSpecification) {
        highWarning = thresholds.highCellWarning.raise ?? pack.maximumCell - 0.10
        highAlarm = thresholds.highCellAlarm.raise ?? pack.maximumCell - 0.05
        lowWarning = thresholds.lowCellWarning.raise ?? pack.minimumCell + 0.20
        lowAlarm = thresholds.lowCellAlarm.raise ?? pack.minimumCell
        spreadWarning = thresholds.spreadWarning.raise ?? 0.080
    }
}
