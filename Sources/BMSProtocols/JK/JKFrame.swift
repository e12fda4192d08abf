/// The frame of JK's `NW` protocol, the same in both directions. Source: jk.md 1.1.
///
/// `4E 57`, length, terminal number, command, source, type, data, record number, `68`, sum of all bytes before it.
package enum JKFrame {
    /// `NW`.
    package static let start: [UInt8] = [0x4E, 0x57]
    /// The byte before the checksum.
    package static let end: UInt8 = 0x68
    /// Bytes before the data.
    package static let headLength = 11
    /// Bytes of a frame without data.
    package static let least = headLength + tailLength
    /// Longest frame that is read: everything of 32 cells with every identifier there is takes 341 bytes.
    package static let longest = 400
    /// Most bytes of data, so that no frame is longer than is read.
    package static let mostData = longest - least

    /// Record number, end byte, checksum.
    static let tailLength = 9

    /// What a frame is, its tenth byte.
    package enum Kind: UInt8, Sendable, Hashable {
        case request = 0
        case reply = 1
        /// Sent by the BMS without being asked.
        case report = 2
    }

    /// The whole length that the first four bytes announce; nil where no frame has it.
    package static func length(_ high: UInt8, _ low: UInt8) -> Int? {
        let length = (Int(high) << 8 | Int(low)) + start.count
        return (least...longest).contains(length) ? length : nil
    }

    /// Sum of the bytes of a range, as the checksum field holds it.
    static func sum(_ bytes: [UInt8], in range: Range<Int>) -> UInt16 {
        var sum: UInt16 = 0
        for index in range.clamped(to: 0..<bytes.count) { sum &+= UInt16(bytes[index]) }
        return sum
    }

    /// Whether a range that is a frame by its length ends as one: end byte and checksum.
    static func isSealed(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, range.count >= least else { return false }
        let tail = range.upperBound - 5
        guard bytes[tail] == end, bytes.big16(at: tail + 1) == 0 else { return false }
        return bytes.big16(at: tail + 3) == sum(bytes, in: range.lowerBound..<tail + 1)
    }

    /// Checks a whole frame.
    ///
    /// - Throws: `too_short`, `bad_start`, `bad_length`, `bad_end`, `bad_checksum`, `unexpected_command` for a command or a
    ///   type that the protocol does not have.
    static func check(_ bytes: [UInt8]) throws(DecodeError) {
        guard let first = bytes.first else { throw DecodeError(.tooShort, "no bytes") }
        guard first == start[0], bytes.count < 2 || bytes[1] == start[1] else {
            throw DecodeError(.badStart, "starts with " + hexadecimal(first) + ", not with 4E 57")
        }
        guard bytes.count >= least else { throw DecodeError(.tooShort, "\(bytes.count) bytes, at least \(least)") }
        guard let length = length(bytes[2], bytes[3]) else {
            throw DecodeError(.badLength, "no frame is \(Int(bytes.big16(at: 2)) + start.count) bytes long")
        }
        guard bytes.count >= length else { throw DecodeError(.tooShort, "\(bytes.count) bytes of \(length)") }
        guard bytes.count == length else {
            throw DecodeError(.badLength, "\(bytes.count) bytes, announced \(length)")
        }
        guard bytes[length - 5] == end else {
            throw DecodeError(.badEnd, hexadecimal(bytes[length - 5]) + " where 0x68 ends the frame")
        }
        guard isSealed(bytes, in: 0..<length) else { throw DecodeError(.badChecksum, "the sum does not fit") }
        guard JKCommand(rawValue: bytes[8]) != nil else {
            throw DecodeError(.unexpectedCommand, "no command " + hexadecimal(bytes[8]))
        }
        guard Kind(rawValue: bytes[10]) != nil else {
            throw DecodeError(.unexpectedCommand, "no type " + hexadecimal(bytes[10]))
        }
    }

    /// A frame around data; of more than fits into the longest frame the rest is left out.
    package static func sealed(command: JKCommand, source: JKSource, kind: Kind, data: [UInt8]) -> [UInt8] {
        let data = data.prefix(mostData)
        var bytes = start
        bytes.reserveCapacity(data.count + least)
        bytes.append(big: UInt16(truncatingIfNeeded: data.count + least - start.count))
        bytes += [0, 0, 0, 0, command.rawValue, source.rawValue, kind.rawValue]
        bytes += data
        bytes += [0, 0, 0, 0, end, 0, 0]
        bytes.append(big: sum(bytes, in: 0..<bytes.count))
        return bytes
    }
}

/// What a frame is about, its eighth byte.
package enum JKCommand: UInt8, Sendable, Hashable, CaseIterable {
    case activate = 0x01
    case write = 0x02
    /// One value, or with identifier 0 everything.
    case read = 0x03
    /// Opens the way for a write.
    case password = 0x05
    case readAll = 0x06
}

/// Who sends a frame, its ninth byte.
package enum JKSource: UInt8, Sendable, Hashable, CaseIterable {
    case bms = 0
    case bluetooth = 1
    case gps = 2
    case computer = 3
}
