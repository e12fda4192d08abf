package import JSONText

/// One line of `cellbridge decode tinybms`: text in, one JSON object out, whatever the text is (contract.md 6).
package enum TinyBMSLineDecoder {
    /// Decodes a line given as text.
    package static func decode(line: String) -> JSONValue { decode(line: Array(line.utf8)) }

    /// Decodes a line given as bytes, end of line included or not.
    package static func decode(line: [UInt8]) -> JSONValue {
        do throws(DecodeError) {
            switch try LineForm.parse(line) {
            case .answer(let bytes):
                return LineForm.result(answerFields(try TinyBMSAnswer.decode(bytes), bytes, to: nil))
            case .request(let bytes):
                return LineForm.result(requestFields(try TinyBMSRequest.decode(bytes), bytes))
            case .exchange(let requestBytes, let bytes):
                let request = try asked(requestBytes)
                let answer = try TinyBMSAnswer.decode(bytes)
                if let mismatch = request.mismatch(with: bytes), !isPart(answer, of: request) { throw mismatch }
                return LineForm.result(answerFields(answer, bytes, to: request))
            }
        } catch {
            return LineForm.result(error)
        }
    }

    // MARK: - Private

    private typealias Member = JSONValue.Member

    private static func asked(_ bytes: [UInt8]) throws(DecodeError) -> TinyBMSRequest {
        do throws(DecodeError) { return try TinyBMSRequest.decode(bytes) } catch {
            throw DecodeError(error.code, "request: " + error.detail)
        }
    }

    /// Packets that more follow have a length of their own.
    private static func isPart(_ answer: TinyBMSAnswer, of request: TinyBMSRequest) -> Bool {
        guard case .partial(let command, _, _) = answer else { return false }
        return command == request.command.rawValue
    }

    private static func head(_ direction: String, _ command: UInt8) -> [Member] {
        var fields: [Member] = []
        fields.reserveCapacity(12)
        fields.append(Member("direction", .string(direction)))
        fields.append(Member("crc_ok", true))
        fields.append(Member("command", .string(hexadecimal(command))))
        return fields
    }

    private static func requestFields(_ request: TinyBMSRequest, _ bytes: [UInt8]) -> [Member] {
        var fields = head("host_to_bms", request.command.rawValue)
        func add(_ name: String, _ value: JSONValue) { fields.append(Member(name, value)) }
        switch request {
        case .control(let option): add("option", integer(option.rawValue))
        case .readRegisters(let address, let count), .readBlock(let address, let count):
            add("address", integer(address))
            add("register_count", .integer(count))
        case .readIndividual(let addresses):
            add("payload_length", integer(bytes.byte(at: 2)))
            add("addresses", words(addresses))
        case .writeBlock(let address, let values, _):
            add("payload_length", integer(bytes.byte(at: 2)))
            add("address", integer(address))
            add("registers", words(values))
        case .writeIndividual(let writes):
            add("payload_length", integer(bytes.byte(at: 2)))
            add("writes", pairs(writes))
        case .writeRegisters(let address, let values):
            add("address", integer(address))
            add("register_count", .integer(values.count))
            add("payload_length", integer(bytes.byte(at: 6)))
            add("registers", words(values))
        case .settings(let option, let count):
            add("option", integer(option.rawValue))
            add("register_count", .integer(count))
        default: break
        }
        return fields
    }

    private static func answerFields(
        _ answer: TinyBMSAnswer, _ bytes: [UInt8], to request: TinyBMSRequest?
    ) -> [Member] {
        var fields = head("bms_to_host", answer.command)
        func add(_ name: String, _ value: JSONValue) { fields.append(Member(name, value)) }
        func addLength() { add("payload_length", integer(bytes.byte(at: 2))) }
        switch answer {
        case .acknowledged: add("ack", true)
        case .refused(_, let code):
            add("ack", false)
            add("error", integer(code))
            add("error_name", .string(refusalName(code)))
        case .registers(let values):
            addLength()
            fields += registerFields(values, to: request)
        case .block(let values):
            addLength()
            add("last_packet", true)
            fields += registerFields(values, to: request)
        case .partial(_, let packet, _):
            add("last_packet", false)
            add("packet_id", integer(packet))
        case .individual(let registers):
            addLength()
            add("pairs", pairs(registers))
            for run in runs(registers) { fields += run.members }
        case .written(let address, let count):
            add("address", integer(address))
            add("register_count", integer(count))
        case .newestEvents(let time, let records), .allEvents(let time, let records):
            addLength()
            fields += eventFields(time, records)
        case .cellVoltages(let values):
            addLength()
            add("registers", words(values))
            add("cell_voltages_V", volts(values))
        case .settings(let values):
            addLength()
            add("registers", words(values))
            if request != nil { fields += TinyBMSRegisterWords(first: 300, values).members }
        case .version(let version), .extendedVersion(let version):
            addLength()
            fields += versionFields(version)
        case .temperatures:
            addLength()
            fields += valueFields(answer)
        default: fields += valueFields(answer)
        }
        return fields
    }

    private static func integer(_ value: some FixedWidthInteger) -> JSONValue { .integer(Int(value)) }
    private static func words(_ words: [UInt16]) -> JSONValue { .array(words.map { .integer(Int($0)) }) }
    private static func volts(_ words: [UInt16]) -> JSONValue { .array(words.map { .number(Double($0) / 10_000) }) }

    private static func pairs(_ registers: [TinyBMSRegisterValue]) -> JSONValue {
        .array(registers.map { .object([Member("address", integer($0.address)), Member("value", integer($0.value))]) })
    }

    private static func refusalName(_ code: UInt8) -> String {
        switch code {
        case TinyBMSAnswer.commandRefusal: "command error"
        case TinyBMSAnswer.checksumRefusal: "CRC error"
        default: "unknown"
        }
    }
}
