package import Battery

extension BMSSettings {
    /// The limits in an answer that holds everything; 0 is no limit but one that was never set.
    package init(jk answer: JKAnswer) {
        self.init()
        func positive(_ value: Int?) -> Int? { value.flatMap { $0 > 0 ? $0 : nil } }
        func word(_ identifier: UInt8) -> Double? { positive(answer.word(identifier).map(Int.init)).map(Double.init) }
        cellCount = positive(answer.byte(JKIdentifier.cellCountSetting).map(Int.init))
        capacity = positive(answer.long(JKIdentifier.capacity).map(Int.init)).map(Double.init)
        overVoltageCell = word(JKIdentifier.cellOverVoltage).map { $0 / 1000 }
        underVoltageCell = word(JKIdentifier.cellUnderVoltage).map { $0 / 1000 }
        // The board knows no other full and empty: at these it opens its switches.
        fullCell = overVoltageCell
        emptyCell = underVoltageCell
        chargeCutoffCurrent = word(JKIdentifier.chargeOverCurrent)
        dischargeCutoffCurrent = word(JKIdentifier.dischargeOverCurrent)
        overHeat = [word(JKIdentifier.chargeOverTemperature), word(JKIdentifier.dischargeOverTemperature)]
            .compactMap(\.self).min()
        lowTemperatureCharge = answer.word(JKIdentifier.chargeUnderTemperature).map { Double(Int16(bitPattern: $0)) }
        allowedSpread = word(JKIdentifier.cellDifference).map { $0 / 1000 }
    }
}

extension PackIdentity {
    /// Who the board is: `11.XW_S11.261__` is hardware 11.XW with software 11.261; nil when the answer does not tell.
    package init?(jk answer: JKAnswer) {
        guard let version = answer.text(JKIdentifier.softwareVersion) else { return nil }
        self.init(family: JKDriver.familyName)
        let parts = version.split(separator: "_")
        hardware = parts.first.map(String.init)
        if parts.count > 1, let software = parts.last {
            let digits = software.hasPrefix("S") ? software.dropFirst() : software
            firmware = String(digits)
            firmwareCode = Self.code(digits)
        }
        serial = answer.text(JKIdentifier.manufacturer).flatMap(Self.serial)
    }

    /// Major and minor number of a version such as `11.261`; nil for anything else.
    static func code(_ version: some StringProtocol) -> UInt16? {
        let numbers = version.split(separator: ".", maxSplits: 1)
        guard numbers.count == 2, let major = UInt8(numbers[0]),
            let minor = Int(numbers[1].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        return UInt16(major) << 8 | UInt16(min(minor, 0xFF))
    }

    /// The manufacturer's number, unless it is what boards are delivered with, the same on all.
    private static func serial(_ text: String) -> String? {
        text.isEmpty || text.hasPrefix("Input Us") ? nil : text
    }
}
