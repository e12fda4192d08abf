import FoundationEssentials
import JSONText

@testable import BMSProtocols

/// One golden vector of Tests/Vectors/daly.json or daly_modbus.json.
struct DalyVector: Decodable, Sendable, CustomStringConvertible {
    var name: String
    var provenance: String
    var requestHex: String?
    var responseHex: String
    var decoded: [String: JSONTree]

    private enum CodingKeys: String, CodingKey {
        case name, provenance, decoded
        case requestHex = "request_hex"
        case responseHex = "response_hex"
    }

    var description: String { name }
    var request: [UInt8] { Self.bytes(requestHex ?? "") }
    var response: [UInt8] { Self.bytes(responseHex) }
    var exchange: [UInt8] { Array("\(requestHex ?? "") > \(responseHex)".utf8) }

    /// Every vector of a file.
    static func all(_ file: String) -> [DalyVector] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        guard let data = try? Data(contentsOf: URL(filePath: root + "/Tests/Vectors/" + file)),
            let vectors = try? JSONDecoder().decode([DalyVector].self, from: data)
        else { return [] }
        return vectors
    }

    static let uart = all("daly.json")
    static let modbus = all("daly_modbus.json")

    private static func bytes(_ hex: String) -> [UInt8] {
        guard case .answer(let bytes) = try? LineForm.parse(Array(hex.utf8)) else { return [] }
        return bytes
    }
}
