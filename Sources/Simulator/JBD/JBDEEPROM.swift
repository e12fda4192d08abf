import BMSProtocols

/// The EEPROM of a JBD board, registers 0x10 to 0x3F (jbd.md 7).
package struct JBDEEPROM: Sendable, Hashable {
    private var words = [UInt16](repeating: 0, count: JBDRegister.eeprom.count)

    /// Creates the settings that an installer would give the board of a pack; what the pack does not tell is plausible.
    package init(_ parameters: PackParameters) {
        let chemistry = parameters.chemistry
        let cells = Double(parameters.cells)
        let values: [(UInt8, Double)] = [
            (0x10, parameters.capacity * 100), (0x11, parameters.capacity * 80), (0x12, chemistry.fullCell * 1000),
            (0x13, chemistry.emptyCell * 1000), (0x14, 2), (0x15, Double(Self.productionDate)),
            (0x20, chemistry.overVoltageCell * cells * 100), (0x21, chemistry.fullCell * cells * 100),
            (0x22, chemistry.underVoltageCell * cells * 100), (0x23, chemistry.emptyCell * cells * 100),
            (0x24, chemistry.overVoltageCell * 1000), (0x25, chemistry.fullCell * 1000),
            (0x26, chemistry.underVoltageCell * 1000), (0x27, chemistry.emptyCell * 1000),
            (0x2A, chemistry.balanceAbove * 1000), (0x2B, 10), (0x2C, 1), (0x2D, 6), (0x2E, 3), (0x2F, cells),
            (0x30, 30), (0x31, 5), (0x32, 3350), (0x33, 3320), (0x34, 3300), (0x35, 3250), (0x36, 3900), (0x37, 2000),
            (0x38, 0x8D5C), (0x39, 0xF064), (0x3A, 0x0202), (0x3B, 0x0202), (0x3C, 0x0202), (0x3D, 0x0202),
            (0x3E, 0x0A1E), (0x3F, 0x0A1E),
        ]
        for (register, value) in values { self[register] = UInt16(saturating: value) }
        self[0x28] = UInt16(bitPattern: Int16(saturating: parameters.chargeCutoff * 100))
        self[0x29] = UInt16(bitPattern: Int16(saturating: -parameters.dischargeCutoff * 100))
        let limits = ProtectionLimits(parameters)
        let temperatures = [
            (0x18, limits.overHeat), (0x19, limits.overHeat - 5), (0x1A, limits.lowTemperatureCharge),
            (0x1B, limits.lowTemperatureCharge + 2), (0x1C, limits.overHeat), (0x1D, limits.overHeat - 5),
            (0x1E, limits.lowTemperature), (0x1F, limits.lowTemperature + 2),
        ]
        for (register, celsius) in temperatures { self[UInt8(register)] = JBDSimulator.temperature(celsius) }
    }

    /// The word of a register; 0 outside the EEPROM, where setting does nothing.
    package subscript(register: UInt8) -> UInt16 {
        get { JBDRegister.eeprom.contains(register) ? words[Int(register) - 0x10] : 0 }
        set {
            guard JBDRegister.eeprom.contains(register) else { return }
            words[Int(register) - 0x10] = newValue
        }
    }

    /// The limits that follow from the settings.
    package func limits(for parameters: PackParameters) -> ProtectionLimits {
        var limits = ProtectionLimits(parameters)
        limits.opensForCutOffsOnly = true
        limits.overVoltageCell = Double(self[0x24]) / 1000
        // An over-voltage ends at the release voltage.
        limits.fullCell = Double(self[0x25]) / 1000
        limits.underVoltageCell = Double(self[0x26]) / 1000
        // There is no second, softer limit below.
        limits.emptyCell = limits.underVoltageCell
        limits.chargeCurrent = Double(Int16(bitPattern: self[0x28])) / 100
        limits.dischargeCurrent = -Double(Int16(bitPattern: self[0x29])) / 100
        limits.overHeat = Self.celsius(self[0x18])
        limits.lowTemperatureCharge = Self.celsius(self[0x1A])
        limits.lowTemperature = Self.celsius(self[0x1E])
        limits.balanceAbove = Double(self[0x2A]) / 1000
        limits.capacity = Double(self[0x10]) / 100
        return limits
    }

    /// 2022-03-28.
    static let productionDate: UInt16 = 0x2C7C

    private static func celsius(_ raw: UInt16) -> Double { Double(Int(raw) - JBDBasicInformation.freezing) / 10 }
}
