internal import JSONText
internal import Log

/// The right of a program to use the API (S73). The token itself is shown once; kept is its hash.
package struct APIToken: Sendable, Hashable {
    /// Bytes of a token: 256 bits.
    static let bytes = 32
    /// Tokens at a time.
    package static let limit = 64
    /// Longest life of one that ends by itself.
    static let longestLife: Duration = .seconds(10 * 366 * 86_400)
    /// Longest name, characters.
    package static let longestName = 64
    /// What a token begins with, so that people and scanners of leaked secrets know one.
    static let prefix = "cellbridge_"

    /// What lists and log lines call it; no secret.
    package let id: String
    package let name: String
    package let scopes: Set<Scope>
    /// Wall clock, Unix milliseconds.
    package let created: Int64
    /// When it ends by itself, Unix milliseconds; nil is never.
    package let expires: Int64?
    /// Last use, Unix milliseconds; nil is never.
    package var lastUsed: Int64?
    let digest: Digest

    /// Makes one.
    ///
    /// - Returns: the token, and the secret that is it.
    static func draw(
        name: String, scopes: Set<Scope>, at now: Int64, expires: Int64?,
        using random: inout some RandomNumberGenerator
    ) -> (token: APIToken, secret: Secret) {
        let text = prefix + Hexadecimal.random(bytes: bytes, using: &random)
        let token = APIToken(
            id: Hexadecimal.random(bytes: 8, using: &random), name: name, scopes: scopes, created: now,
            expires: expires, lastUsed: nil, digest: digest(of: text))
        return (token, Secret(text))
    }

    /// What is kept of a token's secret.
    static func digest(of secret: String) -> Digest { Sodium.digest(secret.utf8) }

    /// Whether it may do what is asked.
    package func includes(_ scope: Scope) -> Bool { scopes.contains { $0.includes(scope) } }

    /// Whether it has ended by itself.
    package func isOver(at now: Int64) -> Bool { expires.map { $0 <= now } ?? false }

    /// Why a token cannot be made, in a sentence; nil where it can.
    static func problem(name: String, scopes: Set<Scope>) -> (field: String, sentence: String)? {
        guard !name.isEmpty, name.count <= longestName, name.utf8.count <= 4 * longestName,
            name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            return (
                "name", "A token's name has 1 to \(longestName) printable characters: name the program that uses it."
            )
        }
        guard !scopes.isEmpty else { return ("scopes", "A token needs a scope: read, control, admin or ota.") }
        return nil
    }

    // MARK: - As kept

    /// Without the last use, which is kept apart: writing that down must not bring back a token that was revoked.
    var stored: String {
        JSONValue.object([
            .init("name", .string(name)), .init("created", .integer(Int(created))),
            .init("scopes", .array(scopes.map(\.rawValue).sorted().map { .string($0) })),
            .init("expires", expires.map { .integer(Int($0)) } ?? .null), .init("digest", .string(digest.text)),
        ]).text
    }

    /// Reads what `stored` wrote; nil where anything of it is not understood: half a token is none.
    init?(id: String, stored: String, lastUsed: Int64?) {
        guard let tree = JSONTree(stored.utf8), let name = tree["name"].string,
            let created = tree["created"].number.flatMap({ Int64(exactly: $0) }),
            let digest = tree["digest"].string.flatMap(Digest.init(text:))
        else { return nil }
        let scopes = tree["scopes"].elements.compactMap { $0.string.flatMap(Scope.init(rawValue:)) }
        guard !scopes.isEmpty, scopes.count == tree["scopes"].elements.count else { return nil }
        if tree["expires"] != .null {
            guard let expires = tree["expires"].number.flatMap({ Int64(exactly: $0) }) else { return nil }
            self.expires = expires
        } else {
            expires = nil
        }
        self.id = id
        self.name = name
        self.scopes = Set(scopes)
        self.created = created
        self.lastUsed = lastUsed
        self.digest = digest
    }

    private init(
        id: String, name: String, scopes: Set<Scope>, created: Int64, expires: Int64?, lastUsed: Int64?,
        digest: Digest
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.created = created
        self.expires = expires
        self.lastUsed = lastUsed
        self.digest = digest
    }
}
