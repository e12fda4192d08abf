/// What every JBD frame has: 0xDD, two bytes, a length and so many bytes of data, a checksum, 0x77 (jbd.md 2).
///
/// The two bytes are access and register in a request, register and **status** in an answer. In both the checksum begins
/// with the second of them, so that an answer's register is not protected: it has to be compared with what was asked.
package enum JBDFrame {
    package static let start: UInt8 = 0xDD
    package static let end: UInt8 = 0x77
    /// Bytes beside the data.
    package static let overhead = 7
    /// Bytes that tell how long a frame is.
    package static let headLength = 4
    /// Longest frame there is.
    package static let longest = 255 + overhead

    /// A frame around two bytes of head and its data; data beyond 255 bytes is cut off.
    static func sealed(_ first: UInt8, _ second: UInt8, _ data: [UInt8]) -> [UInt8] {
        let data = data.prefix(255)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + overhead)
        bytes += [start, first, second, UInt8(truncatingIfNeeded: data.count)]
        bytes += data
        bytes.append(big: checksum(bytes, in: 2..<bytes.count))
        bytes.append(end)
        return bytes
    }

    /// Whether a range begins, ends and adds up as a frame does.
    package static func holds(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, range.count >= overhead else { return false }
        let tail = range.upperBound - 3
        return bytes[range.lowerBound] == start && bytes[range.upperBound - 1] == end
            && bytes.big16(at: tail) == checksum(bytes, in: (range.lowerBound + 2)..<tail)
    }

    /// Checks a whole frame.
    ///
    /// - Throws: `bad_start`, `too_short`, `bad_length`, `bad_end`, `bad_checksum`.
    static func check(_ bytes: [UInt8]) throws(DecodeError) {
        guard let first = bytes.first else { throw DecodeError(.tooShort, "no bytes") }
        guard first == start else { throw DecodeError(.badStart, "starts with " + hexadecimal(first)) }
        let announced = Int(bytes.byte(at: 3)) + overhead
        guard bytes.count >= max(overhead, announced) else {
            throw DecodeError(.tooShort, "\(bytes.count) bytes of \(announced)")
        }
        guard bytes.count == announced else {
            throw DecodeError(.badLength, "\(bytes.count) bytes, announced \(announced)")
        }
        guard bytes.last == end else {
            throw DecodeError(.badEnd, "ends with " + hexadecimal(bytes.byte(at: bytes.count - 1)))
        }
        guard holds(bytes, in: 0..<bytes.count) else { throw DecodeError(.badChecksum, "the sum does not fit") }
    }

    /// The data of a whole frame.
    static func data(of bytes: [UInt8]) -> [UInt8] { Array(bytes.dropFirst(headLength).dropLast(3)) }

    /// 0x10000 minus the sum of the bytes of a range.
    private static func checksum(_ bytes: [UInt8], in range: Range<Int>) -> UInt16 {
        var sum: UInt16 = 0
        for index in range.clamped(to: 0..<bytes.count) { sum &+= UInt16(bytes[index]) }
        return 0 &- sum
    }
}
