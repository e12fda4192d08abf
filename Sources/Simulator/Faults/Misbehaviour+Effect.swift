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
        case .cellOffset, .currentOffset, .packVoltageOffset, .temperatureOffset: .offset(value)
        case .cellDrift, .temperatureDrift: .drift(perSecond: value)
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
        case .missingReadings: bms.condition.lacksReadings = isActive
        case .absurdReadings: bms.condition.inventsReadings = isActive
        case .asleep: bms.condition.staysAsleep = isActive
        case .bmsRestart: if isActive { bms.restart() }
        default: apply(to: &bms.pack, isActive: isActive)
        }
    }

    private func apply(to pack: inout PackModel, isActive: Bool) {
        if kind.needsCell { return applyToCell(of: &pack, isActive: isActive) }
        switch kind {
        case .protectionOff: pack.protection.isDisabled = isActive
        case .chargeCounter: if isActive { pack.countedCharge = value }
        case .chargeCounterStuck: pack.isCounting = !isActive
        case .capacityFade: if isActive { pack.fade(capacityFactor: value) }
        case .imbalance: if isActive { pack.unbalance(percent: value) }
        case .packShort: pack.damage.shortResistance = isActive ? value : .infinity
        case .moisture: pack.damage.moistureResistance = isActive ? value : .infinity
        case .foreignCurrent: pack.damage.foreignCurrent = isActive ? value : 0
        case .coolingLost: pack.damage.cooling = isActive ? value : 1
        case .boardHeating: pack.damage.boardHeating = isActive ? value : 0
        case .ambient: pack.ambient = isActive ? value : pack.parameters.temperature
        case .packTemperature: pack.setTemperature(isActive ? value : pack.parameters.temperature)
        case .chargeSwitchStuckClosed: pack.chargeSwitchStuck = isActive ? true : nil
        case .chargeSwitchStuckOpen: pack.chargeSwitchStuck = isActive ? false : nil
        case .dischargeSwitchStuckClosed: pack.dischargeSwitchStuck = isActive ? true : nil
        case .dischargeSwitchStuckOpen: pack.dischargeSwitchStuck = isActive ? false : nil
        default: break
        }
    }

    private func applyToCell(of pack: inout PackModel, isActive: Bool) {
        switch kind {
        case .senseWireOff:
            pack.sensors.floatingTaps.removeAll { $0.cell == cell - 1 }
            if isActive { pack.sensors.floatingTaps.append(FloatingTap(cell: cell - 1)) }
        case .cellCapacity: if isActive { pack.weakenCell(cell, capacityFactor: value) }
        case .cellCharge: if isActive { pack.setCell(cell, stateOfCharge: value) }
        case .thermalRunaway: pack.runAway(cell, isActive)
        default: pack.damageCell(cell) { change(&$0, isActive) }
        }
    }

    private func change(_ damage: inout CellDamage, _ isActive: Bool) {
        switch kind {
        case .cellShort: damage.shortResistance = isActive ? value : .infinity
        case .cellOpen: damage.isOpen = isActive
        case .cellResistance: damage.resistanceFactor = isActive ? value : 1
        case .selfDischarge: damage.leakage = isActive ? value : 0
        case .jointResistance:
            damage.jointResistance = isActive ? value : 0
            damage.jointProbability = isActive ? probability : 1
        case .cellHeating: damage.heating = isActive ? value : 0
        case .balancerStuckOn: damage.balancerStuck = isActive ? true : nil
        case .balancerStuckOff: damage.balancerStuck = isActive ? false : nil
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
        case .temperature, .temperatureRamp, .temperatureStuck, .temperatureLost, .temperatureOffset,
            .temperatureDrift:
            .temperature
        case .currentOffset, .currentGain, .currentStuck: .current
        case .packVoltageOffset, .packVoltageStuck: .voltage
        default: .elsewhere
        }
    }
}
