/// The registers of the classic protocol (jbd.md 3 to 8) and how their data read.
package struct JBDRegister: Sendable, Hashable {
    package static let enterFactoryMode: UInt8 = 0x00
    package static let leaveFactoryMode: UInt8 = 0x01
    package static let basicInformation: UInt8 = 0x03
    package static let cellVoltages: UInt8 = 0x04
    package static let hardwareName: UInt8 = 0x05
    package static let password: UInt8 = 0x06
    package static let otherPassword: UInt8 = 0x09
    package static let counters: UInt8 = 0xAA
    package static let switches: UInt8 = 0xE1
    /// Registers of the EEPROM, two bytes each.
    package static let eeprom: ClosedRange<UInt8> = 0x10...0x3F
    /// Texts of the EEPROM, each with a length byte in front.
    package static let texts: ClosedRange<UInt8> = 0xA0...0xA2
    /// Most cells of a board.
    package static let mostCells = 32

    /// How the two bytes of an EEPROM register read.
    package enum Form: Sendable, Hashable {
        /// Whole number times a factor.
        case unsigned(times: Int)
        /// Signed, times a factor.
        case signed(times: Int)
        /// 0.1 K, told in 0.1 °C.
        case temperature
        /// As in 0x03.
        case date
        /// Bits or pairs, told as they are.
        case packed
    }

    package let number: UInt8
    /// Name with its unit, as the vectors write it.
    package let name: String
    package let form: Form

    /// Whether the data can be those of a register that is read.
    static func canHold(_ data: [UInt8], in register: UInt8) -> Bool {
        switch register {
        case basicInformation: JBDBasicInformation.isWhole(data)
        case cellVoltages: data.count >= 2 && data.count <= 2 * mostCells && data.count.isMultiple(of: 2)
        case counters: data.count >= 2 * JBDCounters.names.count && data.count.isMultiple(of: 2)
        case eeprom: data.count == 2
        case texts: !data.isEmpty && Int(data.byte(at: 0)) == data.count - 1
        default: true
        }
    }

    /// Most bytes of data that a read yields.
    static func longestData(of register: UInt8) -> Int {
        switch register {
        case basicInformation: JBDBasicInformation.fixedLength + 2 * 8 + JBDBasicInformation.tailLength
        case cellVoltages: 2 * mostCells
        case counters: 24
        case eeprom: 2
        default: 32
        }
    }

    /// An EEPROM register by its number; nil where nothing is known of it.
    package static func eeprom(_ number: UInt8) -> JBDRegister? {
        let index = Int(number) - Int(eeprom.lowerBound)
        return catalogue.indices.contains(index) ? catalogue[index] : nil
    }

    // MARK: - Private

    /// 0x10 to 0x3F in their order, so that a line of `decode` finds its register without a search.
    private static let catalogue: [JBDRegister] = {
        let rows: [(String, Form)] = [
            ("design_capacity_mAh", .unsigned(times: 10)), ("cycle_capacity_mAh", .unsigned(times: 10)),
            ("cell_full_voltage_mV", .unsigned(times: 1)), ("cell_empty_voltage_mV", .unsigned(times: 1)),
            ("self_discharge_rate_permille", .unsigned(times: 1)), ("production_date_iso", .date),
            ("serial_number_raw", .packed), ("cycle_count", .unsigned(times: 1)),
            ("charge_overtemperature_trigger_decidegC", .temperature),
            ("charge_overtemperature_release_decidegC", .temperature),
            ("charge_undertemperature_trigger_decidegC", .temperature),
            ("charge_undertemperature_release_decidegC", .temperature),
            ("discharge_overtemperature_trigger_decidegC", .temperature),
            ("discharge_overtemperature_release_decidegC", .temperature),
            ("discharge_undertemperature_trigger_decidegC", .temperature),
            ("discharge_undertemperature_release_decidegC", .temperature),
            ("pack_overvoltage_trigger_mV", .unsigned(times: 10)),
            ("pack_overvoltage_release_mV", .unsigned(times: 10)),
            ("pack_undervoltage_trigger_mV", .unsigned(times: 10)),
            ("pack_undervoltage_release_mV", .unsigned(times: 10)),
            ("cell_overvoltage_trigger_mV", .unsigned(times: 1)),
            ("cell_overvoltage_release_mV", .unsigned(times: 1)),
            ("cell_undervoltage_trigger_mV", .unsigned(times: 1)),
            ("cell_undervoltage_release_mV", .unsigned(times: 1)),
            ("charge_overcurrent_limit_mA", .signed(times: 10)),
            ("discharge_overcurrent_limit_mA", .signed(times: 10)),
            ("balance_start_voltage_mV", .unsigned(times: 1)), ("balance_window_mV", .unsigned(times: 1)),
            ("shunt_resistance_0p1mohm", .unsigned(times: 1)), (raw, .packed), (raw, .packed),
            ("cell_count", .unsigned(times: 1)), (raw, .packed), (raw, .packed),
            ("cell_voltage_at_80_percent_mV", .unsigned(times: 1)),
            ("cell_voltage_at_60_percent_mV", .unsigned(times: 1)),
            ("cell_voltage_at_40_percent_mV", .unsigned(times: 1)),
            ("cell_voltage_at_20_percent_mV", .unsigned(times: 1)),
            ("hard_cell_overvoltage_trigger_mV", .unsigned(times: 1)),
            ("hard_cell_undervoltage_trigger_mV", .unsigned(times: 1)), (raw, .packed), (raw, .packed), (raw, .packed),
            (raw, .packed), (raw, .packed), (raw, .packed), (raw, .packed), (raw, .packed),
        ]
        return rows.enumerated().map { offset, row in
            JBDRegister(
                number: eeprom.lowerBound + UInt8(truncatingIfNeeded: offset), name: row.0, form: row.1)
        }
    }()

    /// Name of what has no simple unit.
    private static let raw = "value_u16_raw"
}

/// The protection counters of 0xAA, in their order (jbd.md 6).
package enum JBDCounters {
    package static let names = [
        "short_circuit_count", "charge_overcurrent_count", "discharge_overcurrent_count", "cell_overvoltage_count",
        "cell_undervoltage_count", "charge_overtemperature_count", "charge_undertemperature_count",
        "discharge_overtemperature_count", "discharge_undertemperature_count", "pack_overvoltage_count",
        "pack_undervoltage_count",
    ]
}
