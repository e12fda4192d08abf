import JSONText

/// The fields of `NW` frames, named as in the golden vectors.
extension JKLineDecoder {
    static func requestFields(_ request: JKRequest) -> [Member] {
        var fields = [
            Member("command", .integer(Int(request.command.rawValue))),
            Member("frame_source", .integer(Int(request.source.rawValue))), Member("transport_type", 0),
            Member("identifier", .integer(Int(request.identifier))),
        ]
        if request.command == .write, request.data.count == 2 {
            fields.append(Member("value", .integer(Int(request.data.byte(at: 1)))))
        }
        return fields
    }

    static func answerFields(_ answer: JKAnswer) -> [Member] {
        var fields: [Member] = []
        fields.reserveCapacity(72)
        fields.append(Member("command", .integer(Int(answer.frame.byte(at: 8)))))
        fields.append(Member("frame_source", .integer(Int(answer.frame.byte(at: 9)))))
        fields.append(Member("transport_type", .integer(Int(answer.frame.byte(at: 10)))))
        if let cells = answer.cells {
            fields.append(Member("cell_voltages_mV", .array(cells.map { .integer(Int($0.millivolts)) })))
        }
        for row in rows {
            guard let value = value(row, answer) else { continue }
            fields.append(Member(row.name, value))
        }
        appendDerived(answer, to: &fields)
        if !answer.isComplete { fields.append(Member("complete", false)) }
        return fields
    }

    // MARK: - Private

    private struct Row: Sendable {
        enum Form: Sendable { case byte, word, tens, long, signed, celsius, flag, text }

        let identifier: UInt8
        let name: String
        let form: Form

        init(_ identifier: UInt8, _ name: String, _ form: Form) {
            (self.identifier, self.name, self.form) = (identifier, name, form)
        }
    }

    /// Everything but the cells and the password, which is nobody's business. Source: jk.md 1.2.
    private static let rows: [Row] = [
        Row(0x80, "mos_temperature_degC", .celsius), Row(0x81, "box_temperature_degC", .celsius),
        Row(0x82, "battery_temperature_degC", .celsius), Row(0x83, "pack_voltage_mV", .tens),
        Row(0x84, "current_raw", .word), Row(0x85, "state_of_charge_percent", .byte),
        Row(0x86, "temperature_sensor_count", .byte), Row(0x87, "cycle_count", .word),
        Row(0x89, "total_cycle_capacity_Ah", .long), Row(0x8A, "cell_count", .word), Row(0x8B, "alarm_bits", .word),
        Row(0x8C, "status_bits", .word), Row(0x8E, "pack_overvoltage_mV", .tens),
        Row(0x8F, "pack_undervoltage_mV", .tens), Row(0x90, "cell_overvoltage_mV", .word),
        Row(0x91, "cell_overvoltage_release_mV", .word), Row(0x92, "cell_overvoltage_delay_s", .word),
        Row(0x93, "cell_undervoltage_mV", .word), Row(0x94, "cell_undervoltage_release_mV", .word),
        Row(0x95, "cell_undervoltage_delay_s", .word), Row(0x96, "cell_difference_mV", .word),
        Row(0x97, "discharge_overcurrent_A", .word), Row(0x98, "discharge_overcurrent_delay_s", .word),
        Row(0x99, "charge_overcurrent_A", .word), Row(0x9A, "charge_overcurrent_delay_s", .word),
        Row(0x9B, "balance_start_mV", .word), Row(0x9C, "balance_trigger_delta_mV", .word),
        Row(0x9D, "balance_switch_on", .flag), Row(0x9E, "mos_overtemperature_degC", .word),
        Row(0x9F, "mos_overtemperature_release_degC", .word), Row(0xA0, "box_overtemperature_degC", .word),
        Row(0xA1, "box_overtemperature_release_degC", .word), Row(0xA2, "temperature_difference_degC", .word),
        Row(0xA3, "charge_overtemperature_degC", .word), Row(0xA4, "discharge_overtemperature_degC", .word),
        Row(0xA5, "charge_low_temperature_degC", .signed), Row(0xA6, "charge_low_temperature_release_degC", .signed),
        Row(0xA7, "discharge_low_temperature_degC", .signed),
        Row(0xA8, "discharge_low_temperature_release_degC", .signed), Row(0xA9, "configured_cell_count", .byte),
        Row(0xAA, "configured_capacity_Ah", .long), Row(0xAB, "charge_switch_on", .flag),
        Row(0xAC, "discharge_switch_on", .flag), Row(0xAD, "current_calibration_mA", .word),
        Row(0xAE, "board_address", .byte), Row(0xAF, "battery_type", .byte), Row(0xB0, "sleep_wait_s", .word),
        Row(0xB1, "low_capacity_alarm_percent", .byte), Row(0xB3, "dedicated_charger", .flag),
        Row(0xB4, "device_id", .text), Row(0xB5, "manufacture_date", .text), Row(0xB6, "uptime_minutes", .long),
        Row(0xB7, "software_version", .text), Row(0xB8, "calibration_started", .flag),
        Row(0xB9, "actual_capacity_Ah", .long), Row(0xBA, "manufacturer_id", .text),
    ]

    private static func value(_ row: Row, _ answer: JKAnswer) -> JSONValue? {
        switch row.form {
        case .byte: answer.byte(row.identifier).map { .integer(Int($0)) }
        case .word: answer.word(row.identifier).map { .integer(Int($0)) }
        case .tens: answer.word(row.identifier).map { .integer(Int($0) * 10) }
        case .long: answer.long(row.identifier).map { .integer(Int($0)) }
        case .signed: answer.word(row.identifier).map { .integer(Int(Int16(bitPattern: $0))) }
        case .celsius: answer.has(row.identifier) ? JSONValue(answer.celsius(row.identifier)) : nil
        case .flag: answer.byte(row.identifier).map { .bool($0 != 0) }
        case .text: answer.text(row.identifier).map(JSONValue.string)
        }
    }

    private static func appendDerived(_ answer: JKAnswer, to fields: inout [Member]) {
        if answer.has(JKIdentifier.current), let version = answer.protocolVersion {
            fields.append(Member("protocol_version", .integer(Int(version))))
            fields.append(Member("current_mA_charge_positive", JSONValue(answer.milliamperes)))
        }
        guard let status = answer.status else { return }
        fields.append(Member("charge_mos_on", .bool(status.contains(.chargeSwitch))))
        fields.append(Member("discharge_mos_on", .bool(status.contains(.dischargeSwitch))))
        fields.append(Member("balancing", .bool(status.contains(.balancing))))
        fields.append(Member("battery_offline", .bool(status.contains(.offline))))
    }
}
