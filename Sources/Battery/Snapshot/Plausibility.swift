/// Physical ranges and cross-checks of a reading (S21, S22).
enum Plausibility {
    /// S21's ranges. Cell V, current A, temperature °C, percent.
    static let cell = 0.5...5.0
    static let current = -1000.0...1000.0
    static let temperature = -40.0...120.0
    static let percent = 0.0...100.0
    /// Of a BMS's settings, A.
    static let cutoff = 0.0...1000.0

    /// S22: a reported extreme may differ from the list by its rounding and by the moment it was measured, V.
    static let extremeTolerance = 0.02

    /// The reading with every field outside its physical range made unknown; nothing is clamped (S21).
    static func clean(_ reading: PackReading, _ specification: PackSpecification) -> PackReading {
        var clean = reading
        clean.cells = reading.cells.map { within(cell, $0) }
        clean.voltage = within(0...(5 * Double(specification.cellCount)), reading.voltage)
        clean.current = within(current, reading.current)
        clean.reportedMinimumCell = within(cell, reading.reportedMinimumCell)
        clean.reportedMaximumCell = within(cell, reading.reportedMaximumCell)
        clean.stateOfCharge = within(percent, reading.stateOfCharge)
        clean.stateOfHealth = within(percent, reading.stateOfHealth)
        for index in clean.temperatures.indices {
            clean.temperatures[index].celsius = within(temperature, reading.temperatures[index].celsius)
        }
        clean.settings?.value = settings(reading.settings?.value)
        return clean
    }

    /// A setting outside its physical range is no setting.
    private static func settings(_ raw: BMSSettings?) -> BMSSettings {
        var clean = raw ?? BMSSettings()
        // One by one: to set values by key path costs more than all the rest of a reading's judgement.
        clean.fullCell = within(cell, clean.fullCell)
        clean.emptyCell = within(cell, clean.emptyCell)
        clean.overVoltageCell = within(cell, clean.overVoltageCell)
        clean.underVoltageCell = within(cell, clean.underVoltageCell)
        clean.chargeCutoffCurrent = within(cutoff, clean.chargeCutoffCurrent)
        clean.dischargeCutoffCurrent = within(cutoff, clean.dischargeCutoffCurrent)
        return clean
    }

    /// S22's contradictions within one reading, nil when there is none or the inputs are unknown.
    static func crossCheck(_ reading: PackReading) -> SnapshotFault? {
        var (sum, known) = (0.0, 0)
        var (least, most) = (Double.infinity, -Double.infinity)
        for case let volts? in reading.cells {
            (sum, known) = (sum + volts, known + 1)
            (least, most) = (min(least, volts), max(most, volts))
        }
        if let pack = reading.voltage, known > 0, known == reading.cells.count {
            let allowed = 0.01 * pack + 0.3 + 0.003 * abs(reading.current ?? 0)
            if abs(sum - pack) > allowed { return .sumOfCells(sum: sum, pack: pack, allowed: allowed) }
        }
        guard let lowest = reading.reportedMinimumCell, let highest = reading.reportedMaximumCell else { return nil }
        if highest < lowest { return .extremes(lowest: lowest, highest: highest) }
        guard known > 0 else { return nil }
        let list = (least - extremeTolerance)...(most + extremeTolerance)
        return list.contains(lowest) && list.contains(highest) ? nil : .extremes(lowest: lowest, highest: highest)
    }

    /// NaN lies in no range, so it becomes unknown too.
    private static func within(_ range: ClosedRange<Double>, _ value: Double?) -> Double? {
        guard let value, range.contains(value) else { return nil }
        return value
    }
}
