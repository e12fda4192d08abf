import FoundationEssentials
import JSONText

@testable import BMSProtocols

/// A JSON value read from a file: JSONText only writes.
indirect enum ReadJSON: Decodable, Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([ReadJSON])
    case object([String: ReadJSON])

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
        } else if let value = try? container.decode([ReadJSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: ReadJSON].self))
        }
    }

    /// What a written value looks like once it is read again.
    init(_ written: JSONValue) throws {
        self = try JSONDecoder().decode(ReadJSON.self, from: Data(written.text.utf8))
    }

    subscript(name: String) -> ReadJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The rules of the check-vectors script: numbers within 1e-6, an object may hold more than is wanted.
    func holds(_ want: ReadJSON) -> Bool {
        switch (want, self) {
        case (.number(let want), .number(let got)): abs(want - got) <= 1e-6 * max(1, abs(want))
        case (.array(let want), .array(let got)):
            want.count == got.count && zip(want, got).allSatisfy { $1.holds($0) }
        case (.object(let want), .object(let got)):
            want.allSatisfy { name, value in got[name]?.holds(value) ?? false }
        default: want == self
        }
    }
}

/// One golden vector of Tests/Vectors/tinybms.json.
struct Vector: Decodable, Sendable, CustomStringConvertible {
    var name: String
    var hex: String
    var decoded: [String: ReadJSON]

    /// Names under `decoded` that describe the vector itself.
    static let aboutTheVector: Set = [
        "kind", "basis", "note", "meaning", "expect", "expected_response", "correct_crc", "register_map", "crc_ok",
        "direction", "flavour", "id_format", "checksum_valid", "frame_source", "profile", "raw_data_hex",
    ]

    var description: String { name }
    var kind: String { decoded["kind"]?.text ?? "frame" }
    var isRequest: Bool { decoded["direction"]?.text == "host_to_bms" }
    var isRejected: Bool {
        decoded["crc_ok"] == .bool(false) || decoded["expect"]?.text?.hasPrefix("reject") == true
    }

    var bytes: [UInt8] {
        guard case .answer(let bytes) = try? LineForm.parse(Array(hex.utf8)) else { return [] }
        return bytes
    }

    /// Every vector of the file.
    static let all: [Vector] = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        guard let data = try? Data(contentsOf: URL(filePath: root + "/Tests/Vectors/tinybms.json")),
            let vectors = try? JSONDecoder().decode([Vector].self, from: data)
        else { return [] }
        return vectors
    }()

    static func all(of kind: String) -> [Vector] { all.filter { $0.kind == kind } }
}
