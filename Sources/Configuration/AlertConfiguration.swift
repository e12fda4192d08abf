/// Where alerts begin and end, as configured.
package struct AlertConfiguration: Sendable, Hashable {
    /// A threshold and how far the value must come back.
    package struct Level: Sendable, Hashable {
        /// nil leaves it to the pack's own limits.
        package var raise: Double?
        package var hysteresis: Double
    }

    package var debounce: Duration
    /// V.
    package var highCellWarning: Level
    /// V.
    package var highCellAlarm: Level
    /// V.
    package var lowCellWarning: Level
    /// V.
    package var lowCellAlarm: Level
    /// V.
    package var spreadWarning: Level
    /// Fraction of the capacity per hour.
    package var spreadRate: Double
    /// Percent.
    package var chargeWarning: Level
    /// Percent.
    package var chargeAlarm: Level
    /// K.
    package var temperatureMargin: Level
    /// Percent.
    package var overCurrent: Level

    init(_ reader: ConfigurationReader) throws(ConfigurationRefusal) {
        func level(_ name: String, _ unit: String) throws(ConfigurationRefusal) -> Level {
            Level(
                raise: reader.float(ifKnown: "alerts.\(name)_\(unit)"),
                hysteresis: try reader.float("alerts.\(name)_hysteresis_\(unit)"))
        }
        debounce = try reader.seconds("alerts.debounce_s")
        highCellWarning = try level("cell_high_warning", "v")
        highCellAlarm = try level("cell_high_alarm", "v")
        lowCellWarning = try level("cell_low_warning", "v")
        lowCellAlarm = try level("cell_low_alarm", "v")
        spreadWarning = try level("spread_warning", "v")
        spreadRate = try reader.float("alerts.spread_max_c_rate")
        chargeWarning = try level("soc_warning", "percent")
        chargeAlarm = try level("soc_alarm", "percent")
        temperatureMargin = try level("temperature_margin", "c")
        overCurrent = try level("over_current", "percent")
    }
}
