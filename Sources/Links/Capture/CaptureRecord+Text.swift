extension CaptureRecord {
    private static let errorFlag: UInt32 = 0x2000_0000

    /// The record as one line without its end: a CAN frame exactly as `candump -L` writes it.
    ///
    /// Source: can-utils `lib.c`, `sprint_canframe`, and `candump.c`, log format.
    package var line: String {
        let (whole, part) = max(0, microseconds).quotientAndRemainder(dividingBy: 1_000_000)
        let (seconds, fraction) = (String(whole), String(part))
        let time =
            String(repeating: "0", count: max(0, 10 - seconds.count)) + seconds + "."
            + String(repeating: "0", count: max(0, 6 - fraction.count)) + fraction
        return "(\(time)) \(channel) " + Self.text(content)
    }

    /// Reads one line, with or without its end.
    ///
    /// - Throws: `CaptureError`; never traps, whatever the line holds.
    package init(line: some StringProtocol) throws(CaptureError) {
        let words = line.utf8.split { $0 == 32 || $0 == 10 || $0 == 13 }.map { Array($0) }
        guard let first = words.first, let time = Self.time(first) else { throw .badTime }
        guard words.count > 1 else { throw .noChannel }
        let content: Content
        switch words.dropFirst(2).first {
        case [UInt8(ascii: "<")]: content = .received(try Self.bytes(words.dropFirst(3)))
        case [UInt8(ascii: ">")]: content = .sent(try Self.bytes(words.dropFirst(3)))
        // A direction, which newer versions write after the frame, says nothing new.
        case let frame?: content = try Self.frame(frame)
        case nil: throw .badContent("nothing follows the channel")
        }
        self.init(microseconds: time, channel: String(decoding: words[1], as: UTF8.self), content: content)
    }

    // MARK: - Writing

    private static func text(_ content: Content) -> String {
        switch content {
        case .frame(let frame):
            hexadecimal(frame.identifier, digits: frame.isExtended ? 8 : 3) + "#" + hexadecimal(frame.data)
        case .remote(let identifier, let isExtended, let length):
            hexadecimal(identifier, digits: isExtended ? 8 : 3) + "#R" + (length > 0 ? "\(length)" : "")
        case .error(let errorClass, let data): hexadecimal(errorClass | errorFlag, digits: 8) + "#" + hexadecimal(data)
        case .received(let bytes): "< " + hexadecimal(bytes)
        case .sent(let bytes): "> " + hexadecimal(bytes)
        }
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { $0 += hexadecimal(UInt32($1), digits: 2) }
    }

    // MARK: - Reading

    private static func time(_ word: [UInt8]) -> Int64? {
        guard word.first == UInt8(ascii: "("), word.last == UInt8(ascii: ")") else { return nil }
        let parts = word.dropFirst().dropLast().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // Twelve digits of seconds keep the sum within 64 bits.
        guard parts.count == 2, (1...12).contains(parts[0].count), parts[1].count == 6,
            let seconds = number(parts[0], radix: 10), let fraction = number(parts[1], radix: 10)
        else { return nil }
        return seconds * 1_000_000 + fraction
    }

    private static func frame(_ word: [UInt8]) throws(CaptureError) -> Content {
        guard let mark = word.firstIndex(of: UInt8(ascii: "#")), let identifier = number(word[..<mark], radix: 16)
        else {
            throw .badContent("a CAN frame is written ID#DATA, bytes after < or >")
        }
        let isExtended = mark == 8
        guard mark == 3 || isExtended else { throw .badContent("a CAN identifier has 3 or 8 digits") }
        let rest = word[(mark + 1)...]
        guard rest.first != UInt8(ascii: "#") else { throw .badContent("CAN FD frames are not known here") }
        if rest.first == UInt8(ascii: "R") {
            return try remote(UInt32(truncatingIfNeeded: identifier), isExtended, rest.dropFirst())
        }
        let data = try bytes([Array(rest)])
        guard data.count <= 8 else { throw .badContent("a CAN frame has at most 8 bytes") }
        let word = UInt32(truncatingIfNeeded: identifier)
        if isExtended, word & errorFlag != 0 { return .error(errorClass: word & ~errorFlag, data: data) }
        guard let frame = CANFrame(word, data, isExtended: isExtended) else {
            throw .badContent("the CAN identifier is out of range")
        }
        return .frame(frame)
    }

    private static func remote(
        _ identifier: UInt32, _ isExtended: Bool, _ digits: ArraySlice<UInt8>
    ) throws(CaptureError) -> Content {
        guard let length = digits.isEmpty ? 0 : number(digits, radix: 10), length <= 8,
            CANFrame(identifier, [], isExtended: isExtended) != nil
        else { throw .badContent("a remote frame is written ID#R or ID#R and a length up to 8") }
        return .remote(identifier: identifier, isExtended: isExtended, length: Int(length))
    }

    /// Bytes in hexadecimal, in one word or several.
    private static func bytes(_ words: some Sequence<[UInt8]>) throws(CaptureError) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            guard word.count.isMultiple(of: 2) else { throw .badContent("a byte has two hexadecimal digits") }
            for index in stride(from: 0, to: word.count, by: 2) {
                guard let byte = number(word[index...index + 1], radix: 16) else {
                    throw .badContent("a byte has two hexadecimal digits")
                }
                bytes.append(UInt8(truncatingIfNeeded: byte))
            }
        }
        return bytes
    }

    /// A number of at most twelve digits.
    private static func number(_ digits: ArraySlice<UInt8>, radix: Int64) -> Int64? {
        guard (1...12).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            let digitValue: Int64
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digitValue = Int64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digitValue = Int64(digit - UInt8(ascii: "A")) + 10
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digitValue = Int64(digit - UInt8(ascii: "a")) + 10
            default: return nil
            }
            guard digitValue < radix else { return nil }
            value = value * radix + digitValue
        }
        return value
    }
}
