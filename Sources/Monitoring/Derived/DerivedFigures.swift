import Battery

/// Whose word a figure is.
package enum MeasureSource: String, Sendable, Hashable {
    /// The BMS told it.
    case bms
    /// It is reckoned here, from what the BMS measured.
    case own
}

/// What is derived of one pack at a moment. Nil is unknown, never zero.
package struct DerivedFigures: Sendable, Hashable {
    /// Mean over the last minute, A. Own: `SlidingMean`.
    package var currentMinute: Double?
    /// Mean over the last 15 minutes, A. Own.
    package var currentQuarter: Double?
    /// Mean over the last minute, W. Own.
    package var powerMinute: Double?
    /// Mean over the last 15 minutes, W. Own.
    package var powerQuarter: Double?
    /// The pack's highest currents and powers each way. Own: live readings.
    package var peaks: Peaks?
    /// Highest minus lowest cell now, V; nil where a cell is unknown. Own.
    package var spread: Double?
    /// The same, each cell less its resistance times the current, V. Own: `CellResistances`.
    package var correctedSpread: Double?
    /// Resistance of each cell, Ω, cell 1 first. Own.
    package var resistances: [Double?] = []
    /// Warmest minus coldest cell sensor, K. Own.
    package var temperatureSpread: Double?
    /// The fastest change of a cell sensor over 5 minutes. Own: `TemperatureTrend`.
    package var temperatureRate: TemperatureTrend.Rate?
    /// Charge that went in since the count began, Ah. Own.
    package var charged = 0.0
    /// Charge that went out, Ah. Own.
    package var discharged = 0.0
    /// Half of what went in and out, by the configured capacity. Own.
    package var equivalentCycles = 0.0
    /// Cycles by depth. Own: `Rainflow` on the charge that was counted.
    package var rainflow = Rainflow.Count(cycles: [], equivalent: 0)
    /// Cycles as the BMS counts them. BMS.
    package var cycles: Int?
    /// Percent, as the BMS tells it. BMS.
    package var stateOfCharge: Double?
    /// Percent, counted here since the newest full or empty. Own: `ChargeAccount`.
    package var ownStateOfCharge: Double?
    /// The newest full or empty. Own.
    package var synchronisation: ChargeAccount.Synchronisation?
    /// What may have flowed uncounted since, percent. Own.
    package var uncertainty: Double?
    /// Ah between a full and an empty, the newest that was measured. Own.
    package var capacity: ChargeAccount.Capacity?

    package init() {}

    /// The BMS's state of charge minus our own, percent. Own.
    package var drift: Double? { stateOfCharge.flatMap { bms in ownStateOfCharge.map { bms - $0 } } }
}
