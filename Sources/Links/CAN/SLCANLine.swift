/// What a Lawicel (slcan) adapter says: one line, parsed.
///
/// Source: Lawicel CANUSB manual, version 1.0D, chapter "Command list".
enum SLCANLine: Sendable, Hashable {
    /// A data frame from the bus (`t`, `T`), with or without a time stamp, which is not used.
    case frame(CANFrame)
    /// A remote request from the bus (`r`, `R`): it carries a length but no data.
    case remote(identifier: UInt32, isExtended: Bool, length: Int)
    /// A command was done (empty line).
    case done
    /// A frame was taken for transmission (`z`, `Z`).
    case transmitted
    /// A command was refused (BELL).
    case refused
    /// Status flags (`F`): bit 0 receive queue full, 1 transmit queue full, 2 error warning, 3 overrun, 5 error passive,
    /// 6 arbitration lost, 7 bus error.
    case status(UInt8)
    /// Something that no one asked for and that means nothing here: version, serial number, an echo.
    case other
    /// A line that begins like a frame or a status but is none.
    case malformed

    /// The longest line: `T`, eight digits of identifier, length, sixteen of data, four of time stamp.
    static let maximumLength = 1 + 8 + 1 + 16 + 4

    /// Parses one line without its carriage return. Never traps, whatever the bytes.
    init(_ line: some RandomAccessCollection<UInt8>) {
        let line = Array(line.prefix(Self.maximumLength + 1))
        guard let first = line.first else {
            self = .done
            return
        }
        switch first {
        case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "r"), UInt8(ascii: "R"):
            self = Self.frame(line) ?? .malformed
        case UInt8(ascii: "z"), UInt8(ascii: "Z"): self = line.count == 1 ? .transmitted : .malformed
        case UInt8(ascii: "F"):
            let flags = line.count == 3 ? Self.number(line[1...]) : nil
            self = flags.map { .status(UInt8(truncatingIfNeeded: $0)) } ?? .malformed
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): self = .other
        default: self = .malformed
        }
    }

    // MARK: - Private

    private static func frame(_ line: [UInt8]) -> SLCANLine? {
        let isExtended = line[0] < UInt8(ascii: "a")
        let isRemote = line[0] | 0x20 == UInt8(ascii: "r")
        let lengthIndex = isExtended ? 9 : 4
        guard line.count > lengthIndex, let identifier = number(line[1..<lengthIndex]),
            identifier <= (isExtended ? 0x1FFF_FFFF : 0x7FF),
            let length = number(line[lengthIndex...lengthIndex]), length <= 8
        else { return nil }
        let start = lengthIndex + 1
        let end = start + (isRemote ? 0 : 2 * Int(length))
        // Four more digits are a time stamp.
        guard line.count == end || line.count == end + 4 && number(line[end...]) != nil else { return nil }
        if isRemote { return .remote(identifier: identifier, isExtended: isExtended, length: Int(length)) }
        var data: [UInt8] = []
        for index in stride(from: start, to: end, by: 2) {
            guard let byte = number(line[index...index + 1]) else { return nil }
            data.append(UInt8(truncatingIfNeeded: byte))
        }
        return CANFrame(identifier, data, isExtended: isExtended).map { .frame($0) }
    }

    /// A number of at most eight hexadecimal digits, upper or lower case.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard !digits.isEmpty, digits.count <= 8 else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
