import BMSProtocols
import InverterProtocols
import JSONText

/// The command line of `decode`: one line in, one line of valid JSON out, whatever the line is.
enum LineFuzz {
    static func tinyBMS(_ bytes: [UInt8]) {
        check(TinyBMSLineDecoder.decode(line: bytes), bytes)
        // Well-formed hexadecimal with a good checksum, which no fuzzer types.
        var frame = [0xAA] + bytes
        CRC16.seal(&frame)
        let line = hexadecimal(frame)
        check(TinyBMSLineDecoder.decode(line: Array(line.utf8)), frame)
        check(TinyBMSLineDecoder.decode(line: line + " >"), frame)
        for request in requests { check(TinyBMSLineDecoder.decode(line: request + " > " + line), frame) }
    }

    static func victron(_ bytes: [UInt8]) {
        check(VictronLineDecoder.decode(bytes), bytes)
        guard bytes.count >= 2 else { return }
        let identifier = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        for value in [identifier & 0x7FF, 0x350 + identifier % 64, 0x305 + identifier % 3] {
            let line = String(value, radix: 16) + "#" + hexadecimal(Array(bytes.dropFirst(2).prefix(9)))
            check(VictronLineDecoder.decode(line), bytes)
        }
    }

    /// What is said of any line is one line of valid JSON, good or an error.
    static func check(_ value: JSONValue, _ input: [UInt8]) {
        let text = value.text
        require(JSONCheck.isOneLine(text), "\(input) becomes \(text)")
        let isGood = text.hasPrefix(#"{"ok":true,"fields":{"#)
        require(isGood || text.hasPrefix(#"{"ok":false,"error":""#), "\(input) becomes \(text)")
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }

    // MARK: - Private

    private static let requests = [
        TinyBMSLiveBlock.request, .allEvents, .readRegisters(address: 200, count: 2),
        .readBlock(address: 300, count: 2), .settings(.current, count: 2), .readIndividual([36, 37]),
    ].map { hexadecimal($0.bytes) }
}
