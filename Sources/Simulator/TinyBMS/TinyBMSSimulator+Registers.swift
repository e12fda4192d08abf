package import BMSProtocols

extension TinyBMSSimulator {
    /// What a temperature sensor that is not connected reads.
    private static let noSensor = UInt16(bitPattern: -32768)
    /// Hardware 3.1, public firmware 2 with high power and internal Hall sensor, firmware 2.3.249, bootloader 26, map 5.
    private static let versionWords: [UInt16] = [0x0103, 0x0302, 249, 0x051A]

    /// The word of any register; reserved ones read 0.
    func word(_ register: UInt16) -> UInt16 {
        switch register {
        case 0...55: live[Int(register)]
        case 100...199: statistics.word(register)
        case 200...299: log.word(register)
        case 300...399: settings[register]
        case 500...503: Self.versionWords[Int(register) - 500]
        case 504...509: serialNumber[Int(register) - 504]
        default: 0
        }
    }

    /// Registers 0 to 55 as they are read: from the buffer, which may be frozen, empty or full of nonsense.
    package var live: [UInt16] {
        if condition.lacksReadings { return withCounter([UInt16](repeating: .max, count: 56), noSensor: true) }
        guard condition.inventsReadings else { return frozenLive ?? currentLive }
        var random = SeededRandom(seed: UInt64(bitPattern: now.components.attoseconds) ^ UInt64(counter))
        return withCounter((0..<56).map { _ in UInt16(truncatingIfNeeded: random.next()) }, noSensor: false)
    }

    /// Words with the true running counter and number of cells, so that they alone do not betray the rest.
    private func withCounter(_ words: [UInt16], noSensor: Bool) -> [UInt16] {
        var words = words
        Self.put(counter, at: 32, into: &words)
        words[53] = UInt16(saturating: Double(pack.cells.count))
        if noSensor { for register in [42, 43, 48] { words[register] = Self.noSensor } }
        return words
    }

    /// Registers 0 to 55 as they are measured.
    var currentLive: [UInt16] {
        let measurement = pack.measurement
        var words = [UInt16](repeating: 0, count: 56)
        for (index, volts) in measurement.cells.prefix(16).enumerated() {
            words[index] = UInt16(saturating: volts * 10_000)
        }
        Self.put(counter, at: 32, into: &words)
        Self.put(timeLeft, at: 34, into: &words)
        Self.put(Float(measurement.voltage).bitPattern, at: 36, into: &words)
        Self.put(Float(measurement.current).bitPattern, at: 38, into: &words)
        words[40] = UInt16(saturating: measurement.lowest * 1000)
        words[41] = UInt16(saturating: measurement.highest * 1000)
        words[42] = Self.temperature(measurement.external.first ?? nil)
        words[43] = Self.temperature(measurement.external.dropFirst().first ?? nil)
        words[45] = UInt16(saturating: stateOfHealth * 500)
        Self.put(UInt32(saturating: pack.countedCharge * 1_000_000), at: 46, into: &words)
        words[48] = Self.temperature(measurement.board)
        words[50] = status.rawValue
        let balancing = balancingBits
        words[51] = balancing
        words[52] = balancing
        words[53] = UInt16(saturating: Double(pack.cells.count))
        return words
    }

    /// What register 50 says.
    package var status: TinyBMSStatus {
        let protection = pack.protection
        if protection.hasFault { return .fault }
        switch protection.phase {
        case .done: return .fullyCharged
        case .charging, .balancing: return .charging
        case .none: break
        }
        if pack.measurement.current < -protection.limits.idleCurrent { return .discharging }
        return pack.measurement.current > protection.limits.idleCurrent ? .regeneration : .idle
    }

    var balancingBits: UInt16 {
        var bits: UInt16 = 0
        for (index, cell) in pack.cells.prefix(16).enumerated() where cell.isBalancing { bits |= 1 << UInt16(index) }
        return bits
    }

    /// Seconds until empty, or until full while charging. An idle BMS counts with its own draw of about 5 mA.
    private var timeLeft: UInt32 {
        let current = pack.measurement.current
        let capacity = pack.protection.limits.capacity
        let held = capacity * pack.countedCharge / 100
        if current > pack.protection.limits.idleCurrent {
            return UInt32(saturating: (capacity - held) / current * 3600)
        }
        return UInt32(saturating: held / max(-current, 0.005) * 3600)
    }

    private static func temperature(_ celsius: Double?) -> UInt16 {
        guard let celsius else { return noSensor }
        return UInt16(bitPattern: Int16(saturating: celsius * 10))
    }

    /// Low word at the lower register.
    private static func put(_ value: UInt32, at register: Int, into words: inout [UInt16]) {
        words[register] = UInt16(truncatingIfNeeded: value)
        words[register + 1] = UInt16(truncatingIfNeeded: value >> 16)
    }
}
