/// What a board answered by Modbus. An answer to a read does not tell which registers it holds.
package struct DalyModbusAnswer: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case registers([UInt16])
        case written(register: UInt16, value: UInt16)
        /// The board refuses; a Modbus exception code.
        case refused(function: UInt8, code: UInt8)
    }

    /// Length of a refusal.
    package static let exceptionLength = 5

    package var variant: DalyModbusVariant
    package var content: Content

    package init(_ variant: DalyModbusVariant, _ content: Content) {
        self.variant = variant
        self.content = content
    }

    /// Total length of the answer that begins so; nil where none does. An echo of a read has a third byte of 0 as long as
    /// it asks for registers below 256.
    package static func length(_ address: UInt8, _ function: UInt8, _ third: UInt8) -> Int? {
        guard DalyModbusVariant(answerAddress: address) != nil else { return nil }
        switch function {
        case 0x03: return third >= 2 && third <= 250 && third.isMultiple(of: 2) ? Int(third) + 5 : nil
        case 0x06: return 8
        case 0x83, 0x86: return exceptionLength
        default: return nil
        }
    }

    /// The frame, checksum included.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = [variant.answerAddress]
        switch content {
        case .registers(let words):
            bytes += [0x03, UInt8(truncatingIfNeeded: 2 * words.count)]
            for word in words { bytes.append(big: word) }
        case .written(let register, let value):
            bytes.append(0x06)
            bytes.append(big: register)
            bytes.append(big: value)
        case .refused(let function, let code): bytes += [function | 0x80, code]
        }
        CRC16.seal(&bytes)
        return bytes
    }

    /// Reads one whole answer.
    ///
    /// - Throws: `too_short`, `bad_start`, `unexpected_command`, `bad_length`, `bad_checksum`.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> DalyModbusAnswer {
        guard let first = bytes.first else { throw DecodeError(.tooShort, "no bytes") }
        guard let variant = DalyModbusVariant(answerAddress: first) else {
            throw DecodeError(.badStart, "starts with " + hexadecimal(first))
        }
        guard bytes.count >= exceptionLength else { throw DecodeError(.tooShort, "\(bytes.count) bytes") }
        guard let length = length(first, bytes[1], bytes[2]) else {
            guard [0x03, 0x06, 0x83, 0x86].contains(bytes[1]) else {
                throw DecodeError(.unexpectedCommand, "no function " + hexadecimal(bytes[1]))
            }
            throw DecodeError(.badLength, "\(bytes[2]) bytes of registers: an echo of a request?")
        }
        guard bytes.count >= length else { throw DecodeError(.tooShort, "\(bytes.count) bytes of \(length)") }
        guard bytes.count == length else { throw DecodeError(.badLength, "\(bytes.count) bytes, announced \(length)") }
        guard CRC16.holds(bytes, in: 0..<length) else { throw DecodeError(.badChecksum, "CRC-16 does not fit") }
        switch bytes[1] {
        case 0x03:
            let words = (0..<(Int(bytes[2]) / 2)).map { bytes.big16(at: 3 + 2 * $0) }
            return DalyModbusAnswer(variant, .registers(words))
        case 0x06:
            return DalyModbusAnswer(variant, .written(register: bytes.big16(at: 2), value: bytes.big16(at: 4)))
        default: return DalyModbusAnswer(variant, .refused(function: bytes[1] & 0x7F, code: bytes[2]))
        }
    }
}

/// Finds a board's answers in a stream of bytes.
package typealias DalyModbusStreamParser = FrameFinder<DalyModbusFormat>

/// How a board's answers look in a stream.
package enum DalyModbusFormat: RequestFormat {
    package static func length(of buffer: [UInt8], at start: Int) -> FrameLength {
        guard DalyModbusVariant(answerAddress: buffer.byte(at: start)) != nil else { return .none }
        guard start + 2 < buffer.count else { return .undecided }
        return DalyModbusAnswer.length(buffer[start], buffer[start + 1], buffer[start + 2]).map { .bytes($0) } ?? .none
    }

    package static func holds(_ buffer: [UInt8], in range: Range<Int>) -> Bool { CRC16.holds(buffer, in: range) }

    package static func isAnswer(_ frame: [UInt8], to request: DalyModbusRequest) -> Bool {
        request.isAnswered(by: frame)
    }

    package static func mayBegin(_ buffer: [UInt8], at start: Int, answerTo request: DalyModbusRequest) -> Bool {
        guard buffer.byte(at: start) == request.variant.answerAddress else { return false }
        guard buffer.byte(at: start + 1) == request.function else {
            return buffer.byte(at: start + 1) == request.function | 0x80
        }
        if case .read(let count) = request.action { return Int(buffer.byte(at: start + 2)) == 2 * count }
        return true
    }

    package static func bytes(of request: DalyModbusRequest) -> [UInt8] { request.bytes }
    package static func command(of request: DalyModbusRequest) -> UInt8 { request.function }
    /// With an echo of the request.
    package static func longestAnswer(to request: DalyModbusRequest) -> Int {
        request.answerLength + DalyModbusRequest.length
    }

    package static func outcome(_ frame: [UInt8]) -> AnswerOutcome<[UInt8]> {
        frame.byte(at: 1) & 0x80 == 0 ? .answer(frame) : .refused(code: frame.byte(at: 2))
    }
}
