/// One question by Modbus RTU: a read of registers (0x03) or a write of one (0x06).
package struct DalyModbusRequest: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        case read(count: Int)
        case write(value: UInt16)
    }

    /// Length of every request.
    package static let length = 8
    /// Most registers of one read.
    package static let mostRegisters = 125

    package var variant: DalyModbusVariant
    package var register: UInt16
    package var action: Action

    package init(variant: DalyModbusVariant, register: UInt16, action: Action) {
        (self.variant, self.register, self.action) = (variant, register, action)
    }

    /// A read of registers; the count is brought into what a frame can carry.
    package static func read(_ variant: DalyModbusVariant, _ register: UInt16, _ count: Int) -> DalyModbusRequest {
        DalyModbusRequest(
            variant: variant, register: register, action: .read(count: min(max(count, 1), mostRegisters)))
    }

    /// Closes or opens one switch.
    package static func setSwitch(
        _ variant: DalyModbusVariant, charge: Bool, closed: Bool
    ) -> DalyModbusRequest {
        DalyModbusRequest(
            variant: variant, register: charge ? variant.map.setChargeSwitch : variant.map.setDischargeSwitch,
            action: .write(value: closed ? 1 : 0))
    }

    /// Modbus function.
    package var function: UInt8 {
        if case .read = action { 0x03 } else { 0x06 }
    }

    /// Length of a good answer.
    package var answerLength: Int {
        if case .read(let count) = action { 2 * count + 5 } else { 8 }
    }

    /// The frame, checksum included.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = [variant.requestAddress, function]
        bytes.reserveCapacity(Self.length)
        bytes.append(big: register)
        switch action {
        case .read(let count): bytes.append(big: UInt16(truncatingIfNeeded: count))
        case .write(let value): bytes.append(big: value)
        }
        CRC16.seal(&bytes)
        return bytes
    }

    /// Reads one whole request.
    ///
    /// - Throws: `too_short`, `bad_start`, `bad_length`, `bad_checksum`, `unexpected_command`, and `out_of_range` for a
    ///   count that no frame can carry.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> DalyModbusRequest {
        guard let first = bytes.first else { throw DecodeError(.tooShort, "no bytes") }
        guard let variant = DalyModbusVariant(requestAddress: first) else {
            throw DecodeError(.badStart, "starts with " + hexadecimal(first))
        }
        guard bytes.count >= length else { throw DecodeError(.tooShort, "\(bytes.count) bytes of \(length)") }
        guard bytes.count == length else { throw DecodeError(.badLength, "\(bytes.count) bytes, not \(length)") }
        guard CRC16.holds(bytes, in: 0..<length) else { throw DecodeError(.badChecksum, "CRC-16 does not fit") }
        let (register, value) = (bytes.big16(at: 2), bytes.big16(at: 4))
        switch bytes[1] {
        case 0x03:
            guard (1...mostRegisters).contains(Int(value)) else {
                throw DecodeError(.outOfRange, "\(value) registers")
            }
            return .read(variant, register, Int(value))
        case 0x06: return DalyModbusRequest(variant: variant, register: register, action: .write(value: value))
        default: throw DecodeError(.unexpectedCommand, "no function " + hexadecimal(bytes[1]))
        }
    }

    /// Whether a whole, good frame answers this request, or refuses it (S32).
    package func isAnswered(by frame: [UInt8]) -> Bool {
        guard frame.byte(at: 0) == variant.answerAddress else { return false }
        if frame.byte(at: 1) == function | 0x80 { return frame.count == DalyModbusAnswer.exceptionLength }
        guard frame.byte(at: 1) == function, frame.count == answerLength else { return false }
        switch action {
        case .read: return true
        case .write(let value): return frame.big16(at: 2) == register && frame.big16(at: 4) == value
        }
    }
}
