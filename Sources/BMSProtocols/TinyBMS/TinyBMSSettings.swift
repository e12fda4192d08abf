package import Battery

extension BMSSettings {
    /// The limits in registers 300 to 343.
    ///
    /// A value outside what the register may hold is unknown, not believed: a BMS that never had it reads 0 there.
    package init(tinyBMS words: TinyBMSRegisterWords) {
        self.init()
        cellCount = Self.raw(307, words)
        capacity = Self.value(306, words, per: 100)
        fullCell = Self.value(300, words, per: 1000)
        emptyCell = Self.value(301, words, per: 1000)
        overVoltageCell = Self.value(315, words, per: 1000)
        underVoltageCell = Self.value(316, words, per: 1000)
        chargeCutoffCurrent = Self.value(318, words)
        // 305 exists in newer firmware only; 0 there is no limit of 0 A.
        dischargeCutoffCurrent = [Self.value(317, words), Self.value(305, words)].compactMap(\.self).min()
        overHeat = Self.value(319, words)
        lowTemperatureCharge = Self.value(320, words)
        chargeFinishedCurrent = Self.value(304, words, per: 1000)
        allowedSpread = Self.value(308, words, per: 1000)
    }

    // MARK: - Private

    private static let rows = [UInt16: TinyBMSRegister](
        TinyBMSRegister.settings.map { ($0.number, $0) }
    ) { first, _ in first }

    private static func raw(_ register: UInt16, _ words: TinyBMSRegisterWords) -> Int? {
        guard let row = rows[register], let raw = row.raw(in: words), raw != row.missing else { return nil }
        // Where the BMS moves the limits with its current sensor, only "none" is impossible.
        return row.marks.contains(.limitsMove) ? (raw > 0 ? raw : nil) : (row.allows(raw) ? raw : nil)
    }

    private static func value(
        _ register: UInt16, _ words: TinyBMSRegisterWords, per divisor: Double = 1
    ) -> Double? {
        raw(register, words).map { Double($0) / divisor }
    }
}

extension PackIdentity {
    /// Who the BMS is by registers 500 to 509; there is no text in it (tinybms.md 11).
    package init(tinyBMS words: TinyBMSRegisterWords) {
        func raw(_ name: String) -> Int? { TinyBMSRegister.named[name]?.raw(in: words) }
        self.init(family: TinyBMSDriver.familyName)
        let digits = TinyBMSRegister.named["serial_number"]?.serial(in: words)
        serial = digits.flatMap { digits in
            digits.allSatisfy { $0 == "0" } || digits.allSatisfy { $0 == "F" } ? nil : digits
        }
        if let major = raw("firmware_public"), let minor = raw("firmware_internal") {
            firmware = "\(major).\(minor)"
            firmwareCode = UInt16(truncatingIfNeeded: major << 8 | min(minor, 0xFF))
        }
        if let version = raw("hardware_version"), let changes = raw("hardware_changes") {
            hardware = "\(version).\(changes)"
        }
    }
}
