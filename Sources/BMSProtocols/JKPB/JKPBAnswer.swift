/// What a board of JK's PB series sends after a request: a record with its acknowledgement, or the latter alone.
package enum JKPBAnswer: Sendable, Hashable {
    /// The record names no board; its acknowledgement does. Nil where it was not recorded (a line of `decode`).
    case record(JKPBRecord, acknowledged: JKPBAcknowledgement?)
    case written(JKPBAcknowledgement)
    /// A Modbus exception.
    case refused(address: UInt8, code: UInt8)

    /// Most bytes of filler between record and acknowledgement, and behind it: one was seen (jk.md 2.1).
    static let mostFiller = 2
    package static let longest = JKPBRecord.length + JKPBRequest.acknowledgementLength + 2 * mostFiller

    /// Reads a whole answer.
    ///
    /// - Throws: as `JKPBRecord.init`; `bad_length` for rubbish behind the record, `bad_checksum` for a CRC that does not
    ///   fit, `device_error` never: a refusal is a frame of its own.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> JKPBAnswer {
        if bytes.count >= 2, bytes[1] & 0x7F == JKPBRequest.function { return try decodeModbus(bytes) }
        let record = try JKPBRecord(bytes)
        guard bytes.count > JKPBRecord.length else { return .record(record, acknowledged: nil) }
        guard bytes.count <= longest, let start = acknowledgement(in: bytes, after: JKPBRecord.length) else {
            throw DecodeError(
                .badLength, "\(bytes.count - JKPBRecord.length) bytes behind the record, no acknowledgement")
        }
        let end = start + JKPBRequest.acknowledgementLength
        guard end <= bytes.count else { throw DecodeError(.tooShort, "the acknowledgement is cut off") }
        guard CRC16.holds(bytes, in: start..<end) else { throw badChecksum }
        guard bytes[end...].allSatisfy({ $0 == 0 }) else {
            throw DecodeError(.badLength, "rubbish behind the acknowledgement")
        }
        return .record(record, acknowledged: JKPBAcknowledgement(bytes, at: start))
    }

    /// Where the acknowledgement begins: what a line that turns round makes may stand before it.
    static func acknowledgement(in bytes: [UInt8], after end: Int) -> Int? {
        (end...(end + mostFiller)).first { start in
            bytes.byte(at: start) <= JKPBFormat.highestAddress && bytes.byte(at: start + 1) == JKPBRequest.function
        }
    }

    private static func decodeModbus(_ bytes: [UInt8]) throws(DecodeError) -> JKPBAnswer {
        let isRefusal = bytes[1] & 0x80 != 0
        let length = isRefusal ? JKPBRequest.refusalLength : JKPBRequest.acknowledgementLength
        guard bytes.count >= length else { throw DecodeError(.tooShort, "\(bytes.count) bytes of \(length)") }
        guard bytes.count == length else { throw DecodeError(.badLength, "\(bytes.count) bytes, announced \(length)") }
        guard CRC16.holds(bytes, in: 0..<length) else { throw badChecksum }
        return isRefusal
            ? .refused(address: bytes[0], code: bytes[2]) : .written(JKPBAcknowledgement(bytes, at: 0))
    }

    private static let badChecksum = DecodeError(.badChecksum, "CRC-16 does not fit")
}

/// The Modbus acknowledgement of a write.
package struct JKPBAcknowledgement: Sendable, Hashable {
    package var address: UInt8
    package var register: UInt16
    package var count: UInt16

    init(_ bytes: [UInt8], at start: Int) {
        address = bytes.byte(at: start)
        register = bytes.big16(at: start + 2)
        count = bytes.big16(at: start + 4)
    }
}

extension JKPBRequest {
    /// What makes a whole, good answer none to this request; nil when it is one (S32). A record must bring its
    /// acknowledgement, unless it comes from a recording, which may lack it.
    package func mismatch(with answer: JKPBAnswer, needsAcknowledgement: Bool = true) -> DecodeError? {
        switch (self, answer) {
        case (_, .refused(let address, _)):
            return address == self.address ? nil : Self.wrongAddress(address)
        case (.record(let kind, let address), .record(let record, let acknowledged)):
            guard record.kind == kind else {
                return DecodeError(.unexpectedCommand, "record \(record.kind.rawValue), asked was \(kind.rawValue)")
            }
            guard let acknowledged else {
                return needsAcknowledgement ? DecodeError(.tooShort, "a record without its acknowledgement") : nil
            }
            guard acknowledged.address == address else { return Self.wrongAddress(acknowledged.address) }
            guard acknowledged.register == register, acknowledged.count == 1 else { return Self.wrongRegister }
            return nil
        case (.write(_, _, let address), .written(let acknowledged)):
            guard acknowledged.address == address else { return Self.wrongAddress(acknowledged.address) }
            guard acknowledged.register == register, acknowledged.count == 2 else { return Self.wrongRegister }
            return nil
        case (.record, .written): return DecodeError(.tooShort, "an acknowledgement without its record")
        case (.write, .record): return DecodeError(.unexpectedCommand, "a record, asked was a write")
        }
    }

    private static let wrongRegister = DecodeError(
        .unexpectedCommand, "another register is acknowledged than was asked")

    private static func wrongAddress(_ address: UInt8) -> DecodeError {
        DecodeError(.unexpectedCommand, "the board \(address) answered, which was not asked")
    }
}
