package import Battery

extension JKAnswer {
    /// What every reading of this family promises (S24): one answer holds it all.
    package static let promised: PackInputs = [
        .cellVoltages, .temperature, .current, .voltage, .stateOfCharge, .settings, .alarms,
    ]

    /// Most cells of a board.
    package static let mostCells = 32

    /// The answer as a reading; what it lacks is nil.
    package func reading(pack: Int, began: Instant, completed: Instant) -> PackReading {
        var reading = PackReading(pack: pack, began: began, completed: completed, promised: Self.promised)
        reading.voltage = word(JKIdentifier.packVoltage).flatMap { $0 == 0 ? nil : Double($0) / 100 }
        reading.current = milliamperes.map { Double($0) / 1000 }
        reading.cells = cellVolts
        reading.stateOfCharge = byte(JKIdentifier.stateOfCharge).map(Double.init)
        // Both probes lie in the battery; which is the colder or the warmer place nobody knows.
        reading.temperatures = [
            temperature("T1", .cells, JKIdentifier.boxTemperature),
            temperature("T2", .cells, JKIdentifier.batteryTemperature),
            temperature("MOS", .switches, JKIdentifier.switchTemperature),
        ]
        reading.chargeEnabled = status.map { $0.contains(.chargeSwitch) }
        reading.dischargeEnabled = status.map { $0.contains(.dischargeSwitch) }
        reading.cycles = word(JKIdentifier.cycles).map(Int.init)
        reading.activity = reading.current.map { $0 > 0 ? .charging : $0 < 0 ? .discharging : .idle } ?? .unknown
        reading.alarms = word(JKIdentifier.alarms).map { Aged(alarmSet(JKAlarms(rawValue: $0)), taken: began) }
        if has(JKIdentifier.cellCountSetting) { reading.settings = Aged(BMSSettings(jk: self), taken: began) }
        reading.identity = PackIdentity(jk: self)
        return reading
    }

    // MARK: - Private

    /// Cells by their number; none when the numbers contradict themselves, 0 mV is a cell that could not be read.
    private var cellVolts: [Double?] {
        guard let cells, cells.count <= Self.mostCells else { return [] }
        var volts = [Double?](repeating: nil, count: cells.count)
        var seen: UInt64 = 0
        for cell in cells {
            guard volts.indices.contains(cell.number - 1), seen & 1 << UInt64(cell.number) == 0 else { return [] }
            seen |= 1 << UInt64(cell.number)
            volts[cell.number - 1] = cell.millivolts == 0 ? nil : Double(cell.millivolts) / 1000
        }
        return volts
    }

    private func temperature(_ name: SensorName, _ place: TemperatureReading.Place, _ identifier: UInt8)
        -> TemperatureReading
    {
        TemperatureReading(name: name, place: place, celsius: celsius(identifier).map(Double.init))
    }

    /// The board's protections in common words. Each stops what it protects against.
    private func alarmSet(_ bits: JKAlarms) -> AlarmSet {
        var alarms = AlarmSet()
        func raise(_ kind: AlarmKind, _ which: JKAlarms, stopsCharge: Bool, stopsDischarge: Bool) {
            guard !bits.isDisjoint(with: which) else { return }
            alarms.raise(kind, .alarm)
            alarms.forbidsCharge = alarms.forbidsCharge || stopsCharge
            alarms.forbidsDischarge = alarms.forbidsDischarge || stopsDischarge
        }
        if bits.contains(.lowCapacity) { alarms.raise(.lowStateOfCharge, .warning) }
        if !bits.isDisjoint(with: .unknown) { alarms.raise(.bmsInternal, .warning) }
        raise(.highVoltage, [.packOverVoltage, .cellOverVoltage], stopsCharge: true, stopsDischarge: false)
        raise(.lowVoltage, [.packUnderVoltage, .cellUnderVoltage], stopsCharge: false, stopsDischarge: true)
        raise(
            .highTemperature, [.switchOverTemperature, .batteryOverTemperature, .boxOverTemperature],
            stopsCharge: true, stopsDischarge: true)
        raise(.highChargeCurrent, .chargeOverCurrent, stopsCharge: true, stopsDischarge: false)
        raise(.highDischargeCurrent, .dischargeOverCurrent, stopsCharge: false, stopsDischarge: true)
        raise(.cellImbalance, .cellDifference, stopsCharge: true, stopsDischarge: false)
        // Charging and discharging have each a limit of their own and share the bit: discharging, which is allowed in
        // deeper cold, is told by its switch.
        raise(.lowTemperature, .batteryUnderTemperature, stopsCharge: true, stopsDischarge: false)
        raise(.bmsInternal, [.chipA, .chipB], stopsCharge: true, stopsDischarge: true)
        if status?.contains(.offline) ?? false {
            alarms.raise(.bmsInternal, .alarm)
            alarms.forbidsCharge = true
        }
        return alarms
    }
}

extension JKAnswer {
    /// Whether two readings of nearly the same moment confirm each other: what cannot change in a moment is the same,
    /// what can lies close together.
    ///
    /// Tolerances: 20 mV a cell, 0.5 V pack, 5 A and a tenth of the current, 1 K, 1 % charge.
    package func agrees(with other: JKAnswer) -> Bool {
        guard isComplete == other.isComplete, cells?.count == other.cells?.count else { return false }
        for (one, two) in zip(cells ?? Self.noCells, other.cells ?? Self.noCells) {
            guard one.number == two.number, near(one.millivolts, two.millivolts, 20) else { return false }
        }
        for identifier in Self.steady where word(identifier) != other.word(identifier) { return false }
        for identifier in Self.steadyBytes where byte(identifier) != other.byte(identifier) { return false }
        for identifier in Self.temperatures
        where !near(celsius(identifier), other.celsius(identifier), 1) { return false }
        guard
            near(word(JKIdentifier.packVoltage).map(Int.init), other.word(JKIdentifier.packVoltage).map(Int.init), 50),
            near(
                byte(JKIdentifier.stateOfCharge).map(Int.init), other.byte(JKIdentifier.stateOfCharge).map(Int.init), 1)
        else { return false }
        return near(milliamperes, other.milliamperes, 5000 + (milliamperes ?? 0).magnitude.asInt / 10)
    }

    private static let noCells = JKCells(frame: [], first: 0, count: 0)
    private static let temperatures = [
        JKIdentifier.switchTemperature, JKIdentifier.boxTemperature, JKIdentifier.batteryTemperature,
    ]
    /// What limits are made of and hardly ever changes.
    private static let steady = [
        JKIdentifier.alarms, JKIdentifier.status, JKIdentifier.cellCount, JKIdentifier.cellOverVoltage,
        JKIdentifier.cellUnderVoltage, JKIdentifier.cellDifference, JKIdentifier.dischargeOverCurrent,
        JKIdentifier.chargeOverCurrent, JKIdentifier.chargeOverTemperature, JKIdentifier.dischargeOverTemperature,
        JKIdentifier.chargeUnderTemperature,
    ]
    private static let steadyBytes = [JKIdentifier.cellCountSetting, JKIdentifier.protocolVersion]

    private func near(_ one: UInt16, _ two: UInt16, _ tolerance: Int) -> Bool { near(Int(one), Int(two), tolerance) }

    private func near(_ one: Int?, _ two: Int?, _ tolerance: Int) -> Bool {
        guard let one, let two else { return one == nil && two == nil }
        return (one - two).magnitude.asInt <= tolerance
    }
}

extension UInt {
    fileprivate var asInt: Int { Int(clamping: self) }
}
