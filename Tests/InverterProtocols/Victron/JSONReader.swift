import FoundationEssentials
import Testing

/// A JSON value read back: the tests' counterpart of the writer in JSONText.
enum JSONReader: Decodable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONReader])
    case object([String: JSONReader])

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
        } else if let value = try? container.decode([JSONReader].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONReader].self))
        }
    }

    init(text: String) throws { self = try JSONDecoder().decode(JSONReader.self, from: Data(text.utf8)) }

    subscript(name: String) -> JSONReader? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }

    /// Whether another value says the same: numbers within 1e-6, objects as far as this one goes.
    func agrees(with other: JSONReader?) -> Bool {
        switch (self, other) {
        case (.number(let one), .number(let other)): (one - other).magnitude <= 1e-6 * max(1, one.magnitude)
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { $0.agrees(with: $1) }
        case (.object(let one), .object(let other)): one.allSatisfy { $0.value.agrees(with: other[$0.key]) }
        default: self == other
        }
    }
}

/// Files of the repository, found from this file's own path.
enum Repository {
    static let root = #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/" + $1 }

    static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: root + "/" + path)), as: UTF8.self)
    }
}

/// One golden vector of `Tests/Vectors/victron-can.json`.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    let identifier: UInt16
    let data: [UInt8]
    let isExtended: Bool
    let isRejected: Bool
    let decoded: JSONReader

    var testDescription: String { name }

    /// The line that `decode victron` reads.
    var line: String {
        let digits = String(identifier, radix: 16, uppercase: true)
        let hex = data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        return String(repeating: "0", count: (isExtended ? 8 : 3) - digits.count) + digits + "#" + hex
    }

    static let all: [Vector] = {
        guard let text = try? Repository.text("Tests/Vectors/victron-can.json"),
            case .array(let entries)? = try? JSONReader(text: text)
        else { return [] }
        return entries.compactMap(Vector.init)
    }()

    init?(_ entry: JSONReader) {
        guard let name = entry["name"]?.string, let hex = entry["hex"]?.string, let decoded = entry["decoded"],
            let identifier = UInt16(decoded["can_id"]?.string?.dropFirst(2) ?? "", radix: 16)
        else { return nil }
        self.name = name
        self.identifier = identifier
        self.decoded = decoded
        data = hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        isExtended = decoded["id_format"]?.string?.contains("29") ?? false
        isRejected = decoded["expect"]?.string?.hasPrefix("reject") ?? false
    }

    /// Names that speak about the vector, not about the frame: those that `check-vectors` passes over.
    static let aboutTheVector: Set<String> = [
        "kind", "basis", "note", "meaning", "expect", "direction", "flavour", "id_format",
    ]
}
