import JSONText

/// The fields of the single kinds of answer.
extension TinyBMSLineDecoder {
    /// Words of 0x03 or 0x07.
    ///
    /// Without its request an answer does not tell which registers it holds. 56 words are the live block, nothing else
    /// has that length; up to 16 may be cell voltages, which is what the official example reads.
    static func registerFields(_ values: [UInt16], to request: TinyBMSRequest?) -> [JSONValue.Member] {
        var fields = [JSONValue.Member("registers", .array(values.map { .integer(Int($0)) }))]
        switch request {
        case .readRegisters(let address, _), .readBlock(let address, _):
            fields.append(JSONValue.Member("first_register", .integer(Int(address))))
            let words = TinyBMSRegisterWords(first: address, values)
            fields += words.members
            if let events = eventRegisters(words) { fields.append(JSONValue.Member("events", events)) }
        default:
            if values.count == TinyBMSLiveBlock.registers {
                fields.append(JSONValue.Member("first_register", 0))
                fields += TinyBMSRegisterWords(first: 0, values).members
            } else if values.count <= TinyBMSLiveBlock.slots {
                let volts = values.map { JSONValue.number(Double($0) / 10_000) }
                fields.append(JSONValue.Member("cell_voltages_V", .array(volts)))
            }
        }
        return fields
    }

    /// Records of registers 200 to 297 that lie wholly inside; nil when none does.
    static func eventRegisters(_ words: TinyBMSRegisterWords) -> JSONValue? {
        let records = TinyBMSEventRecord.records(in: words)
        return records.isEmpty ? nil : .array(records.map(event))
    }

    /// Answers to 0x11 and 0x12.
    static func eventFields(_ time: UInt32, _ records: [TinyBMSEventRecord]) -> [JSONValue.Member] {
        var fields = [
            JSONValue.Member("bms_time_s", .integer(Int(time))),
            JSONValue.Member("event_count", .integer(records.count)),
            JSONValue.Member("events", .array(records.map(event))),
        ]
        if let first = records.first, let last = records.last {
            fields.append(JSONValue.Member("first", event(first)))
            fields.append(JSONValue.Member("last", event(last)))
        }
        return fields
    }

    /// Answers to 0x1E and 0x1F.
    static func versionFields(_ version: TinyBMSVersion) -> [JSONValue.Member] {
        var fields = [
            JSONValue.Member("hardware", .integer(Int(version.hardware))),
            JSONValue.Member("hardware_changes", .integer(Int(version.hardwareChanges))),
            JSONValue.Member("firmware_public", .integer(Int(version.firmwarePublic))),
            JSONValue.Member("firmware_internal", .integer(Int(version.firmwareInternal))),
        ]
        if let bootloader = version.bootloader {
            fields.append(JSONValue.Member("bootloader", .integer(Int(bootloader))))
        }
        if let registerMap = version.registerMap {
            fields.append(JSONValue.Member("register_map", .integer(Int(registerMap))))
        }
        return fields
    }

    /// Answers that are one value or a few.
    static func valueFields(_ answer: TinyBMSAnswer) -> [JSONValue.Member] {
        switch answer {
        case .packVoltage(let value):
            [JSONValue.Member("volts", .float(value)), JSONValue.Member("f32", .float(value))]
        case .packCurrent(let value):
            [JSONValue.Member("amps", .float(value)), JSONValue.Member("f32", .float(value))]
        case .maximumCell(let value), .minimumCell(let value):
            [JSONValue.Member("millivolts", .integer(Int(value)))]
        case .onlineStatus(let code):
            [
                JSONValue.Member("code", .integer(Int(code))),
                JSONValue.Member("status", .string(TinyBMSStatus(rawValue: code)?.name ?? "unknown")),
            ]
        case .lifetime(let value): [JSONValue.Member("seconds", .integer(Int(value)))]
        case .stateOfCharge(let value): [JSONValue.Member("percent", .number(Double(value) / 1_000_000))]
        case .temperatures(let board, let external1, let external2):
            [
                JSONValue.Member("internal_C", celsius(board)), JSONValue.Member("external1_C", celsius(external1)),
                JSONValue.Member("external2_C", celsius(external2)),
            ]
        case .trip(let speed, let distance, let time):
            [
                JSONValue.Member("speed_kmh", .float(speed)),
                JSONValue.Member("distance_left_km", .integer(Int(distance))),
                JSONValue.Member("time_left_s", .integer(Int(time))),
            ]
        default: []
        }
    }

    /// Pairs of 0x09 as blocks of consecutive registers, so that values of two registers can be read.
    static func runs(_ registers: [TinyBMSRegisterValue]) -> [TinyBMSRegisterWords] {
        var runs: [TinyBMSRegisterWords] = []
        for register in registers {
            if var last = runs.popLast() {
                if Int(last.first) + last.words.count == Int(register.address) {
                    last.words.append(register.value)
                    runs.append(last)
                    continue
                }
                runs.append(last)
            }
            runs.append(TinyBMSRegisterWords(first: register.address, [register.value]))
        }
        return runs
    }

    // MARK: - Private

    /// `{"timestamp_s":…,"id":…,"name":…}`: an answer holds up to 49 of them, and only the time is its own.
    private static func event(_ record: TinyBMSEventRecord) -> JSONValue {
        let end = eventEnds[Int(record.identifier)]
        var text: [UInt8] = []
        text.reserveCapacity(eventBegin.count + 10 + end.count)
        text += eventBegin
        JSONValue.integer(Int(record.timestamp)).append(to: &text)
        text += end
        return .written(text)
    }

    private static let eventBegin = Array(#"{"timestamp_s":"#.utf8)

    /// What follows the time, by id.
    private static let eventEnds: [[UInt8]] = (0...UInt8.max).map { identifier in
        let rest: JSONValue = [
            "id": .string(hexadecimal(identifier)), "name": JSONValue(TinyBMSEvent.all[identifier]?.name),
        ]
        // The rest of an object that has begun: without its brace.
        return [UInt8(ascii: ",")] + rest.text.utf8.dropFirst()
    }

    private static func celsius(_ raw: Int16) -> JSONValue { raw == .min ? .null : .number(Double(raw) / 10) }
}

extension TinyBMSEventRecord {
    /// Registers in which the event log stands, two a record (tinybms.md 9).
    package static let registers: ClosedRange<UInt16> = 200...297

    /// Records in a block of registers; unused ones, all zero, are left out.
    package static func records(in words: TinyBMSRegisterWords) -> [TinyBMSEventRecord] {
        guard words.first <= registers.upperBound, Int(words.first) + words.words.count > Int(registers.lowerBound)
        else { return [] }
        return stride(from: registers.lowerBound, through: registers.upperBound, by: 2).compactMap { number in
            guard let word = words.long(at: number), word != 0 else { return nil }
            return TinyBMSEventRecord(timestamp: word, identifier: UInt8(truncatingIfNeeded: word >> 24))
        }
    }
}
