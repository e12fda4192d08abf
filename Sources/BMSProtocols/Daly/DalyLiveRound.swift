import Battery

/// One round of what limits need, as a board answered it.
struct DalyLiveRound: Sendable {
    var cells: DalyAnswer
    var packState: DalyPackState
    var switches: DalySwitches
    var temperatures: DalyAnswer?
    var failures: DalyFailures

    /// What every reading of this family promises (S24). Not the settings: not every board tells them.
    static let promised: PackInputs = [
        .cellVoltages, .temperature, .current, .voltage, .stateOfCharge, .alarms,
    ]

    private static let sensorNames = (1...DalyStatus.mostSensors).map { SensorName("T\($0)") }

    /// No volts although the board answers: it lost its measurements (daly.md 5), so nothing of 0x90 counts.
    private var isWithoutVoltage: Bool { packState.voltageDecivolts == 0 }

    /// Puts the round into a reading, as far as it is a measurement.
    func fill(_ reading: inout PackReading, status: DalyStatus, sign: DalyCurrentSign) {
        reading.cells = cellVolts(Int(status.cells))
        reading.temperatures = temperatureReadings(Int(status.sensors))
        reading.chargeEnabled = switches.isChargeClosed
        reading.dischargeEnabled = switches.isDischargeClosed
        reading.activity = activity
        guard !isWithoutVoltage else { return }
        reading.voltage = Double(packState.voltageDecivolts) / 10
        reading.current = sign.amperes(packState.currentDeciamperes)
        reading.stateOfCharge = Double(packState.chargePermille) / 10
        reading.remainingCapacity = Double(switches.remainingMilliampereHours) / 1000
    }

    // MARK: - Private

    /// As many cells as the board says it has; 0 mV is a cell that it could not read.
    private func cellVolts(_ count: Int) -> [Double?] {
        let slots = DalySlots.cellMillivolts(cells.payloads)
        return (0..<count).map { slots.indices.contains($0) && slots[$0] != 0 ? Double(slots[$0]) / 1000 : nil }
    }

    /// A byte of 0 would be −40 °C: what stands where no sensor is.
    private func temperatureReadings(_ count: Int) -> [TemperatureReading] {
        let slots = temperatures.map { DalySlots.celsius($0.payloads) } ?? []
        return Self.sensorNames.prefix(count).enumerated().map { index, name in
            let celsius = slots.indices.contains(index) && slots[index] != -40 ? Double(slots[index]) : nil
            return TemperatureReading(name: name, place: .cells, celsius: celsius)
        }
    }

    private var activity: PackActivity {
        switch switches.state {
        case .stationary: .idle
        case .charging: .charging
        case .discharging: .discharging
        case nil: .unknown
        }
    }
}
