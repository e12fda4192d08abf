import BMSProtocols

extension JBDSimulator {
    /// The answer to a good request.
    mutating func answer(to request: JBDRequest) -> JBDAnswer {
        switch request.access {
        case .read: read(request.register)
        case .write: JBDAnswer(request.register, status: write(request.data, to: request.register))
        }
    }

    /// Counts a cut-off as 0xAA does.
    mutating func count(_ event: PackEvent) {
        guard case .cutOff(let cutOff) = event else { return }
        let index: Int
        switch cutOff {
        case .chargeOverCurrent: index = 1
        case .dischargeOverCurrent: index = 2
        case .overVoltage: index = 3
        case .underVoltage: index = 4
        case .overTemperature: index = 5
        case .lowTemperatureCharge: index = 6
        case .lowTemperature: index = 8
        case .fullyDischarged, .chargeSwitchError, .dischargeSwitchError: return
        }
        counters[index] = counters[index] == .max ? .max : counters[index] + 1
    }

    /// Celsius as the wire counts it.
    static func temperature(_ celsius: Double) -> UInt16 {
        UInt16(saturating: celsius * 10 + Double(JBDBasicInformation.freezing))
    }

    // MARK: - Registers

    private mutating func read(_ register: UInt8) -> JBDAnswer {
        switch register {
        case JBDRegister.basicInformation: return JBDAnswer(register, live.information.data)
        case JBDRegister.cellVoltages: return JBDAnswer(register, Self.bytes(live.cells))
        case JBDRegister.hardwareName: return JBDAnswer(register, Array(Self.deviceName.utf8))
        case JBDRegister.counters: return JBDAnswer(register, Self.bytes(counters))
        case JBDRegister.eeprom, JBDRegister.texts:
            guard isInFactoryMode || options.opensEEPROM else { return JBDAnswer(register, status: JBDAnswer.closed) }
            if JBDRegister.eeprom.contains(register) { return JBDAnswer(register, Self.bytes([eeprom[register]])) }
            let text = ["DGJBD", Self.deviceName, ""][Int(register & 3)]
            return JBDAnswer(register, [UInt8(truncatingIfNeeded: text.utf8.count)] + text.utf8)
        default: return JBDAnswer(register, status: JBDAnswer.refused)
        }
    }

    /// Writes a register and tells its status.
    private mutating func write(_ data: [UInt8], to register: UInt8) -> UInt8 {
        switch register {
        case JBDRegister.enterFactoryMode:
            guard data == JBDRequest.enterFactoryMode.data else { return JBDAnswer.refused }
            isInFactoryMode = true
        case JBDRegister.leaveFactoryMode:
            isInFactoryMode = false
            if data == [0x28, 0x28] { counters = counters.map { _ in 0 } }
        case JBDRegister.password, JBDRegister.otherPassword: break
        case JBDRegister.switches:
            guard data.count == 2 else { return JBDAnswer.refused }
            let held = JBDHeldSwitches(rawValue: data[1])
            pack.protection.holdsChargeOpen = held.contains(.charge)
            pack.protection.holdsDischargeOpen = held.contains(.discharge)
        case JBDRegister.eeprom:
            guard isInFactoryMode else { return JBDAnswer.closed }
            guard data.count == 2 else { return JBDAnswer.refused }
            eeprom[register] = data.big16(at: 0)
            pack.protection.limits = eeprom.limits(for: pack.parameters)
        default: return JBDAnswer.refused
        }
        return JBDAnswer.accepted
    }

    // MARK: - Live values

    /// What 0x03 and 0x04 tell: from a buffer, which may be frozen, empty or full of nonsense.
    var live: (information: JBDBasicInformation, cells: [UInt16]) {
        mutating get {
            guard condition.lacksReadings || condition.inventsReadings else { return frozen ?? measured }
            let isEmpty = condition.lacksReadings
            func word() -> UInt16 { isEmpty ? 0 : UInt16(truncatingIfNeeded: random.next()) }
            var information = measured.information
            (information.voltage, information.current) = (word(), Int16(bitPattern: word()))
            (information.remainingCapacity, information.cycles) = (word(), word())
            information.stateOfCharge = UInt8(truncatingIfNeeded: word())
            information.protections = JBDProtections(rawValue: word())
            information.temperatures = information.temperatures.map { _ in word() }
            return (information, pack.cells.map { _ in word() })
        }
    }

    /// The values as they are measured.
    var measured: (information: JBDBasicInformation, cells: [UInt16]) {
        let measurement = pack.measurement
        let capacity = pack.protection.limits.capacity
        var information = JBDBasicInformation()
        information.voltage = UInt16(saturating: measurement.voltage * 100)
        information.current = Int16(saturating: measurement.current * 100)
        information.remainingCapacity = UInt16(saturating: capacity * pack.countedCharge)
        information.fullCapacity = eeprom[0x10]
        information.cycles = UInt16(saturating: capacity > 0 ? (pack.discharged / capacity).rounded(.down) : 0)
        information.productionDate = JBDEEPROM.productionDate
        for (index, cell) in pack.cells.prefix(32).enumerated() where cell.isBalancing {
            information.balancing |= 1 << UInt32(index)
        }
        information.protections = protections
        information.version = Self.version
        information.stateOfCharge = UInt8(saturating: pack.countedCharge)
        if pack.chargeSwitchClosed { information.closedSwitches.insert(.charge) }
        if pack.dischargeSwitchClosed { information.closedSwitches.insert(.discharge) }
        information.cellCount = UInt8(saturating: Double(pack.cells.count))
        // A sensor that is lost stays in the list.
        let sensors = min(max(pack.parameters.temperatureSensors, 0), measurement.external.count)
        information.temperatures = measurement.external.prefix(sensors).map { $0.map(Self.temperature) ?? 0 }
        if options.hasTail { information.tail = Self.tail(information) }
        return (information, measurement.cells.map { UInt16(saturating: $0 * 1000) })
    }

    private var protections: JBDProtections {
        let protection = pack.protection
        let causes: [(CutOff, JBDProtections)] = [
            (.overVoltage, .cellOvervoltage), (.underVoltage, .cellUndervoltage), (.fullyDischarged, .cellUndervoltage),
            (.overTemperature, [.chargeOvertemperature, .dischargeOvertemperature]),
            (.lowTemperatureCharge, .chargeUndertemperature),
            (.lowTemperature, [.chargeUndertemperature, .dischargeUndertemperature]),
            (.chargeOverCurrent, .chargeOvercurrent), (.dischargeOverCurrent, .dischargeOvercurrent),
            (.chargeSwitchError, .frontEndError), (.dischargeSwitchError, .frontEndError),
        ]
        var bits = JBDProtections()
        for (cutOff, cause) in causes where protection.isActive(cutOff) { bits.formUnion(cause) }
        if protection.holdsChargeOpen || protection.holdsDischargeOpen { bits.insert(.hostLock) }
        return bits
    }

    /// Humidity, alarm bits, both capacities again, balancing current.
    private static func tail(_ information: JBDBasicInformation) -> [UInt8] {
        var tail: [UInt8] = [0, 0, 0]
        tail.append(big: information.fullCapacity)
        tail.append(big: information.remainingCapacity)
        return tail + [0, 0]
    }

    private static func bytes(_ words: [UInt16]) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words { bytes.append(big: word) }
        return bytes
    }

    private static let deviceName = "JBD-SP16S020-L16S-200A-B-U"
    /// 8.0, as that of the recorded SP04S034.
    private static let version: UInt8 = 0x80
}
