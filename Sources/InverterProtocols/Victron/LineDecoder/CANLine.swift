/// One line of text with a CAN frame, as `candump -L` and `cansend` write it: `ID#HEX` (contract.md 6).
///
/// Accepted as well: spaces between the bytes, and a whole line of `candump -L` with time stamp and interface before the
/// frame.
struct CANLine: Sendable, Hashable {
    /// The frame in the line.
    var frame: VictronFrame

    /// Why a line is no frame of this protocol. The raw value is the error code of contract.md 6.
    enum Failure: String, Error, Sendable, Hashable {
        case malformedHex = "malformed_hex"
        case tooShort = "too_short"
        case badLength = "bad_length"
        case outOfRange = "out_of_range"
        case unexpectedCommand = "unexpected_command"
    }

    /// A failure with a sentence for people.
    struct Refusal: Error, Sendable, Hashable {
        var failure: Failure
        var detail: String

        init(_ failure: Failure, _ detail: String) {
            self.failure = failure
            self.detail = detail
        }
    }

    /// Reads a line of ASCII.
    init(_ line: some Collection<UInt8>) throws(Refusal) {
        var rest = Self.frameText(of: line)[...]
        guard !rest.isEmpty else { throw Refusal(.tooShort, "the line is empty") }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "#")) else {
            throw Refusal(.malformedHex, "no # between identifier and data")
        }
        let identifier = try Self.identifier(rest[..<mark])
        rest = rest[rest.index(after: mark)...]
        if rest.first == UInt8(ascii: "#") { throw Refusal(.badLength, "a CAN FD frame; the bus is classic CAN") }
        if rest.first == UInt8(ascii: "R") || rest.first == UInt8(ascii: "r") {
            throw Refusal(.unexpectedCommand, "a remote frame carries no data")
        }
        let data = try Self.data(rest)
        guard let frame = VictronFrame(identifier: identifier, data: data) else {
            throw Refusal(.badLength, "\(data.count) data bytes, a classic CAN frame has at most 8")
        }
        self.frame = frame
    }

    // MARK: - Private

    /// The frame alone: what a candump log line has before and after it is cut off.
    private static func frameText(of line: some Collection<UInt8>) -> [UInt8] {
        let text = Array(line)
        guard let start = text.firstIndex(where: { !isSpace($0) }) else { return [] }
        guard text[start] == UInt8(ascii: "(") else { return text }
        let words = text.split(whereSeparator: isSpace)
        return words.count >= 3 ? Array(words[2]) : []
    }

    private static func identifier(_ text: ArraySlice<UInt8>) throws(Refusal) -> UInt16 {
        var value: UInt32 = 0
        var digits = 0
        for byte in text where !isSpace(byte) {
            guard let nibble = nibble(byte) else { throw Refusal(.malformedHex, "the identifier is not hexadecimal") }
            digits += 1
            guard digits <= 8 else { break }
            value = value << 4 | UInt32(nibble)
        }
        switch digits {
        case 8: throw Refusal(.outOfRange, "a 29-bit identifier: the GX ignores it")
        case 1...3 where value <= 0x7FF: return UInt16(value)
        case 1...3: throw Refusal(.outOfRange, "the identifier needs more than 11 bits")
        default: throw Refusal(.malformedHex, "an identifier has 3 digits (or 8 for 29 bits)")
        }
    }

    private static func data(_ text: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
        var data: [UInt8] = []
        data.reserveCapacity(8)
        var high: UInt8?
        for byte in text where !isSpace(byte) {
            guard let low = nibble(byte) else { throw Refusal(.malformedHex, "the data is not hexadecimal") }
            if let first = high {
                data.append(first << 4 | low)
                high = nil
            } else {
                high = low
            }
        }
        guard high == nil else { throw Refusal(.malformedHex, "an odd number of digits") }
        return data
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
