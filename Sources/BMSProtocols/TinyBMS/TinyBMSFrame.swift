/// What every TinyBMS frame has: 0xAA in front, CRC-16/MODBUS behind, and a length that its head tells.
package enum TinyBMSFrame {
    /// First byte of every frame in both directions.
    package static let start: UInt8 = 0xAA
    /// Most registers of one 0x03 read.
    package static let mostRegistersRead = 127
    /// Most registers of one 0x10 write and of one 0x1D read.
    package static let mostRegistersWritten = 100
    /// Most registers of one 0x07 read: 63 payload bytes (tinybms.md 4.1).
    package static let mostBlockRegisters = 31
    /// Most registers of one 0x09 read.
    package static let mostIndividualRegisters = 15
    /// Longest answer there is: 127 registers by 0x03.
    package static let longestAnswer = 3 + 2 * mostRegistersRead + 2
    /// Bytes that tell how long a frame is.
    package static let headLength = 3

    /// Total length of an answer, from its first three bytes.
    ///
    /// Nil when no answer begins so. A continuation packet of 0x07 or 0x09 (bit 7 of the length byte) has no documented
    /// length and is nil too; a driver never asks for one.
    package static func answerLength(_ command: UInt8, _ third: UInt8) -> Int? {
        let payload = Int(third)
        switch command {
        case 0x00: return 6
        case 0x01: return 5
        case 0x03: return payload >= 2 && payload <= 254 && payload.isMultiple(of: 2) ? payload + 5 : nil
        case 0x07: return payload >= 2 && payload <= 62 && payload.isMultiple(of: 2) ? payload + 5 : nil
        case 0x09: return payload >= 4 && payload <= 60 && payload.isMultiple(of: 4) ? payload + 5 : nil
        case 0x10: return 8
        case 0x11, 0x12: return payload >= 4 && payload <= 200 && payload.isMultiple(of: 4) ? payload + 5 : nil
        case 0x1B: return payload == 6 ? 11 : nil
        case 0x1C, 0x1D: return payload >= 2 && payload <= 200 && payload.isMultiple(of: 2) ? payload + 5 : nil
        case 0x1E: return payload == 5 ? 10 : nil
        case 0x1F: return payload == 7 ? 12 : nil
        case 0x14, 0x15, 0x19, 0x1A: return 8
        case 0x16, 0x17, 0x18: return 6
        case 0x20: return 16
        default: return nil
        }
    }

    /// How long a request is, as far as its first bytes tell.
    package enum RequestLength: Sendable, Hashable {
        /// More bytes are needed to tell.
        case undecided
        /// No request begins so (or the command is unknown).
        case impossible
        case exactly(Int)
        /// Command 0x0B, whose length byte counts either everything or the data alone (tinybms.md 4.2).
        case either(Int, Int)
    }

    /// How long the request is that begins with these bytes. For a simulator's receiver.
    package static func requestLength(_ bytes: [UInt8]) -> RequestLength {
        guard let first = bytes.first else { return .undecided }
        guard first == start else { return .impossible }
        guard bytes.count > 1 else { return .undecided }
        guard let command = TinyBMSCommand(rawValue: bytes[1]) else { return .impossible }
        switch command {
        case .control: return .exactly(5)
        case .readRegisters: return .exactly(8)
        case .readBlock, .settings: return .exactly(7)
        case .readIndividual, .writeIndividual:
            guard bytes.count > 2 else { return .undecided }
            return .exactly(Int(bytes[2] & 0x3F) + 5)
        case .writeBlock:
            guard bytes.count > 2 else { return .undecided }
            let payload = Int(bytes[2] & 0x3F)
            return .either(payload + 5, payload + 7)
        case .writeRegisters:
            guard bytes.count > 6 else { return .undecided }
            return .exactly(Int(bytes[6]) + 9)
        case .newestEvents, .allEvents, .packVoltage, .packCurrent, .maximumCell, .minimumCell, .onlineStatus,
            .lifetime, .stateOfCharge, .temperatures, .cellVoltages, .version, .extendedVersion, .trip:
            return .exactly(4)
        }
    }

    /// Checks start byte and checksum of a whole frame.
    ///
    /// - Throws: `too_short` under `least` bytes, `bad_start`, `bad_checksum`.
    static func check(_ bytes: [UInt8], least: Int) throws(DecodeError) {
        guard let first = bytes.first else { throw DecodeError(.tooShort, "no bytes") }
        guard first == start else { throw DecodeError(.badStart, "starts with " + hexadecimal(first)) }
        guard bytes.count >= least else { throw DecodeError(.tooShort, "\(bytes.count) bytes, at least \(least)") }
        guard CRC16.holds(bytes, in: 0..<bytes.count) else { throw badChecksum }
    }

    /// Compares the length that a frame announces with the bytes there are.
    static func checkLength(_ got: Int, _ announced: Int) throws(DecodeError) {
        guard got >= announced else { throw DecodeError(.tooShort, "\(got) bytes of \(announced)") }
        guard got == announced else { throw DecodeError(.badLength, "\(got) bytes, announced \(announced)") }
    }

    static let badChecksum = DecodeError(.badChecksum, "CRC-16 does not fit")

    /// A frame around a body that begins with the command byte.
    static func sealed(_ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + 3)
        bytes.append(start)
        bytes += body
        CRC16.seal(&bytes)
        return bytes
    }
}
