/// Everything a host asks a JK board in its `NW` protocol. `bytes` builds, `decode` reads; the two are inverse.
package struct JKRequest: Sendable, Hashable {
    package var command: JKCommand
    /// Identifier and, for a write, its value.
    package var data: [UInt8]
    package var source: JKSource

    package init(_ command: JKCommand, data: [UInt8], source: JKSource = .computer) {
        self.command = command
        self.data = data
        self.source = source
    }

    /// Everything the board tells.
    package static let readAll = JKRequest(.readAll, data: [0])
    /// The same by another command, whose answer carries that command: nobody else's answer (S32).
    package static let readEverything = JKRequest(.read, data: [0])
    /// What must come before a write; no password is in it (jk.md 1.3).
    package static let unlock = JKRequest(.password, data: [0, 0], source: .gps)

    /// One value.
    package static func read(_ identifier: UInt8) -> JKRequest { JKRequest(.read, data: [identifier]) }

    /// Opens or closes a switch.
    package static func write(_ identifier: UInt8, isOn: Bool) -> JKRequest {
        JKRequest(.write, data: [identifier, isOn ? 1 : 0], source: .gps)
    }

    /// The value that is read or written; 0 for all.
    package var identifier: UInt8 { data.byte(at: 0) }

    /// Whether the answer is everything that the board tells.
    package var isForEverything: Bool { command == .readAll || command == .read && identifier == 0 }

    /// The frame.
    package var bytes: [UInt8] { JKFrame.sealed(command: command, source: source, kind: .request, data: data) }

    /// Reads one whole request.
    ///
    /// - Throws: as `JKFrame.check`, `unexpected_command` for a reply, `out_of_range` for a source that is none.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> JKRequest {
        try JKFrame.check(bytes)
        guard bytes[10] == JKFrame.Kind.request.rawValue, let command = JKCommand(rawValue: bytes[8]) else {
            throw DecodeError(.unexpectedCommand, "type " + hexadecimal(bytes[10]) + ", a request has 0x00")
        }
        guard let source = JKSource(rawValue: bytes[9]) else {
            throw DecodeError(.outOfRange, "no source " + hexadecimal(bytes[9]))
        }
        let data = Array(bytes[JKFrame.headLength..<bytes.count - JKFrame.tailLength])
        return JKRequest(command, data: data, source: source)
    }

    /// What makes a whole, good answer none to this request; nil when it is one (S32).
    package func mismatch(with answer: JKAnswer) -> DecodeError? {
        guard answer.command == command, answer.kind == .reply else {
            let asked = hexadecimal(command.rawValue)
            return DecodeError(
                .unexpectedCommand, "answer to " + hexadecimal(answer.command.rawValue) + ", asked was " + asked)
        }
        guard command == .read else { return nil }
        // A single value comes alone, a list begins with the cells: neither passes for the other.
        let first = identifier == 0 ? JKIdentifier.cells : identifier
        guard answer.frame.byte(at: JKFrame.headLength) != first || !answer.has(first) else { return nil }
        return DecodeError(.outOfRange, "not the value " + hexadecimal(identifier) + " that was asked for")
    }
}
