extension Misbehaviour {
    /// Makes a BMS misbehave from now on. Kinds of the wire do nothing here.
    func begin(on bms: inout any SimulatedBMS) {
        if let fault = sensorFault {
            setSensor(of: &bms.pack.sensors, to: fault)
        } else {
            apply(to: &bms, isActive: true)
        }
    }

    /// Ends it. What cannot be undone (lost capacity, a wrong counter) stays.
    func end(on bms: inout any SimulatedBMS) {
        if sensorFault != nil {
            setSensor(of: &bms.pack.sensors, to: nil)
            restoreMissing(on: &bms)
        } else {
            apply(to: &bms, isActive: false)
        }
    }

    /// Whether two kinds set the same thing, so that the end of one must not undo the other.
    func concernsSame(as other: Misbehaviour) -> Bool {
        guard (sensorFault == nil) == (other.sensorFault == nil) else { return false }
        if sensorFault == nil { return kind == other.kind && cell == other.cell }
        return kind.place == other.kind.place && cell == other.cell && (!kind.needsSensor || sensor == other.sensor)
    }

    // MARK: - Private

    private var sensorFault: SensorFault? {
        switch kind {
        case .cellVoltage, .temperature: .fixed(value)
        case .cellRamp, .temperatureRamp: .ramp(perSecond: value)
        case .cellStuck, .temperatureStuck, .currentStuck, .packVoltageStuck: .stuck
        case .cellMissing, .temperatureLost: .missing
        case .cellSpikes: .spikes(value, probability: probability)
        case .cellOffset, .currentOffset, .packVoltageOffset: .offset(value)
        case .cellDrift: .drift(perSecond: value)
        case .currentGain: .gain(value)
        default: nil
        }
    }

    private func setSensor(of sensors: inout PackSensors, to fault: SensorFault?) {
        switch kind.place {
        case .cell:
            guard sensors.cells.indices.contains(cell - 1) else { return }
            sensors.cells[cell - 1].fault = fault
        case .temperature where sensor == 0: sensors.board.fault = fault
        case .temperature:
            guard sensors.external.indices.contains(sensor - 1) else { return }
            sensors.external[sensor - 1].fault = fault
        case .current: sensors.current.fault = fault
        case .voltage: sensors.voltage.fault = fault
        case .elsewhere: break
        }
    }

    /// A sensor that the pack never had is missing again.
    private func restoreMissing(on bms: inout any SimulatedBMS) {
        guard kind.needsSensor, sensor > bms.pack.parameters.temperatureSensors else { return }
        setSensor(of: &bms.pack.sensors, to: .missing)
    }

    private func apply(to bms: inout any SimulatedBMS, isActive: Bool) {
        switch kind {
        case .frozenReadings: bms.condition.freezesReadings = isActive
        case .frozenCounter: bms.condition.freezesCounter = isActive
        case .asleep: bms.condition.staysAsleep = isActive
        case .chargeCounter: if isActive { bms.pack.countedCharge = value }
        case .chargeCounterStuck: bms.pack.isCounting = !isActive
        case .cellShort: bms.pack.damageCell(cell) { $0.shortResistance = isActive ? value : .infinity }
        case .cellOpen: bms.pack.damageCell(cell) { $0.isOpen = isActive }
        case .cellResistance: bms.pack.damageCell(cell) { $0.resistanceFactor = isActive ? value : 1 }
        case .cellCapacity: if isActive { bms.pack.weakenCell(cell, capacityFactor: value) }
        case .cellCharge: if isActive { bms.pack.setCell(cell, stateOfCharge: value) }
        case .ambient: bms.pack.ambient = isActive ? value : bms.pack.parameters.temperature
        case .packTemperature: bms.pack.setTemperature(isActive ? value : bms.pack.parameters.temperature)
        case .chargeSwitchStuckClosed: bms.pack.chargeSwitchStuck = isActive ? true : nil
        case .chargeSwitchStuckOpen: bms.pack.chargeSwitchStuck = isActive ? false : nil
        case .dischargeSwitchStuckClosed: bms.pack.dischargeSwitchStuck = isActive ? true : nil
        case .dischargeSwitchStuckOpen: bms.pack.dischargeSwitchStuck = isActive ? false : nil
        default: break
        }
    }
}

extension Misbehaviour.Kind {
    fileprivate enum Place { case cell, temperature, current, voltage, elsewhere }

    /// The sensor that a kind acts on.
    fileprivate var place: Place {
        switch self {
        case .cellVoltage, .cellRamp, .cellStuck, .cellMissing, .cellSpikes, .cellOffset, .cellDrift: .cell
        case .temperature, .temperatureRamp, .temperatureStuck, .temperatureLost: .temperature
        case .currentOffset, .currentGain, .currentStuck: .current
        case .packVoltageOffset, .packVoltageStuck: .voltage
        default: .elsewhere
        }
    }
}
