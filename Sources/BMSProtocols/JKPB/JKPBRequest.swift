/// Everything a host asks a board of JK's PB series: Modbus writes, of which three make it send a record.
///
/// `bytes` builds, `decode` reads; the two are inverse. Source: jk.md 2.1 and 2.5.
package enum JKPBRequest: Sendable, Hashable {
    /// A write of 0 to the register that makes the board send a record.
    case record(JKPBRecord.Kind, address: UInt8)
    /// A write of four bytes, big-endian as everything in Modbus.
    case write(register: UInt16, value: UInt32, address: UInt8)

    /// Modbus "write multiple registers".
    static let function: UInt8 = 0x10
    /// Registers of the switches (jk.md 2.5: by the papers, never captured).
    package static let chargeSwitch: UInt16 = 0x1070
    package static let dischargeSwitch: UInt16 = 0x1074
    /// Bytes of the acknowledgement of a write, and of a refusal.
    package static let acknowledgementLength = 8
    package static let refusalLength = 5

    package var address: UInt8 {
        switch self {
        case .record(_, let address), .write(_, _, let address): address
        }
    }

    package var register: UInt16 {
        switch self {
        case .record(let kind, _): kind.register
        case .write(let register, _, _): register
        }
    }

    /// Registers written.
    private var count: UInt16 {
        switch self {
        case .record: 1
        case .write: 2
        }
    }

    /// The frame, checksum included.
    package var bytes: [UInt8] {
        var bytes = head
        switch self {
        case .record: bytes += [2, 0, 0]
        case .write(_, let value, _):
            bytes.append(4)
            bytes.append(big: UInt16(truncatingIfNeeded: value >> 16))
            bytes.append(big: UInt16(truncatingIfNeeded: value))
        }
        CRC16.seal(&bytes)
        return bytes
    }

    /// How the board acknowledges, behind the record where there is one.
    package var acknowledgement: [UInt8] {
        var bytes = head
        CRC16.seal(&bytes)
        return bytes
    }

    /// How the board refuses: a Modbus exception.
    package func refusal(code: UInt8) -> [UInt8] {
        var bytes = [address, Self.function | 0x80, code]
        CRC16.seal(&bytes)
        return bytes
    }

    private var head: [UInt8] {
        var bytes = [address, Self.function]
        bytes.append(big: register)
        bytes.append(big: count)
        return bytes
    }

    /// Reads one whole request.
    ///
    /// - Throws: `too_short`, `bad_length`, `bad_checksum`, `unexpected_command` for another function or register,
    ///   `out_of_range` for a count that does not fit.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> JKPBRequest {
        guard bytes.count >= 9 else { throw DecodeError(.tooShort, "\(bytes.count) bytes") }
        guard bytes[1] == function else {
            throw DecodeError(.unexpectedCommand, "function " + hexadecimal(bytes[1]) + ", a request has 0x10")
        }
        let length = Int(bytes[6]) + 9
        guard bytes.count >= length else { throw DecodeError(.tooShort, "\(bytes.count) bytes of \(length)") }
        guard bytes.count == length else {
            throw DecodeError(.badLength, "\(bytes.count) bytes, announced \(length)")
        }
        guard CRC16.holds(bytes, in: 0..<bytes.count) else { throw DecodeError(.badChecksum, "CRC-16 does not fit") }
        let register = bytes.big16(at: 2)
        let request: JKPBRequest
        switch Int(bytes[6]) {
        case 2:
            guard let kind = JKPBRecord.Kind(register: register) else {
                throw DecodeError(.unexpectedCommand, "register \(register) sends no record")
            }
            request = .record(kind, address: bytes[0])
        case 4:
            let value = UInt32(bytes.big16(at: 7)) << 16 | UInt32(bytes.big16(at: 9))
            request = .write(register: register, value: value, address: bytes[0])
        default: throw DecodeError(.outOfRange, "\(bytes[6]) bytes of data")
        }
        guard bytes == request.bytes else { throw DecodeError(.outOfRange, "count or value of registers") }
        return request
    }
}

extension JKPBRecord.Kind {
    /// The register that a write to makes a board send the record.
    package var register: UInt16 {
        switch self {
        case .about: 0x161C
        case .settings: 0x161E
        case .status: 0x1620
        }
    }

    init?(register: UInt16) {
        guard let kind = Self.allCases.first(where: { $0.register == register }) else { return nil }
        self = kind
    }
}
