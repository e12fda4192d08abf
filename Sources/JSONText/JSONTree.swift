internal import FoundationEssentials

/// JSON that was read: what a daemon, perhaps of another version, answers.
package enum JSONTree: Sendable, Hashable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    /// Reads a text in UTF-8; nil when it is no JSON.
    package init?(_ text: some Sequence<UInt8>) {
        guard let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(text)) else { return nil }
        self = tree
    }

    package init(from decoder: any Decoder) throws {
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
    package subscript(_ name: String) -> JSONTree { member(name) ?? .null }

    /// A member of an object; nil where there is none.
    package func member(_ name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    package var number: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The elements of an array; none where it is not one.
    package var elements: [JSONTree] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The same without times and ages, which change by themselves.
    package var timeless: JSONTree {
        switch self {
        case .array(let elements): .array(elements.map(\.timeless))
        case .object(let members):
            .object(
                members.filter { $0.key != "time" && !$0.key.hasSuffix("age_s") && $0.key != "since_s" }
                    .mapValues(\.timeless))
        default: self
        }
    }

    /// Whether this says what was wanted: numbers within 1e-6 of their size, objects as far as the wanted one goes.
    package func agrees(with wanted: JSONTree) -> Bool {
        switch (wanted, self) {
        case (.number(let wanted), .number(let got)): (wanted - got).magnitude <= 1e-6 * max(1, wanted.magnitude)
        case (.array(let wanted), .array(let got)):
            wanted.count == got.count && zip(wanted, got).allSatisfy { $1.agrees(with: $0) }
        case (.object(let wanted), .object(let got)):
            wanted.allSatisfy { name, value in got[name]?.agrees(with: value) ?? false }
        default: wanted == self
        }
    }
}
