import BMSProtocols

/// The list of identifiers and values, in the order in which boards send it.
extension JKSimulator {
    /// Everything: live values, then settings.
    var values: [UInt8] { live + settings }

    /// One identifier and its value; nil for one that the board does not have.
    func value(of identifier: UInt8) -> [UInt8]? {
        let frame = JKFrame.sealed(command: .readAll, source: .bms, kind: .reply, data: values)
        return (try? JKAnswer(frame: frame))?.bytes(identifier).map { [identifier] + $0 }
    }

    /// Live values as they are read: from the buffer, which may be frozen, empty or full of nonsense.
    private var live: [UInt8] {
        if condition.lacksReadings { return liveBytes(Live(cells: pack.cells.count)) }
        guard condition.inventsReadings else { return frozenLive ?? measuredLive }
        // Another in every answer: of the moment.
        var random = SeededRandom(seed: UInt64(bitPattern: now.components.attoseconds) ^ UInt64(pack.cells.count))
        return liveBytes(Live(cells: pack.cells.count) { UInt16(truncatingIfNeeded: random.next()) })
    }

    /// Live values as they are measured.
    var measuredLive: [UInt8] {
        let measurement = pack.measurement
        var live = Live(cells: 0)
        live.cells = measurement.cells.map { UInt16(saturating: $0 * 1000) }
        live.temperatures = [
            Self.raw(celsius: measurement.board), Self.raw(celsius: measurement.external.first ?? nil),
            Self.raw(celsius: measurement.external.dropFirst().first ?? nil),
        ]
        live.voltage = UInt16(saturating: measurement.voltage * 100)
        live.current = rawCurrent(measurement.current)
        live.stateOfCharge = UInt8(saturating: pack.countedCharge)
        live.sensors = UInt8(saturating: Double(pack.parameters.temperatureSensors))
        live.alarms = alarms.rawValue
        live.status = status.rawValue
        return liveBytes(live)
    }

    /// What the protections say.
    var alarms: JKAlarms {
        var alarms: JKAlarms = []
        for cutOff in CutOff.allCases where pack.protection.isActive(cutOff) {
            switch cutOff {
            case .underVoltage, .fullyDischarged: alarms.insert(.cellUnderVoltage)
            case .overVoltage: alarms.insert(.cellOverVoltage)
            case .overTemperature:
                let isBoard = pack.measurement.board > pack.protection.limits.boardOverHeat - 5
                alarms.insert(isBoard ? .switchOverTemperature : .batteryOverTemperature)
            case .lowTemperature, .lowTemperatureCharge: alarms.insert(.batteryUnderTemperature)
            case .dischargeOverCurrent: alarms.insert(.dischargeOverCurrent)
            case .chargeOverCurrent: alarms.insert(.chargeOverCurrent)
            case .chargeSwitchError: alarms.insert(.chipA)
            case .dischargeSwitchError: alarms.insert(.chipB)
            }
        }
        if pack.countedCharge < Double(Self.lowCapacityPercent) { alarms.insert(.lowCapacity) }
        return alarms
    }

    private var status: JKStatus {
        var status: JKStatus = []
        if switches.isChargeClosed(pack) { status.insert(.chargeSwitch) }
        if switches.isDischargeClosed(pack) { status.insert(.dischargeSwitch) }
        if pack.cells.contains(where: \.isBalancing) { status.insert(.balancing) }
        return status
    }

    // MARK: - Private

    private static let lowCapacityPercent: UInt8 = 10

    /// The live words before they become bytes; by default what stands for "not measured".
    private struct Live {
        var cells: [UInt16]
        var temperatures: [UInt16] = [.max, .max, .max]
        var voltage: UInt16 = 0
        var current: UInt16 = 0
        var stateOfCharge: UInt8 = .max
        var sensors: UInt8 = 0
        var alarms: UInt16 = 0
        var status: UInt16 = 0

        init(cells count: Int) { cells = [UInt16](repeating: 0, count: count) }

        init(cells count: Int, _ any: () -> UInt16) {
            cells = (0..<count).map { _ in any() }
            temperatures = (0..<3).map { _ in any() }
            (voltage, current) = (any(), any())
            (stateOfCharge, sensors) = (UInt8(truncatingIfNeeded: any()), UInt8(truncatingIfNeeded: any()))
            (alarms, status) = (any(), any())
        }
    }

    private func liveBytes(_ live: Live) -> [UInt8] {
        var data: [UInt8] = [JKIdentifier.cells, UInt8(truncatingIfNeeded: 3 * live.cells.count)]
        for (index, millivolts) in live.cells.enumerated() {
            data.append(UInt8(truncatingIfNeeded: index + 1))
            data.append(big: millivolts)
        }
        for (offset, raw) in live.temperatures.enumerated() {
            data.append(JKIdentifier.switchTemperature + UInt8(truncatingIfNeeded: offset), word: raw)
        }
        data.append(JKIdentifier.packVoltage, word: live.voltage)
        data.append(JKIdentifier.current, word: live.current)
        data += [JKIdentifier.stateOfCharge, live.stateOfCharge, JKIdentifier.sensorCount, live.sensors]
        let capacity = max(pack.protection.limits.capacity, 1)
        data.append(JKIdentifier.cycles, word: UInt16(saturating: (pack.discharged / capacity).rounded(.down)))
        data.append(JKIdentifier.cycledCapacity, long: UInt32(saturating: pack.discharged.rounded(.down)))
        data.append(JKIdentifier.cellCount, word: UInt16(truncatingIfNeeded: live.cells.count))
        data.append(JKIdentifier.alarms, word: live.alarms)
        data.append(JKIdentifier.status, word: live.status)
        return data
    }

    private var settings: [UInt8] {
        let limits = pack.protection.limits
        let cells = Double(pack.cells.count)
        func millivolts(_ volts: Double) -> UInt16 { UInt16(saturating: volts * 1000) }
        let words: [(UInt8, UInt16)] = [
            (0x8E, UInt16(saturating: cells * limits.overVoltageCell * 100)),
            (0x8F, UInt16(saturating: cells * limits.underVoltageCell * 100)),
            (0x90, millivolts(limits.overVoltageCell)),
            (0x91, millivolts(limits.overVoltageCell - 0.05)), (0x92, 5), (0x93, millivolts(limits.underVoltageCell)),
            (0x94, millivolts(limits.underVoltageCell + 0.1)), (0x95, 5), (0x96, 300),
            (0x97, UInt16(saturating: limits.dischargeCurrent)),
            (0x98, UInt16(saturating: limits.dischargeCurrentDelay)),
            (0x99, UInt16(saturating: limits.chargeCurrent)), (0x9A, 30), (0x9B, millivolts(limits.balanceAbove)),
            (0x9C, 5),
        ]
        let temperatures: [(UInt8, Double)] = [
            (0x9E, limits.boardOverHeat), (0x9F, limits.boardOverHeat - 5), (0xA0, 100), (0xA1, 100), (0xA2, 20),
            (0xA3, limits.overHeat), (0xA4, limits.overHeat), (0xA5, limits.lowTemperatureCharge),
            (0xA6, limits.lowTemperatureCharge + 2), (0xA7, limits.lowTemperature), (0xA8, limits.lowTemperature + 2),
        ]
        var data: [UInt8] = []
        for (identifier, word) in words { data.append(identifier, word: word) }
        data += [0x9D, 1]
        for (identifier, celsius) in temperatures {
            data.append(identifier, word: UInt16(bitPattern: Int16(saturating: celsius)))
        }
        data += [JKIdentifier.cellCountSetting, UInt8(truncatingIfNeeded: pack.cells.count)]
        data.append(JKIdentifier.capacity, long: UInt32(saturating: limits.capacity))
        data += [JKIdentifier.chargeSwitch, switches.charge ? 1 : 0]
        data += [JKIdentifier.dischargeSwitch, switches.discharge ? 1 : 0]
        data += [0xAD, 0x03, 0xE8, JKIdentifier.boardAddress, 1, 0xAF, batteryType, 0xB0, 0, 10]
        data += [0xB1, Self.lowCapacityPercent]
        data += Self.text(JKIdentifier.password, "123456") + [0xB3, 0] + Self.text(0xB4, "Input Us")
        data += Self.text(0xB5, "2306")
        data.append(0xB6, long: UInt32(clamping: ((frozenTime ?? now) + timeOffset).components.seconds / 60))
        data += Self.text(JKIdentifier.softwareVersion, options.softwareVersion)
        // Old firmware stops here.
        guard options.currentForm == .signed else { return data }
        data += [0xB8, 0]
        data.append(0xB9, long: UInt32(saturating: limits.capacity))
        return data + Self.text(JKIdentifier.manufacturer, options.manufacturer) + [JKIdentifier.protocolVersion, 1]
    }

    private var batteryType: UInt8 {
        switch pack.parameters.chemistry {
        case .lfp: 0
        case .nmc: 1
        case .lto: 2
        }
    }

    private func rawCurrent(_ amperes: Double) -> UInt16 {
        switch options.currentForm {
        case .offset: return UInt16(saturating: 10_000 - (amperes * 100).rounded())
        case .signed:
            let size = min(UInt16(saturating: amperes.magnitude * 100), 0x7FFF)
            return amperes > 0 ? size | 0x8000 : size
        }
    }

    /// 0...100 °C as they are, −1...−40 as 101...140. A sensor that is not there reads all ones, which no temperature is.
    private static func raw(celsius: Double?) -> UInt16 {
        guard let celsius else { return .max }
        let whole = Int(saturating: min(max(celsius, -40), 100))
        return UInt16(truncatingIfNeeded: whole < 0 ? 100 - whole : whole)
    }

    /// A text, cut or filled up with zeros to the width of its identifier.
    private static func text(_ identifier: UInt8, _ text: String) -> [UInt8] {
        let width = JKIdentifier.width(of: identifier) ?? 0
        let bytes = text.utf8.prefix(width)
        return [identifier] + bytes + [UInt8](repeating: 0, count: width - bytes.count)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ identifier: UInt8, word: UInt16) {
        append(identifier)
        append(big: word)
    }

    fileprivate mutating func append(_ identifier: UInt8, long value: UInt32) {
        append(identifier)
        append(big: UInt16(truncatingIfNeeded: value >> 16))
        append(big: UInt16(truncatingIfNeeded: value))
    }
}
