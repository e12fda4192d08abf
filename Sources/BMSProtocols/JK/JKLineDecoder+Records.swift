import JSONText

/// The fields of the PB series' answers, named as in the golden vectors.
extension JKLineDecoder {
    static func requestFields(_ request: JKPBRequest) -> [Member] {
        var fields = [
            Member("address", .integer(Int(request.address))), Member("register", .integer(Int(request.register))),
        ]
        switch request {
        case .record(let kind, _): fields.append(Member("record_type", .integer(Int(kind.rawValue))))
        case .write(_, let value, _): fields.append(Member("value", .integer(Int(value))))
        }
        return fields
    }

    /// - Throws: `device_error` for a Modbus exception.
    static func answerFields(_ answer: JKPBAnswer) throws(DecodeError) -> [Member] {
        switch answer {
        case .refused(let address, let code):
            throw DecodeError(.deviceError, "board \(address) refuses: Modbus exception \(code)")
        case .written(let acknowledgement): return acknowledgementFields(acknowledgement)
        case .record(let record, let acknowledgement):
            var fields: [Member] = []
            fields.reserveCapacity(48)
            fields.append(Member("record_type", .integer(Int(record.kind.rawValue))))
            fields.append(Member("record_counter", .integer(Int(record.byte(5)))))
            switch record.kind {
            case .status:
                appendCells(record, to: &fields)
                append(status, record, to: &fields)
            case .settings: append(settings, record, to: &fields)
            case .about: append(about, record, to: &fields)
            }
            if let acknowledgement { fields += acknowledgementFields(acknowledgement) }
            return fields
        }
    }

    // MARK: - Private

    private static func acknowledgementFields(_ acknowledgement: JKPBAcknowledgement) -> [Member] {
        [
            Member("acknowledged_address", .integer(Int(acknowledgement.address))),
            Member("acknowledged_register", .integer(Int(acknowledgement.register))),
        ]
    }

    private struct Row: Sendable {
        enum Form: Sendable { case byte, word, signed, long, signedLong, index, flag, longFlag, text(Int) }

        let offset: Int
        let name: String
        let form: Form

        init(_ offset: Int, _ name: String, _ form: Form) {
            (self.offset, self.name, self.form) = (offset, name, form)
        }
    }

    private static let status: [Row] = [
        Row(70, "cell_present_mask", .long), Row(74, "average_cell_voltage_mV", .word),
        Row(76, "cell_voltage_difference_mV", .word), Row(78, "max_cell_number", .index),
        Row(79, "min_cell_number", .index), Row(144, "mos_temperature_decidegC", .signed),
        Row(146, "wire_resistance_alarm_mask", .long), Row(150, "pack_voltage_mV", .long),
        Row(154, "power_mW", .long), Row(158, "current_mA", .signedLong), Row(162, "temperature_1_decidegC", .signed),
        Row(164, "temperature_2_decidegC", .signed), Row(166, "alarm_bits", .long),
        Row(170, "balance_current_mA", .signed), Row(172, "balance_state", .byte),
        Row(173, "state_of_charge_percent", .byte), Row(174, "remaining_capacity_mAh", .long),
        Row(178, "full_capacity_mAh", .long), Row(182, "cycle_count", .long),
        Row(186, "total_cycle_capacity_mAh", .long), Row(190, "state_of_health_percent", .byte),
        Row(191, "precharge_on", .flag), Row(194, "uptime_s", .long), Row(198, "charge_mos_on", .flag),
        Row(199, "discharge_mos_on", .flag), Row(214, "temperature_sensor_present_bits", .byte),
        Row(215, "heater_on", .flag), Row(234, "pack_voltage_10mV", .word), Row(236, "heater_current_mA", .word),
        Row(256, "temperature_3_decidegC", .signed), Row(258, "temperature_4_decidegC", .signed),
    ]

    private static let settings: [Row] = [
        Row(6, "smart_sleep_mV", .long), Row(10, "cell_undervoltage_mV", .long),
        Row(14, "cell_undervoltage_release_mV", .long), Row(18, "cell_overvoltage_mV", .long),
        Row(22, "cell_overvoltage_release_mV", .long), Row(26, "balance_trigger_mV", .long),
        Row(30, "soc_100_percent_mV", .long), Row(34, "soc_0_percent_mV", .long),
        Row(38, "requested_charge_mV", .long), Row(42, "requested_float_mV", .long), Row(46, "power_off_mV", .long),
        Row(50, "max_charge_current_mA", .long), Row(54, "charge_overcurrent_delay_s", .long),
        Row(58, "charge_overcurrent_release_s", .long), Row(62, "max_discharge_current_mA", .long),
        Row(66, "discharge_overcurrent_delay_s", .long), Row(70, "discharge_overcurrent_release_s", .long),
        Row(74, "short_circuit_release_s", .long), Row(78, "max_balance_current_mA", .long),
        Row(82, "charge_overtemperature_decidegC", .signedLong),
        Row(86, "charge_overtemperature_release_decidegC", .signedLong),
        Row(90, "discharge_overtemperature_decidegC", .signedLong),
        Row(94, "discharge_overtemperature_release_decidegC", .signedLong),
        Row(98, "charge_undertemperature_decidegC", .signedLong),
        Row(102, "charge_undertemperature_release_decidegC", .signedLong),
        Row(106, "mos_overtemperature_decidegC", .signedLong),
        Row(110, "mos_overtemperature_release_decidegC", .signedLong), Row(114, "cell_count", .long),
        Row(118, "charge_switch_on", .longFlag), Row(122, "discharge_switch_on", .longFlag),
        Row(126, "balance_switch_on", .longFlag), Row(130, "nominal_capacity_mAh", .long),
        Row(134, "short_circuit_delay_us", .long), Row(138, "balance_start_mV", .long),
        Row(270, "board_address", .long), Row(274, "precharge_s", .long), Row(282, "control_bits", .word),
    ]

    /// Neither the user's texts nor the PIN.
    private static let about: [Row] = [
        Row(6, "device_model", .text(16)), Row(22, "hardware_version", .text(8)),
        Row(30, "software_version", .text(8)), Row(38, "uptime_s", .long), Row(42, "power_on_count", .long),
        Row(46, "device_name", .text(16)), Row(78, "manufacture_date", .text(8)),
    ]

    private static func appendCells(_ record: JKPBRecord, to fields: inout [Member]) {
        let mask = record.cellMask
        let present = (0..<JKPBRecord.slots).filter { mask & 1 << UInt32($0) != 0 }
        func words(from first: Int) -> JSONValue {
            .array(present.map { .integer(Int(record.word(first + 2 * $0))) })
        }
        fields.append(Member("cell_voltages_mV", words(from: 6)))
        fields.append(Member("cell_wire_resistances_mohm", words(from: 80)))
    }

    private static func append(_ rows: [Row], _ record: JKPBRecord, to fields: inout [Member]) {
        for row in rows {
            let value: JSONValue =
                switch row.form {
                case .byte: .integer(Int(record.byte(row.offset)))
                case .word: .integer(Int(record.word(row.offset)))
                case .signed: .integer(Int(record.signed(row.offset)))
                case .long: .integer(Int(record.long(row.offset)))
                case .signedLong: .integer(Int(record.signedLong(row.offset)))
                case .index: .integer(Int(record.byte(row.offset)) + 1)
                case .flag: .bool(record.byte(row.offset) != 0)
                case .longFlag: .bool(record.long(row.offset) != 0)
                case .text(let width): .string(record.text(row.offset, width))
                }
            fields.append(Member(row.name, value))
        }
    }
}
