package import JSONText

/// The value of one setting.
package enum SettingValue: Sendable, Hashable {
    case bool(Bool)
    case int(Int)
    case float(Double)
    /// A text, a link address or a word of an enumeration.
    case string(String)

    /// The value as JSON.
    package var json: JSONValue {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .integer(value)
        case .float(let value): .number(value)
        case .string(let value): .string(value)
        }
    }

    /// The value as people and the command line write it.
    package var text: String {
        switch self {
        case .bool(let value): value ? "true" : "false"
        case .int(let value): value.description
        case .float: json.text
        case .string(let value): value
        }
    }
}

/// What a setting may be.
package enum SettingKind: Sendable, Hashable {
    case bool
    case int(ClosedRange<Int>)
    case float(ClosedRange<Double>)
    /// A text of at most so many bytes; 7-bit ASCII where it travels in a CAN frame.
    case text(maximumBytes: Int, ascii: Bool = false)
    /// One of some words.
    case word([String])
    /// A link address of contract.md 2.
    case link(LinkUse)

    /// What a link is for, which decides the forms it may have.
    package enum LinkUse: Sendable, Hashable {
        case pack
        case can
    }

    /// The type as schema and documentation name it.
    package var name: String {
        switch self {
        case .bool: "bool"
        case .int: "int"
        case .float: "float"
        case .text, .link: "string"
        case .word: "enum"
        }
    }

    /// What is allowed, in words; empty for a Boolean.
    package var bounds: String {
        switch self {
        case .bool: ""
        case .int(let range): "\(range.lowerBound) … \(range.upperBound)"
        case .float(let range):
            SettingValue.float(range.lowerBound).text + " … " + SettingValue.float(range.upperBound).text
        case .text(let maximum, let ascii): "at most \(maximum) \(ascii ? "ASCII characters" : "bytes")"
        case .word(let words): words.joined(separator: ", ")
        case .link(.pack): "/dev/…, serial:, tcp:, unix:, sim:"
        case .link(.can): "dry:, socketcan:, slcan:"
        }
    }
}
