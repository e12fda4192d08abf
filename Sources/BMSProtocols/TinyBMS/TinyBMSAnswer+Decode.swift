extension TinyBMSAnswer {
    /// Reads one whole answer, checksum included.
    ///
    /// - Throws: `too_short`, `bad_start`, `bad_checksum`, `bad_length`, `unexpected_command` (no answer of the TinyBMS
    ///   begins so) and `device_error` (a Modbus exception, which a TinyBMS does not send but a Modbus bridge may).
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> TinyBMSAnswer {
        guard bytes.count >= 5 else {
            try TinyBMSFrame.check(bytes, least: 5)
            throw DecodeError(.tooShort, "\(bytes.count) bytes")
        }
        let isPartial = (bytes[1] == 0x07 || bytes[1] == 0x09) && bytes[2] & 0x80 != 0
        if bytes[0] == TinyBMSFrame.start, !isPartial, let length = TinyBMSFrame.answerLength(bytes[1], bytes[2]) {
            try TinyBMSFrame.checkLength(bytes.count, length)
            try TinyBMSFrame.check(bytes, least: 5)
            return decodeBody(bytes)
        }
        try TinyBMSFrame.check(bytes, least: 5)
        if isPartial {
            return .partial(command: bytes[1], packet: bytes[2] & 0x3F, payload: Array(bytes[3..<(bytes.count - 2)]))
        }
        if bytes[1] & 0x80 != 0, bytes.count == 5, TinyBMSCommand(rawValue: bytes[1] & 0x7F) != nil {
            throw DecodeError(.deviceError, "Modbus exception \(bytes[2]) to " + hexadecimal(bytes[1] & 0x7F))
        }
        guard TinyBMSCommand(rawValue: bytes[1]) != nil else {
            throw DecodeError(.unexpectedCommand, "no command " + hexadecimal(bytes[1]))
        }
        guard bytes[1] != 0x02, bytes[1] != 0x0B, bytes[1] != 0x0D else {
            throw DecodeError(.unexpectedCommand, hexadecimal(bytes[1]) + " is only ever acknowledged")
        }
        throw DecodeError(.badLength, "payload of \(bytes[2]) bytes in an answer to " + hexadecimal(bytes[1]))
    }

    // MARK: - Private

    /// Length, checksum and payload length have been checked: every offset below is inside the frame.
    private static func decodeBody(_ bytes: [UInt8]) -> TinyBMSAnswer {
        let payload = Int(bytes[2])
        switch bytes[1] {
        case 0x00: return .refused(command: bytes[2], code: bytes[3])
        case 0x01: return .acknowledged(command: bytes[2])
        case 0x03: return .registers((0..<(payload / 2)).map { bytes.big16(at: 3 + 2 * $0) })
        case 0x07: return .block(words(bytes, payload / 2))
        case 0x09:
            return .individual(
                (0..<(payload / 4)).map {
                    TinyBMSRegisterValue(bytes.little16(at: 3 + 4 * $0), bytes.little16(at: 5 + 4 * $0))
                })
        case 0x10: return .written(address: bytes.big16(at: 2), count: bytes.big16(at: 4))
        case 0x11: return .newestEvents(bmsTime: bytes.little32(at: 3), events(bytes, payload / 4 - 1))
        case 0x12: return .allEvents(bmsTime: bytes.little32(at: 3), events(bytes, payload / 4 - 1))
        case 0x14: return .packVoltage(Float(bitPattern: bytes.little32(at: 2)))
        case 0x15: return .packCurrent(Float(bitPattern: bytes.little32(at: 2)))
        case 0x16: return .maximumCell(bytes.little16(at: 2))
        case 0x17: return .minimumCell(bytes.little16(at: 2))
        case 0x18: return .onlineStatus(bytes.little16(at: 2))
        case 0x19: return .lifetime(bytes.little32(at: 2))
        case 0x1A: return .stateOfCharge(bytes.little32(at: 2))
        case 0x1B:
            return .temperatures(
                internal: Int16(bitPattern: bytes.little16(at: 3)), external1: Int16(bitPattern: bytes.little16(at: 5)),
                external2: Int16(bitPattern: bytes.little16(at: 7)))
        case 0x1C: return .cellVoltages(words(bytes, payload / 2))
        case 0x1D: return .settings(words(bytes, payload / 2))
        case 0x1E: return .version(version(bytes, extended: false))
        case 0x1F: return .extendedVersion(version(bytes, extended: true))
        default:
            return .trip(
                speed: Float(bitPattern: bytes.little32(at: 2)), distanceLeft: bytes.little32(at: 6),
                timeLeft: bytes.little32(at: 10))
        }
    }

    private static func words(_ bytes: [UInt8], _ count: Int) -> [UInt16] {
        (0..<count).map { bytes.little16(at: 3 + 2 * $0) }
    }

    private static func events(_ bytes: [UInt8], _ count: Int) -> [TinyBMSEventRecord] {
        (0..<count).map {
            let word = bytes.little32(at: 7 + 4 * $0)
            return TinyBMSEventRecord(timestamp: word, identifier: UInt8(truncatingIfNeeded: word >> 24))
        }
    }

    private static func version(_ bytes: [UInt8], extended: Bool) -> TinyBMSVersion {
        TinyBMSVersion(
            hardware: bytes[3], hardwareChanges: bytes[4], firmwarePublic: bytes[5],
            firmwareInternal: bytes.little16(at: 6), bootloader: extended ? bytes[8] : nil,
            registerMap: extended ? bytes[9] : nil)
    }
}
