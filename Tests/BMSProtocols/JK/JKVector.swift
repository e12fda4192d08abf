import FoundationEssentials
import JSONText
import Testing

@testable import BMSProtocols

/// One golden vector of Tests/Vectors/jk.json: a request and its answer.
struct JKVector: Decodable, Sendable, CustomStringConvertible {
    var name: String
    var family: String
    var provenance: String
    var requestHex: String
    var responseHex: String
    var decoded: [String: JSONTree]

    enum CodingKeys: String, CodingKey {
        case name, family, provenance, decoded
        case requestHex = "request_hex"
        case responseHex = "response_hex"
    }

    var description: String { name }
    var isDamaged: Bool { provenance == "capture-corrupted" }
    var line: String { requestHex + " > " + responseHex }
    var request: [UInt8] { Self.bytes(requestHex) }
    var response: [UInt8] { Self.bytes(responseHex) }

    /// Every vector of the file.
    static let all: [JKVector] = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        guard let data = try? Data(contentsOf: URL(filePath: root + "/Tests/Vectors/jk.json")),
            let vectors = try? JSONDecoder().decode([JKVector].self, from: data)
        else { return [] }
        return vectors
    }()

    static let nw = all.filter { $0.family == "nw" }
    static let pb = all.filter { $0.family == "pb_rs485" }
    /// The `NW` captures that are whole.
    static let soundNW = nw.filter { !$0.isDamaged }

    static func bytes(_ hex: String) -> [UInt8] {
        guard case .answer(let bytes) = try? LineForm.parse(Array(hex.utf8)) else { return [] }
        return bytes
    }

    static func hex(_ bytes: [UInt8]) -> String { bytes.map { hexadecimal($0).dropFirst(2) }.joined() }
}
