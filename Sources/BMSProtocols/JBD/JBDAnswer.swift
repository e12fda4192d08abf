/// What a JBD board answers: register, status and data. `bytes` builds (for the simulator), `decode` reads.
package struct JBDAnswer: Sendable, Hashable {
    /// Done.
    package static let accepted: UInt8 = 0x00
    /// Unknown register, unsupported command or wrong password.
    package static let refused: UInt8 = 0x80
    /// Not in this state: an EEPROM register outside factory mode.
    package static let closed: UInt8 = 0x81

    package var register: UInt8
    /// 0 for done; every other value is a refusal (jbd.md 2).
    package var status: UInt8
    package var data: [UInt8]

    package init(_ register: UInt8, status: UInt8 = accepted, _ data: [UInt8] = []) {
        (self.register, self.status, self.data) = (register, status, data)
    }

    /// The frame, checksum included.
    package var bytes: [UInt8] { JBDFrame.sealed(register, status, data) }

    /// Reads a whole frame.
    ///
    /// - Throws: as `JBDFrame.check`.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> JBDAnswer {
        try JBDFrame.check(bytes)
        return JBDAnswer(bytes.byte(at: 1), status: bytes.byte(at: 2), JBDFrame.data(of: bytes))
    }

    /// The data of 0x04 as volts times 1000.
    package var words: [UInt16] { stride(from: 0, to: data.count - 1, by: 2).map { data.big16(at: $0) } }
}

extension JBDRequest {
    /// Whether an answer is one to this request, or its refusal (S32).
    package func isAnswered(by answer: JBDAnswer) -> Bool { mismatch(with: answer) == nil }

    /// What makes a good frame no answer to this request; nil when it is one.
    ///
    /// The register byte has no checksum, so the length must fit the register too.
    package func mismatch(with answer: JBDAnswer) -> DecodeError? {
        guard answer.register == register else {
            let asked = hexadecimal(register)
            return DecodeError(.unexpectedCommand, "answer of " + hexadecimal(answer.register) + ", asked was " + asked)
        }
        let fits: Bool
        if answer.status != JBDAnswer.accepted || access == .write {
            fits = answer.data.isEmpty
        } else {
            fits = JBDRegister.canHold(answer.data, in: register)
        }
        return fits ? nil : DecodeError(.badLength, "\(answer.data.count) bytes of data of " + hexadecimal(register))
    }

    /// Bytes of the longest good answer.
    package var longestAnswer: Int {
        guard access == .read else { return JBDFrame.overhead }
        return JBDRegister.longestData(of: register) + JBDFrame.overhead
    }
}
