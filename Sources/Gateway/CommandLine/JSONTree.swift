import FoundationEssentials

/// JSON that a command reads: what a daemon, perhaps of another version, answers.
enum JSONTree: Sendable, Hashable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    /// Reads a text; nil when it is no JSON.
    init?(_ text: [UInt8]) {
        guard let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(text)) else { return nil }
        self = tree
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    /// A member of an object; null where there is none.
    subscript(_ name: String) -> JSONTree {
        guard case .object(let members) = self else { return .null }
        return members[name] ?? .null
    }

    var number: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements of an array; none where it is not one.
    var elements: [JSONTree] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The same without times and ages, which change by themselves.
    var timeless: JSONTree {
        switch self {
        case .array(let elements): .array(elements.map(\.timeless))
        case .object(let members):
            .object(
                members.filter { $0.key != "time" && !$0.key.hasSuffix("age_s") && $0.key != "since_s" }
                    .mapValues(\.timeless))
        default: self
        }
    }
}
