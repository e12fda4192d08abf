import FoundationEssentials
import JSONText
import Testing

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
    let decoded: JSONTree

    var testDescription: String { name }

    /// The line that `decode victron` reads.
    var line: String {
        let digits = String(identifier, radix: 16, uppercase: true)
        let hex = data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        return String(repeating: "0", count: (isExtended ? 8 : 3) - digits.count) + digits + "#" + hex
    }

    static let all: [Vector] = {
        guard let text = try? Repository.text("Tests/Vectors/victron-can.json"),
            case .array(let entries)? = JSONTree(text.utf8)
        else { return [] }
        return entries.compactMap(Vector.init)
    }()

    init?(_ entry: JSONTree) {
        guard let name = entry["name"].string, let hex = entry["hex"].string, let decoded = entry.member("decoded"),
            let identifier = UInt16(decoded["can_id"].string?.dropFirst(2) ?? "", radix: 16)
        else { return nil }
        self.name = name
        self.identifier = identifier
        self.decoded = decoded
        data = hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        isExtended = decoded["id_format"].string?.contains("29") ?? false
        isRejected = decoded["expect"].string?.hasPrefix("reject") ?? false
    }

    /// Names that speak about the vector, not about the frame: those that `check-vectors` passes over.
    static let aboutTheVector: Set<String> = [
        "kind", "basis", "note", "meaning", "expect", "direction", "flavour", "id_format",
    ]
}
