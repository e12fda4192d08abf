import JSONText

/// The fields of the parameter commands 0x50 to 0x63.
extension DalyLineDecoder {
    static func addParameters(_ answer: DalyAnswer, to fields: inout [JSONValue.Member]) {
        func add(_ name: String, _ value: JSONValue) { fields.append(JSONValue.Member(name, value)) }
        let payload = answer.payload
        switch answer.command {
        case .ratedCapacity:
            add("rated_capacity_mAh", integer(payload.long(0)))
            add("nominal_cell_voltage_mV", integer(payload.word(6)))
        case .boards:
            add("acquisition_boards", integer(payload[0]))
            add("cells_per_board", .array((1...3).map { integer(payload[$0]) }))
            add("sensors_per_board", .array((4...6).map { integer(payload[$0]) }))
        case .lifetimeCharge:
            add("cumulative_charge_Ah", integer(payload.long(0)))
            add("cumulative_discharge_Ah", integer(payload.long(4)))
        case .batteryInformation:
            let information = DalyBatteryInformation(payload)
            add("operation_mode", integer(information.mode))
            add("battery_type", integer(information.type))
            add("production_date_iso", .string(date(information)))
            add("sleep_time_raw", integer(information.sleepTime))
        case .firmwareIndex: add("firmware_index_ascii", .string(payload.text(from: 0)))
        case .batteryCode: addText("battery_code_ascii", answer, to: &fields)
        case .softwareVersion: addText("software_version_ascii", answer, to: &fields)
        case .hardwareVersion: addText("hardware_version_ascii", answer, to: &fields)
        case .shortCircuit:
            add("short_circuit_current_A", integer(payload.word(0)))
            add("sampling_resistance_uohm", integer(payload.word(2)))
        case .balanceSettings:
            add("balance_start_voltage_mV", integer(payload.word(0)))
            add("balance_delta_voltage_mV", integer(payload.word(2)))
        default: addLimits(answer, to: &fields)
        }
    }

    // MARK: - Private

    private static func addLimits(_ answer: DalyAnswer, to fields: inout [JSONValue.Member]) {
        let words = (0..<4).map { answer.payload.word(2 * $0) }
        func add(_ names: [String], _ values: [Int]) {
            for (name, value) in zip(names, values) { fields.append(JSONValue.Member(name, .integer(value))) }
        }
        switch answer.command {
        case .cellVoltageLimits: add(cellLevels, words.map(Int.init))
        case .packVoltageLimits: add(packLevels, words.map(Int.init))
        case .stateOfChargeLimits: add(chargeLevels, words.map(Int.init))
        case .currentLimits: add(currents, words.map { Int($0) - DalyPackState.currentOffset })
        case .temperatureLimits: add(temperatures, (0..<8).map { DalyTemperature.celsius(answer.payload[$0]) })
        case .differenceLimits:
            add(
                differences,
                [Int(words[0]), Int(words[1]), Int(answer.payload[4]), Int(answer.payload[5])])
        default: break
        }
    }

    private static func levels(_ what: String, _ unit: String) -> [String] {
        ["high_l1", "high_l2", "low_l1", "low_l2"].map { what + "_" + $0 + "_" + unit }
    }

    private static let cellLevels = levels("cell", "mV")
    private static let packLevels = levels("pack", "dV")
    private static let chargeLevels = levels("soc", "permille")
    private static let currents = [
        "charge_current_l1_wire_dA", "charge_current_l2_wire_dA", "discharge_current_l1_wire_dA",
        "discharge_current_l2_wire_dA",
    ]
    private static let temperatures = [
        "charge_high_l1_degC", "charge_high_l2_degC", "charge_low_l1_degC", "charge_low_l2_degC",
        "discharge_high_l1_degC", "discharge_high_l2_degC", "discharge_low_l1_degC", "discharge_low_l2_degC",
    ]
    private static let differences = [
        "cell_difference_l1_mV", "cell_difference_l2_mV", "temperature_difference_l1_K", "temperature_difference_l2_K",
    ]

    private static func addText(_ name: String, _ answer: DalyAnswer, to fields: inout [JSONValue.Member]) {
        fields.append(JSONValue.Member("frame_numbers", .array(answer.payloads.map { integer($0[0]) })))
        fields.append(JSONValue.Member(name, .string(answer.text)))
    }

    private static func date(_ information: DalyBatteryInformation) -> String {
        let (year, month, day) = information.produced
        func two(_ value: UInt8) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(2000 + Int(year))-" + two(month) + "-" + two(day)
    }
}

extension DalyAnswer {
    /// The text of a numbered answer of ASCII.
    package var text: String { payloads.map { $0.text(from: 1) }.joined() }
}
