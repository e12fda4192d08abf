package import Battery

extension JBDBasicInformation {
    /// What a JBD board always delivers: its own limits are behind factory mode and not read.
    package static let promised: PackInputs = [
        .cellVoltages, .temperature, .current, .voltage, .stateOfCharge, .alarms,
    ]

    /// What 0x03 and 0x04 say together, without settings and identity. Cells in mV, cell 1 first; 0 for one that the board
    /// could not read.
    package func reading(
        pack: Int, began: Instant, completed: Instant, cells: [UInt16]
    ) -> PackReading {
        var reading = PackReading(pack: pack, began: began, completed: completed, promised: Self.promised)
        reading.cells = cells.map { $0 == 0 ? nil : Double($0) / 1000 }
        // A cell that the count promises and the list lacks is missing, not gone.
        let lacking = min(Int(cellCount), JBDRegister.mostCells) - cells.count
        if lacking > 0 { reading.cells += [Double?](repeating: nil, count: lacking) }
        reading.temperatures = temperatures.enumerated().map { index, raw in
            TemperatureReading(name: Self.sensorName(index), place: .cells, celsius: Self.celsius(raw))
        }
        reading.chargeEnabled = closedSwitches.contains(.charge)
        reading.dischargeEnabled = closedSwitches.contains(.discharge)
        reading.balancing = reading.cells.indices.map { $0 < 32 && balancing >> UInt32($0) & 1 != 0 }
        reading.alarms = Aged(protections.alarms, taken: began)
        reading.activity = protections.subtracting(.hostLock).isEmpty ? .unknown : .fault
        // A board that has not measured yet sends zeros for everything.
        guard voltage != 0 || reading.cells.contains(where: { $0 != nil }) else { return reading }
        reading.voltage = Double(voltage) / 100
        reading.current = Double(current) / 100
        reading.stateOfCharge = Double(stateOfCharge)
        reading.remainingCapacity = Double(remainingCapacity) / 100
        reading.cycles = Int(cycles)
        return reading
    }

    /// The board as far as 0x03 names it; its hardware is told by 0x05.
    package func identity(hardware: String?) -> PackIdentity {
        let (major, minor) = (version >> 4, version & 15)
        return PackIdentity(
            family: JBDDriver.familyName, firmware: "\(major).\(minor)",
            firmwareCode: UInt16(major) << 8 | UInt16(minor), hardware: hardware)
    }

    /// Whether both come from the same board with the same settings of its capacity.
    package func isSameBoard(as other: JBDBasicInformation) -> Bool {
        productionDate == other.productionDate && version == other.version && cellCount == other.cellCount
            && fullCapacity == other.fullCapacity && temperatures.count == other.temperatures.count
    }

    /// Whether two readings of nearly the same moment confirm each other: what cannot change in a moment is the same,
    /// what can lies close together.
    ///
    /// Tolerances: 0.5 V pack, 5 A and a tenth of the current, 1 K, 1 % charge, 1 Ah, a cycle.
    package func agrees(with other: JBDBasicInformation) -> Bool {
        guard isSameBoard(as: other), protections == other.protections, closedSwitches == other.closedSwitches else {
            return false
        }
        func near(_ one: some BinaryInteger, _ two: some BinaryInteger, _ tolerance: Int) -> Bool {
            (Int(one) - Int(two)).magnitude <= tolerance
        }
        return near(voltage, other.voltage, 50) && near(stateOfCharge, other.stateOfCharge, 1)
            && near(current, other.current, 500 + Int(current.magnitude) / 10)
            && near(remainingCapacity, other.remainingCapacity, 100) && near(cycles, other.cycles, 1)
            && zip(temperatures, other.temperatures).allSatisfy { near($0, $1, 10) }
    }

    /// Whether two readings of the cells, mV, confirm each other: within 20 mV.
    package static func agree(_ one: [UInt16], _ other: [UInt16]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { (Int($0) - Int($1)).magnitude <= 20 }
    }

    // MARK: - Private

    /// The lowest and the highest raw value stand for a sensor that is not connected.
    private static func celsius(_ raw: UInt16) -> Double? {
        raw == 0 || raw == .max ? nil : Double(Int(raw) - freezing) / 10
    }

    /// `NTC1` and so on.
    private static func sensorName(_ index: Int) -> SensorName {
        sensorNames.indices.contains(index) ? sensorNames[index] : SensorName("NTC\(index + 1)")
    }

    private static let sensorNames: [SensorName] = (1...8).map { SensorName("NTC\($0)") }
}

extension JBDProtections {
    /// What the bits mean in the words of all families.
    package var alarms: AlarmSet {
        var alarms = AlarmSet()
        for (bits, kind) in Self.kinds where !isDisjoint(with: bits) { alarms.raise(kind, .alarm) }
        // Nobody knows what the upper bits say; a host that opened a switch did so on purpose.
        if rawValue >> 13 != 0 { alarms.raise(.bmsInternal, .warning) }
        if contains(.hostLock) { alarms.raise(.contactor, .warning) }
        alarms.forbidsCharge = !isDisjoint(with: Self.blockCharge)
        alarms.forbidsDischarge = !isDisjoint(with: Self.blockDischarge)
        return alarms
    }

    private static let kinds: [(JBDProtections, AlarmKind)] = [
        ([.cellOvervoltage, .packOvervoltage], .highVoltage), ([.cellUndervoltage, .packUndervoltage], .lowVoltage),
        (.chargeOvertemperature, .highTemperatureCharge), (.chargeUndertemperature, .lowTemperatureCharge),
        (.dischargeOvertemperature, .highTemperature), (.dischargeUndertemperature, .lowTemperature),
        (.chargeOvercurrent, .highChargeCurrent), (.dischargeOvercurrent, .highDischargeCurrent),
        (.shortCircuit, .shortCircuit), (.frontEndError, .bmsInternal),
    ]
}
