package import JSONText

/// One line of `cellbridge decode daly-modbus`: text in, one JSON object out, whatever the text is (contract.md 6).
///
/// An answer to a read does not tell which registers it holds: with its request it has names, without it only those
/// answers do whose length is that of a variant's first read.
package enum DalyModbusLineDecoder {
    /// Decodes a line given as bytes, end of line included or not.
    package static func decode(line: [UInt8]) -> JSONValue {
        do throws(DecodeError) {
            switch try LineForm.parse(line) {
            case .answer(let bytes): return LineForm.result(try fields(DalyModbusAnswer.decode(bytes), to: nil))
            case .request(let bytes): return LineForm.result(fields(try DalyModbusRequest.decode(bytes)))
            case .exchange(let requestBytes, let bytes):
                let request = try asked(requestBytes)
                let answer = try DalyModbusAnswer.decode(bytes)
                guard request.isAnswered(by: bytes) else { throw mismatch(request, bytes) }
                return LineForm.result(try fields(answer, to: request))
            }
        } catch {
            return LineForm.result(error)
        }
    }

    // MARK: - Private

    private typealias Member = JSONValue.Member

    private static func asked(_ bytes: [UInt8]) throws(DecodeError) -> DalyModbusRequest {
        do throws(DecodeError) { return try DalyModbusRequest.decode(bytes) } catch {
            throw DecodeError(error.code, "request: " + error.detail)
        }
    }

    private static func mismatch(_ request: DalyModbusRequest, _ bytes: [UInt8]) -> DecodeError {
        guard bytes.byte(at: 0) == request.variant.answerAddress, bytes.byte(at: 1) & 0x7F == request.function else {
            return DecodeError(.unexpectedCommand, "answers another request")
        }
        guard bytes.count == request.answerLength else {
            return DecodeError(.badLength, "\(bytes.count) bytes, the request yields \(request.answerLength)")
        }
        return DecodeError(.outOfRange, "another register than was written")
    }

    private static func fields(_ request: DalyModbusRequest) -> [Member] {
        var fields = [
            Member("direction", "host_to_bms"), Member("variant", .string(request.variant.rawValue)),
            Member("start_register", .integer(Int(request.register))),
        ]
        switch request.action {
        case .read(let count): fields.append(Member("register_count", .integer(count)))
        case .write(let value): fields.append(Member("value", .integer(Int(value))))
        }
        return fields
    }

    private static func fields(
        _ answer: DalyModbusAnswer, to request: DalyModbusRequest?
    ) throws(DecodeError) -> [Member] {
        switch answer.content {
        case .refused(let function, let code):
            throw DecodeError(.deviceError, "Modbus exception \(code) to " + hexadecimal(function))
        case .written(let register, let value):
            return [
                Member("start_register", .integer(Int(register))), Member("value", .integer(Int(value))),
            ]
        case .registers(let words):
            let known = request?.register ?? (isFirstRead(answer.variant, words.count) ? 0 : nil)
            guard let first = known else { return [Member("register_count", .integer(words.count))] }
            return fields(DalyModbusRegisters(answer.variant, first: first, words))
        }
    }

    /// Lengths of a first read: 62 or 80 registers of D2, 64 of p81.
    private static func isFirstRead(_ variant: DalyModbusVariant, _ count: Int) -> Bool {
        variant == .d2 ? count == 62 || count == 80 : count == 64
    }

    private static func fields(_ registers: DalyModbusRegisters) -> [Member] {
        let map = registers.map
        var fields: [Member] = []
        fields.reserveCapacity(28)
        fields.append(Member("start_register", .integer(Int(registers.first))))
        fields.append(Member("register_count", .integer(registers.words.count)))
        func add(_ name: String, _ register: UInt16?, _ value: (Int) -> JSONValue) {
            guard let register, let word = registers[register] else { return }
            fields.append(Member(name, value(Int(word))))
        }
        let plain: (Int) -> JSONValue = { .integer($0) }
        let flag: (Int) -> JSONValue = { .bool($0 != 0) }
        let celsius: (Int) -> JSONValue = { .integer($0 - 40) }
        addCells(registers, to: &fields)
        add("pack_voltage_dV", map.voltage, plain)
        add("current_wire_dA", map.current) { .integer($0 - DalyPackState.currentOffset) }
        add("state_of_charge_permille", map.charge, plain)
        add("heartbeat", map.heartbeat, plain)
        add("max_cell_voltage_mV", map.highestCell, plain)
        add("max_cell_number", map.highestCellNumber, plain)
        add("min_cell_voltage_mV", map.lowestCell, plain)
        add("max_temperature_degC", map.highestTemperature, celsius)
        add("min_temperature_degC", map.lowestTemperature, celsius)
        add("state", map.state) { _ in .string(registers.state?.name ?? "unknown") }
        add("remaining_capacity_dAh", map.remaining, plain)
        add("cycle_count", map.cycles, plain)
        add("balancer_state", map.balancer, plain)
        add("charge_mos_on", map.chargeSwitch, flag)
        add("discharge_mos_on", map.dischargeSwitch, flag)
        add("average_cell_voltage_mV", map.meanCell, plain)
        add("cell_voltage_difference_mV", map.cellDifference, plain)
        add("power_W", map.power, plain)
        let alarms = (0..<4).compactMap { registers[map.alarms + $0] }
        if alarms.count == 4 { fields.append(Member("alarm_words", .array(alarms.map { .integer(Int($0)) }))) }
        add("balance_current_mA", map.balanceCurrent) { .integer($0 - DalyPackState.currentOffset) }
        if registers.variant == .d2 {
            add("mos_temperature_raw", map.switchTemperature, plain)
            add("board_temperature_raw", map.boardTemperature, plain)
        } else {
            add("mos_temperature_degC", map.switchTemperature, celsius)
            add("board_temperature_degC", map.boardTemperature, celsius)
        }
        return fields
    }

    private static func addCells(_ registers: DalyModbusRegisters, to fields: inout [Member]) {
        let map = registers.map
        if let count = registers.cellCount {
            fields.append(Member("cell_count", .integer(count)))
            if registers.first == map.cells {
                let cells = registers.words.prefix(count).map { JSONValue.integer(Int($0)) }
                fields.append(Member("cell_voltages_mV", .array(cells)))
            }
        }
        if let count = registers.sensorCount {
            fields.append(Member("temperature_sensor_count", .integer(count)))
            let sensors = (0..<UInt16(count)).compactMap { registers[map.temperatures + $0] }
            if sensors.count == count {
                fields.append(Member("temperatures_degC", .array(sensors.map { .integer(Int($0) - 40) })))
            }
        }
    }
}
