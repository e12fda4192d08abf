import BMSProtocols

/// The three records of 300 bytes.
extension JKPBSimulator {
    func record(_ kind: JKPBRecord.Kind) -> [UInt8] {
        switch kind {
        case .status: status
        case .settings: settings
        case .about: about
        }
    }

    /// The status as it is read: from the buffer, which may be frozen, empty or full of nonsense.
    private var status: [UInt8] {
        if condition.lacksReadings {
            return sealed(.status) { record in
                record.put(long: cellMask, at: 70)
                for offset in Self.temperatureOffsets { record.put(word: UInt16(bitPattern: -2000), at: offset) }
                record.put(byte: .max, at: 173)
                record.put(long: runTime, at: 194)
            }
        }
        guard condition.inventsReadings else { return frozenStatus ?? measuredStatus }
        var random = SeededRandom(seed: UInt64(bitPattern: now.components.attoseconds) ^ UInt64(runTime))
        return sealed(.status) { record in
            for offset in 6..<(JKPBRecord.length - 1) {
                record.put(byte: UInt8(truncatingIfNeeded: random.next()), at: offset)
            }
            record.put(long: cellMask, at: 70)
            record.put(long: runTime, at: 194)
        }
    }

    /// The status as it is measured.
    var measuredStatus: [UInt8] {
        let measurement = pack.measurement
        let cells = measurement.cells.map { UInt16(saturating: $0 * 1000) }
        return sealed(.status) { record in
            for (index, millivolts) in cells.enumerated() {
                record.put(word: millivolts, at: 6 + 2 * index)
                record.put(word: 70 + UInt16(truncatingIfNeeded: index % 5), at: 80 + 2 * index)
            }
            record.put(long: cellMask, at: 70)
            record.put(
                word: UInt16(saturating: measurement.cells.reduce(0, +) / Double(max(1, cells.count)) * 1000), at: 74)
            record.put(word: UInt16(saturating: measurement.spread * 1000), at: 76)
            record.put(byte: Self.index(of: cells.max(), in: cells), at: 78)
            record.put(byte: Self.index(of: cells.min(), in: cells), at: 79)
            putElectric(into: &record)
            putTemperatures(into: &record)
            putCharge(into: &record)
            record.put(long: alarms.rawValue, at: 166)
            record.put(long: runTime, at: 194)
            record.put(byte: switches.isChargeClosed(pack) ? 1 : 0, at: 198)
            record.put(byte: switches.isDischargeClosed(pack) ? 1 : 0, at: 199)
        }
    }

    /// What the protections say. A new board asks for another password, which is harmless.
    var alarms: JKPBAlarms {
        var alarms: JKPBAlarms = .changePassword
        for cutOff in CutOff.allCases where pack.protection.isActive(cutOff) {
            switch cutOff {
            case .underVoltage, .fullyDischarged: alarms.insert(.cellUnderVoltage)
            case .overVoltage: alarms.insert(.cellOverVoltage)
            case .overTemperature:
                let isBoard = pack.measurement.board > pack.protection.limits.boardOverHeat - 5
                alarms.insert(isBoard ? .switchOverTemperature : .batteryOverTemperature)
            case .lowTemperature, .lowTemperatureCharge: alarms.insert(.chargeUnderTemperature)
            case .dischargeOverCurrent: alarms.insert(.dischargeOverCurrent)
            case .chargeOverCurrent: alarms.insert(.chargeOverCurrent)
            case .chargeSwitchError: alarms.insert(.chargeSwitch)
            case .dischargeSwitchError: alarms.insert(.dischargeSwitch)
            }
        }
        return alarms
    }

    private var settings: [UInt8] {
        let limits = pack.protection.limits
        func millivolts(_ volts: Double) -> UInt32 { UInt32(saturating: volts * 1000) }
        let values: [(Int, UInt32)] = [
            (6, millivolts(limits.underVoltageCell + 0.9)), (10, millivolts(limits.underVoltageCell)),
            (14, millivolts(limits.underVoltageCell + 0.05)), (18, millivolts(limits.overVoltageCell)),
            (22, millivolts(limits.overVoltageCell - 0.05)), (26, 5),
            (30, millivolts(pack.parameters.chemistry.fullCell)), (34, millivolts(pack.parameters.chemistry.emptyCell)),
            (38, millivolts(pack.parameters.chemistry.balanceAbove)),
            (42, millivolts(pack.parameters.chemistry.balanceAbove - 0.1)),
            (46, millivolts(limits.underVoltageCell - 0.1)), (50, millivolts(limits.chargeCurrent)), (54, 3), (58, 60),
            (62, millivolts(limits.dischargeCurrent)), (66, UInt32(saturating: limits.dischargeCurrentDelay)),
            (70, 60), (74, 5), (78, 2000), (114, UInt32(truncatingIfNeeded: pack.cells.count)),
            (118, switches.charge ? 1 : 0), (122, switches.discharge ? 1 : 0), (126, 1),
            (130, millivolts(limits.capacity)), (134, 1500), (138, millivolts(limits.balanceAbove)),
            (270, UInt32(options.address)), (274, 5),
        ]
        let temperatures: [(Int, Double)] = [
            (82, limits.overHeat), (86, limits.overHeat - 5), (90, limits.overHeat), (94, limits.overHeat - 5),
            (98, limits.lowTemperatureCharge), (102, limits.lowTemperatureCharge + 2), (106, limits.boardOverHeat),
            (110, limits.boardOverHeat - 5),
        ]
        return sealed(.settings) { record in
            for (offset, value) in values { record.put(long: value, at: offset) }
            for (offset, celsius) in temperatures {
                record.put(long: UInt32(bitPattern: Int32(saturating: celsius * 10)), at: offset)
            }
        }
    }

    private var about: [UInt8] {
        sealed(.about) { record in
            record.put(text: options.model, width: 16, at: 6)
            record.put(text: options.hardware, width: 8, at: 22)
            record.put(text: options.software, width: 8, at: 30)
            record.put(long: runTime, at: 38)
            record.put(long: 452, at: 42)
            record.put(text: options.name, width: 16, at: 46)
            record.put(text: "240510", width: 8, at: 78)
            record.put(text: "1234", width: 16, at: 118)
        }
    }

    // MARK: - Private

    private static let temperatureOffsets = [144, 162, 164, 254, 256, 258]

    private var cellMask: UInt32 { UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(pack.cells.count)) - 1) }

    private func sealed(_ kind: JKPBRecord.Kind, _ values: (inout [UInt8]) -> Void) -> [UInt8] {
        JKPBRecord.sealed(kind, counter: options.counter, values)
    }

    private static func index(of value: UInt16?, in cells: [UInt16]) -> UInt8 {
        UInt8(truncatingIfNeeded: value.flatMap { cells.firstIndex(of: $0) } ?? 0)
    }

    private func putElectric(into record: inout [UInt8]) {
        let measurement = pack.measurement
        let watts = measurement.voltage * measurement.current.magnitude
        record.put(long: UInt32(saturating: measurement.voltage * 1000), at: 150)
        record.put(word: UInt16(saturating: measurement.voltage * 100), at: 234)
        record.put(long: UInt32(saturating: watts * 1000), at: 154)
        record.put(long: UInt32(bitPattern: Int32(saturating: measurement.current * 1000)), at: 158)
        record.put(byte: pack.cells.contains { $0.isBalancing } ? 2 : 0, at: 172)
    }

    private func putTemperatures(into record: inout [UInt8]) {
        func raw(_ celsius: Double?) -> UInt16 {
            UInt16(bitPattern: celsius.map { Int16(saturating: $0 * 10) } ?? -2000)
        }
        let measurement = pack.measurement
        let values = [
            measurement.board, measurement.external.first ?? nil, measurement.external.dropFirst().first ?? nil,
            measurement.board, nil, nil,
        ]
        for (offset, celsius) in zip(Self.temperatureOffsets, values) { record.put(word: raw(celsius), at: offset) }
        // The bits of present sensors stay all ones on boards that lack some (jk.md 2.2).
        record.put(byte: .max, at: 214)
    }

    private func putCharge(into record: inout [UInt8]) {
        let capacity = pack.protection.limits.capacity
        record.put(byte: UInt8(saturating: pack.countedCharge), at: 173)
        record.put(long: UInt32(saturating: capacity * pack.countedCharge * 10), at: 174)
        record.put(long: UInt32(saturating: capacity * 1000), at: 178)
        record.put(long: UInt32(saturating: (pack.discharged / max(capacity, 1)).rounded(.down)), at: 182)
        record.put(long: UInt32(saturating: pack.discharged * 1000), at: 186)
        record.put(byte: 100, at: 190)
    }
}

/// Values at an offset of a record, little-endian; what would stick out is left out.
extension [UInt8] {
    fileprivate mutating func put(byte: UInt8, at offset: Int) {
        guard indices.contains(offset) else { return }
        self[offset] = byte
    }

    fileprivate mutating func put(word: UInt16, at offset: Int) {
        put(byte: UInt8(truncatingIfNeeded: word), at: offset)
        put(byte: UInt8(truncatingIfNeeded: word >> 8), at: offset + 1)
    }

    fileprivate mutating func put(long: UInt32, at offset: Int) {
        put(word: UInt16(truncatingIfNeeded: long), at: offset)
        put(word: UInt16(truncatingIfNeeded: long >> 16), at: offset + 2)
    }

    fileprivate mutating func put(text: String, width: Int, at offset: Int) {
        for (index, byte) in text.utf8.prefix(width).enumerated() { put(byte: byte, at: offset + index) }
    }
}
