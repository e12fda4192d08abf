import FoundationEssentials
package import JSONText

/// One request of a local program.
package struct LocalRequest: Sendable, Hashable, Decodable {
    package var command: String
    /// What a command is about: a child to restart.
    package var target: String?

    /// Reads a line; nil when it is no such object.
    init?(_ line: [UInt8]) {
        guard let request = try? JSONDecoder().decode(LocalRequest.self, from: Data(line)) else { return nil }
        self = request
    }

    /// An answer that says why not.
    package static func failure(_ sentence: String) -> JSONValue { ["ok": false, "error": .string(sentence)] }
}
