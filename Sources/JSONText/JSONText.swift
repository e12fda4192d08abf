/// A JSON value on its way out. Reading JSON is FoundationEssentials' business; writing one line per frame at a hundred
/// thousand lines a second (contract.md 6) is this.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Members in the order in which they are written.
    case object([Member])
    /// JSON that is written already, as UTF-8: for small objects that come by the dozen and differ in a number.
    case written([UInt8])

    /// One member of an object.
    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The value as one line of JSON text.
    ///
    /// Numbers are written with the fewest digits that read back the same; NaN and infinities as null, as JSON has none.
    package var text: String {
        var out: [UInt8] = []
        out.reserveCapacity(256)
        append(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends the text as UTF-8.
    package func append(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): Self.append(value, to: &out)
        case .number(let value): Self.append(value, to: &out)
        case .string(let value): Self.append(value, to: &out)
        case .written(let text): out += text
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (position, value) in values.enumerated() {
                if position > 0 { out.append(UInt8(ascii: ",")) }
                value.append(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (position, member) in members.enumerated() {
                Self.append(
                    member.name, after: position > 0 ? UInt8(ascii: ",") : nil, before: UInt8(ascii: ":"), to: &out)
                member.value.append(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    // MARK: - Private

    private static func append(_ value: Double, to out: inout [UInt8]) {
        guard value.isFinite else { return out += "null".utf8 }
        // A whole number reads better, and travels shorter, without ".0".
        if let whole = Int(exactly: value), whole.magnitude < 1 << 53 { return append(whole, to: &out) }
        // Measurements have few decimals. Where a whole number over a million is the value, its digits are the shortest
        // that read back the same, because decimals of up to 15 digits are all different; it costs a tenth of asking.
        let millionths = (value * 1_000_000).rounded()
        if millionths.magnitude < 1e15, millionths / 1_000_000 == value {
            return append(millionths: Int(millionths), to: &out)
        }
        out += value.description.utf8
    }

    private static func append(_ value: Int, to out: inout [UInt8]) {
        if value < 0 { out.append(UInt8(ascii: "-")) }
        append(digits: value.magnitude, to: &out)
    }

    private static func append(digits value: UInt, to out: inout [UInt8]) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count
        var rest = value
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        out.append(addingCapacity: digits.count - first) { room in
            for index in first..<digits.count { room.append(digits[index]) }
        }
    }

    /// A number with up to six decimals, of which the last is not 0.
    private static func append(millionths value: Int, to out: inout [UInt8]) {
        if value < 0 { out.append(UInt8(ascii: "-")) }
        append(digits: value.magnitude / 1_000_000, to: &out)
        out.append(UInt8(ascii: "."))
        var rest = value.magnitude % 1_000_000
        var place: UInt = 100_000
        while rest > 0 {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / place))
            rest %= place
            place /= 10
        }
    }

    /// A text in quotation marks, with a mark before and after it where it stands in an object.
    private static func append(
        _ text: String, after lead: UInt8? = nil, before tail: UInt8? = nil, to out: inout [UInt8]
    ) {
        let begin = out.count
        let bytes = text.utf8.span
        var isPlain = true
        out.append(addingCapacity: bytes.count + 4) { room in
            if let lead { room.append(lead) }
            room.append(UInt8(ascii: "\""))
            // Most texts are names without anything to escape: written at one go, looked at on the way.
            for index in bytes.indices {
                let byte = bytes[index]
                if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { isPlain = false }
                room.append(byte)
            }
            room.append(UInt8(ascii: "\""))
            if let tail { room.append(tail) }
        }
        guard !isPlain else { return }
        out.removeSubrange(begin...)
        if let lead { out.append(lead) }
        out.append(UInt8(ascii: "\""))
        appendEscaped(bytes, to: &out)
        out.append(UInt8(ascii: "\""))
        if let tail { out.append(tail) }
    }

    private static func appendEscaped(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
        for index in bytes.indices {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""): out += "\\\"".utf8
            case UInt8(ascii: "\\"): out += "\\\\".utf8
            case 0x0A: out += "\\n".utf8
            case 0x0D: out += "\\r".utf8
            case 0x09: out += "\\t".utf8
            case 0..<0x20:
                out += "\\u00".utf8
                out.append(hexadecimal(byte >> 4))
                out.append(hexadecimal(byte & 15))
            default: out.append(byte)
            }
        }
    }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// A number, or null where it is unknown.
    package init(_ value: Double?) { self = value.map(JSONValue.number) ?? .null }
    /// An integer, or null where it is unknown.
    package init(_ value: Int?) { self = value.map(JSONValue.integer) ?? .null }
    /// A text, or null where it is unknown.
    package init(_ value: String?) { self = value.map(JSONValue.string) ?? .null }
    /// A Boolean, or null where it is unknown.
    package init(_ value: Bool?) { self = value.map(JSONValue.bool) ?? .null }
}
