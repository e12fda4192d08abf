import Foundation

/// A JSON value read from text.
indirect enum JSON: Decodable, Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

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
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    /// Reads text; nil for what is no JSON.
    init?(text: String) {
        guard let value = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    /// Reads a file.
    init(file: String) throws {
        self = try JSONDecoder().decode(JSON.self, from: try Data(contentsOf: URL(filePath: file)))
    }

    subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// Whether this is what was wanted: numbers within 1e-6, an object may hold more.
    func agrees(with want: JSON) -> Bool {
        switch (want, self) {
        case (.number(let want), .number(let got)): abs(want - got) <= 1e-6 * max(1, abs(want))
        case (.array(let want), .array(let got)):
            want.count == got.count && zip(want, got).allSatisfy { $1.agrees(with: $0) }
        case (.object(let want), .object(let got)):
            want.allSatisfy { name, value in got[name]?.agrees(with: value) ?? false }
        default: want == self
        }
    }
}
