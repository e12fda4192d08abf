import Battery

/// The limits in the EEPROM of a board that lets it be read without factory mode: old firmware (jbd.md 7).
///
/// A register at a time, so that no poll waits for all of them. Newer boards refuse the first one, and their limits stay
/// unknown: factory mode is not entered for them.
struct JBDSettings: Sendable {
    /// The registers that the limits are made of, in the order in which they are read.
    static let registers: [UInt8] = [0x24, 0x26, 0x28, 0x29, 0x18, 0x1C, 0x1A, 0x10, 0x2F]

    private var words: [UInt8: UInt16] = [:]
    private var began: Instant?

    /// The next register to read; nil when all are known.
    var next: UInt8? { Self.registers.first { words[$0] == nil } }

    /// Takes the word of a register.
    mutating func take(_ word: UInt16, of register: UInt8, at now: Instant) {
        if words.isEmpty { began = now }
        words[register] = word
    }

    /// The limits, as old as the first register of them; nil until all are known.
    var limits: Aged<BMSSettings>? {
        guard next == nil, let began else { return nil }
        var settings = BMSSettings()
        settings.overVoltageCell = positive(0x24, 1000)
        settings.underVoltageCell = positive(0x26, 1000)
        settings.chargeCutoffCurrent = signed(0x28)
        settings.dischargeCutoffCurrent = signed(0x29).map { -$0 }
        settings.overHeat = [celsius(0x18), celsius(0x1C)].compactMap(\.self).min()
        settings.lowTemperatureCharge = celsius(0x1A)
        settings.capacity = positive(0x10, 100)
        settings.cellCount = positive(0x2F, 1).map { Int($0) }
        return Aged(settings, taken: began)
    }

    // MARK: - Private

    /// Zero is no limit.
    private func positive(_ register: UInt8, _ scale: Double) -> Double? {
        words[register].flatMap { $0 == 0 ? nil : Double($0) / scale }
    }

    /// 10 mA; zero is no limit.
    private func signed(_ register: UInt8) -> Double? {
        words[register].flatMap { $0 == 0 ? nil : Double(Int16(bitPattern: $0)) / 100 }
    }

    private func celsius(_ register: UInt8) -> Double? {
        words[register].flatMap { $0 == 0 ? nil : Double(Int($0) - JBDBasicInformation.freezing) / 10 }
    }
}
