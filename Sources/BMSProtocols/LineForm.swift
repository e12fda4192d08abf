package import JSONText

/// The forms of a line of `cellbridge decode` (contract.md 6), the same for every family on a serial line.
package enum LineForm: Sendable, Hashable {
    /// `HEX`: what the device answered.
    case answer([UInt8])
    /// `REQUESTHEX >`: a request alone.
    case request([UInt8])
    /// `REQUESTHEX > RESPONSEHEX`: an answer with what was asked.
    case exchange(request: [UInt8], answer: [UInt8])

    /// Reads a line of ASCII text; white space may stand anywhere.
    ///
    /// - Throws: `malformed_hex` for anything but pairs of hexadecimal digits around at most one `>`.
    package static func parse(_ line: [UInt8]) throws(DecodeError) -> LineForm {
        var request: [UInt8]?
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.count / 2)
        var high: UInt8?
        for character in line {
            switch character {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: ">"):
                guard request == nil else { throw DecodeError(.malformedHex, "more than one >") }
                guard high == nil else { throw odd }
                request = bytes
                bytes = []
            default:
                guard let nibble = nibble(character) else {
                    throw DecodeError(.malformedHex, "no hexadecimal digit: byte " + hexadecimal(character))
                }
                if let first = high {
                    bytes.append(first << 4 | nibble)
                    high = nil
                } else {
                    high = nibble
                }
            }
        }
        guard high == nil else { throw odd }
        guard let request else { return .answer(bytes) }
        return bytes.isEmpty ? .request(request) : .exchange(request: request, answer: bytes)
    }

    /// The output object of a line: `{"ok":true,"fields":{…}}`.
    package static func result(_ fields: [JSONValue.Member]) -> JSONValue {
        .object([JSONValue.Member("ok", true), JSONValue.Member("fields", .object(fields))])
    }

    /// The output object of a refused line: `{"ok":false,"error":CODE,"detail":TEXT}`.
    package static func result(_ error: DecodeError) -> JSONValue {
        .object([
            JSONValue.Member("ok", false), JSONValue.Member("error", .string(error.code.rawValue)),
            JSONValue.Member("detail", .string(error.detail)),
        ])
    }

    // MARK: - Private

    private static let odd = DecodeError(.malformedHex, "odd number of digits")

    private static func nibble(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
