import FoundationEssentials
import JSONText
import Testing

@testable import BMSProtocols

extension JSONValue {
    /// What a written value is once it is read again.
    func read() throws -> JSONTree { try #require(JSONTree(text.utf8)) }
}

/// One golden vector of Tests/Vectors/tinybms.json.
struct Vector: Decodable, Sendable, CustomStringConvertible {
    var name: String
    var hex: String
    var decoded: [String: JSONTree]

    /// Names under `decoded` that describe the vector itself.
    static let aboutTheVector: Set = [
        "kind", "basis", "note", "meaning", "expect", "expected_response", "correct_crc", "register_map", "crc_ok",
        "direction", "flavour", "id_format", "checksum_valid", "frame_source", "profile", "raw_data_hex",
    ]

    var description: String { name }
    var kind: String { decoded["kind"]?.string ?? "frame" }
    var isRequest: Bool { decoded["direction"]?.string == "host_to_bms" }
    var isRejected: Bool {
        decoded["crc_ok"] == .bool(false) || decoded["expect"]?.string?.hasPrefix("reject") == true
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
