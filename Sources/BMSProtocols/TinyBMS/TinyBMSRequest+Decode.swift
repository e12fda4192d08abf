extension TinyBMSRequest {
    /// Reads one whole request, checksum included.
    ///
    /// - Throws: `too_short`, `bad_start`, `bad_checksum`, `bad_length`, `unexpected_command` (not a command of the
    ///   TinyBMS) and `out_of_range` (an option or a count that the protocol does not have).
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> TinyBMSRequest {
        guard bytes.count >= 4 else {
            try TinyBMSFrame.check(bytes, least: 4)
            throw DecodeError(.tooShort, "\(bytes.count) bytes")
        }
        switch TinyBMSFrame.requestLength(bytes) {
        case .exactly(let length) where bytes[0] == TinyBMSFrame.start:
            try TinyBMSFrame.checkLength(bytes.count, length)
        case .either(let one, let other):
            if bytes.count != one { try TinyBMSFrame.checkLength(bytes.count, other) }
        case .undecided: throw DecodeError(.tooShort, "\(bytes.count) bytes")
        default: break
        }
        try TinyBMSFrame.check(bytes, least: 4)
        guard let command = TinyBMSCommand(rawValue: bytes[1]) else {
            throw DecodeError(.unexpectedCommand, "no command " + hexadecimal(bytes[1]))
        }
        return try decodeBody(command, bytes)
    }

    // MARK: - Private

    /// The length fits the command and the checksum holds.
    private static func decodeBody(_ command: TinyBMSCommand, _ bytes: [UInt8]) throws(DecodeError) -> Self {
        switch command {
        case .control:
            guard let option = TinyBMSControl(rawValue: bytes[2]) else { throw badOption(bytes[2]) }
            return .control(option)
        case .readRegisters:
            return .readRegisters(
                address: bytes.big16(at: 2), count: try count(Int(bytes.big16(at: 4)), TinyBMSFrame.mostRegistersRead))
        case .readBlock:
            return .readBlock(
                address: bytes.little16(at: 3), count: try count(Int(bytes[2]), TinyBMSFrame.mostBlockRegisters))
        case .readIndividual:
            let words = try words(Int(bytes[2]), each: 2, most: TinyBMSFrame.mostIndividualRegisters)
            return .readIndividual((0..<words).map { bytes.little16(at: 3 + 2 * $0) })
        case .writeBlock: return try decodeWriteBlock(bytes)
        case .writeIndividual:
            let pairs = try words(Int(bytes[2]), each: 4, most: TinyBMSFrame.mostIndividualRegisters)
            return .writeIndividual(
                (0..<pairs).map {
                    TinyBMSRegisterValue(bytes.little16(at: 3 + 4 * $0), bytes.little16(at: 5 + 4 * $0))
                })
        case .writeRegisters:
            let count = try count(Int(bytes.big16(at: 4)), TinyBMSFrame.mostRegistersWritten)
            guard Int(bytes[6]) == 2 * count else {
                throw DecodeError(.badLength, "\(count) registers in \(bytes[6]) bytes")
            }
            return .writeRegisters(
                address: bytes.big16(at: 2), values: (0..<count).map { bytes.big16(at: 7 + 2 * $0) })
        case .settings:
            guard let option = TinyBMSSettingsOption(rawValue: bytes[2]) else { throw badOption(bytes[2]) }
            return .settings(
                option, count: try count(Int(bytes.big16(at: 3)), TinyBMSFrame.mostRegistersWritten))
        case .newestEvents: return .newestEvents
        case .allEvents: return .allEvents
        case .packVoltage: return .packVoltage
        case .packCurrent: return .packCurrent
        case .maximumCell: return .maximumCell
        case .minimumCell: return .minimumCell
        case .onlineStatus: return .onlineStatus
        case .lifetime: return .lifetime
        case .stateOfCharge: return .stateOfCharge
        case .temperatures: return .temperatures
        case .cellVoltages: return .cellVoltages
        case .version: return .version
        case .extendedVersion: return .extendedVersion
        case .trip: return .trip
        }
    }

    /// The two readings of 0x0B's length byte are told apart by the length of the frame.
    private static func decodeWriteBlock(_ bytes: [UInt8]) throws(DecodeError) -> Self {
        let payload = Int(bytes[2])
        // The two upper bits count no bytes: taken for some, they would promise registers that are not in the frame.
        guard payload < 0x40 else { throw badLengthByte(payload) }
        let countsAddress = bytes.count == payload + 5
        let values = try words(
            payload - (countsAddress ? 2 : 0), each: 2, most: TinyBMSFrame.mostBlockRegisters)
        return .writeBlock(
            address: bytes.little16(at: 3), values: (0..<values).map { bytes.little16(at: 5 + 2 * $0) },
            countsAddress: countsAddress)
    }

    private static func count(_ count: Int, _ most: Int) throws(DecodeError) -> Int {
        guard (1...most).contains(count) else { throw DecodeError(.outOfRange, "\(count) registers of 1...\(most)") }
        return count
    }

    private static func words(_ payload: Int, each size: Int, most: Int) throws(DecodeError) -> Int {
        guard payload < 0x40 else { throw badLengthByte(payload) }
        guard payload > 0, payload.isMultiple(of: size) else {
            throw DecodeError(.badLength, "payload of \(payload) bytes")
        }
        return try count(payload / size, most)
    }

    private static func badLengthByte(_ payload: Int) -> DecodeError {
        DecodeError(.outOfRange, "payload length byte \(payload)")
    }

    private static func badOption(_ option: UInt8) -> DecodeError {
        DecodeError(.outOfRange, "no option " + hexadecimal(option))
    }
}
