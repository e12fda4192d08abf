/// What is said to a Lawicel (slcan) adapter: one ASCII line, ended by a carriage return.
///
/// Source: Lawicel CANUSB manual, version 1.0D, chapter "Command list"; hexadecimal digits are written in upper case.
enum SLCANCommand: Sendable, Hashable {
    /// Leave the bus (`C`).
    case close
    /// Set the bit rate (`S0` … `S8`); the adapter must be closed.
    case bitRate(UInt32)
    /// Go on the bus (`O`).
    case open
    /// Transmit a data frame (`t`, or `T` with 29 bits).
    case transmit(CANFrame)

    /// The digit of each bit rate, in bit/s.
    static let rates: [UInt32: UInt8] = [
        10_000: 0, 20_000: 1, 50_000: 2, 100_000: 3, 125_000: 4, 250_000: 5, 500_000: 6, 800_000: 7, 1_000_000: 8,
    ]

    /// The line with its carriage return; nil for a bit rate that the adapter has no digit for.
    var bytes: [UInt8]? {
        switch self {
        case .close: Array("C\r".utf8)
        case .bitRate(let rate): Self.rates[rate].map { Array("S\($0)\r".utf8) }
        case .open: Array("O\r".utf8)
        case .transmit(let frame): Self.line(frame)
        }
    }

    private static func line(_ frame: CANFrame) -> [UInt8] {
        var line = [UInt8(ascii: frame.isExtended ? "T" : "t")]
        let digits = frame.isExtended ? 8 : 3
        for digit in (0..<digits).reversed() { line.append(hexadecimal(UInt8(frame.identifier >> (4 * digit) & 0xF))) }
        line.append(hexadecimal(UInt8(frame.data.count)))
        for byte in frame.data { line += [hexadecimal(byte >> 4), hexadecimal(byte & 0xF)] }
        line.append(13)
        return line
    }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}
