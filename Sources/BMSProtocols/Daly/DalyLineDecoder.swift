package import JSONText

/// One line of `cellbridge decode daly`: text in, one JSON object out, whatever the text is (contract.md 6).
///
/// An answer of several frames is one line with all of them. Names and units are those of the golden vectors.
package enum DalyLineDecoder {
    /// Decodes a line given as bytes, end of line included or not.
    package static func decode(line: [UInt8]) -> JSONValue {
        do throws(DecodeError) {
            switch try LineForm.parse(line) {
            case .answer(let bytes): return LineForm.result(fields(try DalyAnswer.decode(bytes)))
            case .request(let bytes): return LineForm.result(fields(try DalyRequest.decode(bytes)))
            case .exchange(let requestBytes, let bytes):
                let request = try asked(requestBytes)
                let answer = try DalyAnswer.decode(bytes)
                guard answer.command == request.command else {
                    throw DecodeError(
                        .unexpectedCommand,
                        "answer to \(hexadecimal(answer.command.rawValue)), asked was "
                            + hexadecimal(request.command.rawValue))
                }
                return LineForm.result(fields(answer))
            }
        } catch {
            return LineForm.result(error)
        }
    }

    // MARK: - Private

    private typealias Member = JSONValue.Member

    private static func asked(_ bytes: [UInt8]) throws(DecodeError) -> DalyRequest {
        do throws(DecodeError) { return try DalyRequest.decode(bytes) } catch {
            throw DecodeError(error.code, "request: " + error.detail)
        }
    }

    private static func fields(_ request: DalyRequest) -> [Member] {
        var fields = [
            Member("direction", "host_to_bms"), Member("command", integer(request.command.rawValue)),
            Member("host_address", integer(request.host.rawValue)),
        ]
        switch request.command {
        case .setChargeSwitch, .setDischargeSwitch: fields.append(Member("mos_on", .bool(request.payload[0] != 0)))
        case .setStateOfCharge:
            fields.append(Member("state_of_charge_permille", integer(request.payload.word(6))))
        default: break
        }
        return fields
    }

    private static func fields(_ answer: DalyAnswer) -> [Member] {
        var fields: [Member] = []
        fields.reserveCapacity(8)
        fields.append(Member("command", integer(answer.command.rawValue)))
        switch answer.command {
        case .packState: add(DalyPackState(answer.payload), to: &fields)
        case .cellExtremes: add(DalyCellExtremes(answer.payload), to: &fields)
        case .temperatureExtremes: add(DalyTemperatureExtremes(answer.payload), to: &fields)
        case .switches: add(DalySwitches(answer.payload), to: &fields)
        case .status: add(DalyStatus(answer.payload), to: &fields)
        case .cellVoltages:
            addNumbers(answer, to: &fields)
            let slots = DalySlots.cellMillivolts(answer.payloads).map(integer)
            fields.append(Member("cell_slots_mV", .array(slots)))
        case .temperatures:
            addNumbers(answer, to: &fields)
            let slots = DalySlots.celsius(answer.payloads).map(JSONValue.integer)
            fields.append(Member("sensor_slots_degC", .array(slots)))
        case .balance:
            let cells = DalyBalance.mask(answer.payload).map { JSONValue.integer($0 + 1) }
            fields.append(Member("balancing_cells", .array(cells)))
        case .failures: add(DalyFailures(answer.payload), to: &fields)
        case .setChargeSwitch, .setDischargeSwitch:
            fields.append(Member("mos_on", .bool(answer.payload[0] != 0)))
        case .setStateOfCharge: break
        default: addParameters(answer, to: &fields)
        }
        return fields
    }

    private static func add(_ state: DalyPackState, to fields: inout [Member]) {
        fields.append(Member("pack_voltage_dV", integer(state.voltageDecivolts)))
        fields.append(Member("gather_voltage_dV", integer(state.gatheredDecivolts)))
        fields.append(Member("current_wire_dA", .integer(state.currentDeciamperes)))
        fields.append(Member("state_of_charge_permille", integer(state.chargePermille)))
    }

    private static func add(_ extremes: DalyCellExtremes, to fields: inout [Member]) {
        fields.append(Member("max_cell_voltage_mV", integer(extremes.highest)))
        fields.append(Member("max_cell_number", integer(extremes.highestNumber)))
        fields.append(Member("min_cell_voltage_mV", integer(extremes.lowest)))
        fields.append(Member("min_cell_number", integer(extremes.lowestNumber)))
    }

    private static func add(_ extremes: DalyTemperatureExtremes, to fields: inout [Member]) {
        fields.append(Member("max_temperature_degC", .integer(extremes.highest)))
        fields.append(Member("max_sensor_number", integer(extremes.highestNumber)))
        fields.append(Member("min_temperature_degC", .integer(extremes.lowest)))
        fields.append(Member("min_sensor_number", integer(extremes.lowestNumber)))
    }

    private static func add(_ switches: DalySwitches, to fields: inout [Member]) {
        fields.append(Member("state", .string(switches.state?.name ?? "unknown")))
        fields.append(Member("charge_mos_on", .bool(switches.isChargeClosed)))
        fields.append(Member("discharge_mos_on", .bool(switches.isDischargeClosed)))
        fields.append(Member("life_counter", integer(switches.lifeCounter)))
        fields.append(Member("remaining_capacity_mAh", integer(switches.remainingMilliampereHours)))
    }

    private static func add(_ status: DalyStatus, to fields: inout [Member]) {
        fields.append(Member("cell_count", integer(status.cells)))
        fields.append(Member("temperature_sensor_count", integer(status.sensors)))
        fields.append(Member("charger_connected", .bool(status.hasCharger)))
        fields.append(Member("load_connected", .bool(status.hasLoad)))
        fields.append(Member("dio_bits", integer(status.inputsAndOutputs)))
        fields.append(Member("cycle_count", integer(status.cycles)))
    }

    private static func add(_ failures: DalyFailures, to fields: inout [Member]) {
        let bits = failures.bits
        fields.append(Member("failure_bits_set", .array(bits.map(JSONValue.integer))))
        fields.append(Member("failures", .array(bits.map { .string(DalyFailures.name(of: $0) ?? "bit\($0)") })))
        fields.append(Member("fault_code", integer(failures.faultCode)))
    }

    private static func addNumbers(_ answer: DalyAnswer, to fields: inout [Member]) {
        fields.append(Member("frame_numbers", .array(answer.payloads.map { integer($0[0]) })))
    }

    static func integer(_ value: some FixedWidthInteger) -> JSONValue { .integer(Int(value)) }
}

extension DalyState {
    /// The word of the vectors.
    package var name: String {
        switch self {
        case .stationary: "stationary"
        case .charging: "charging"
        case .discharging: "discharging"
        }
    }
}
