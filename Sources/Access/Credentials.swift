/// What is kept of who may do what: in memory as values, in the state folder as texts.
///
/// Pure: an `AccessStore` reads and writes the texts.
struct Credentials: Sendable, Hashable {
    /// Nil while the device is unclaimed.
    var password: PasswordHash?
    /// The code that claims it, kept as it is shown: it is void once used, and whoever reads the state folder could
    /// put another one there.
    var setupCode: SetupCode?
    /// By the hash of their secret.
    var tokens: [Digest: APIToken] = [:]

    var isClaimed: Bool { password != nil }

    /// Names of the texts.
    enum Key {
        static let password = "password"
        static let setupCode = "setup_code"
        static let token = "token_"
        static let used = "used_"
    }

    /// Why the texts cannot be read.
    struct Damaged: Error, CustomStringConvertible {
        var description: String {
            "what is stored of the password is damaged, so that nobody gets in: cellbridge admin reset-password"
        }
    }

    /// Nobody's.
    init() {}

    /// Reads the texts. A token that cannot be read is none.
    ///
    /// - Throws: `Damaged` where there is a password that cannot be read: that device is not unclaimed.
    init(_ texts: [String: String]) throws(Damaged) {
        if let text = texts[Key.password] {
            guard let hash = PasswordHash(stored: text) else { throw Damaged() }
            password = hash
        }
        setupCode = texts[Key.setupCode].flatMap { SetupCode($0) }
        for (key, text) in texts where key.hasPrefix(Key.token) {
            let id = String(key.dropFirst(Key.token.count))
            let used = texts[Key.used + id].flatMap { Int64($0) }
            guard let token = APIToken(id: id, stored: text, lastUsed: used) else { continue }
            tokens[token.digest] = token
        }
    }
}

/// Where the texts of `Credentials` live: never exported, never shown, and not part of any generation.
package protocol AccessStore: Sendable {
    /// Every text kept so far, by its name of a-z, 0-9 and `_`.
    func texts() async throws -> [String: String]

    /// Writes texts, or erases those that are nil: all of them or none.
    ///
    /// - Parameters:
    ///   - texts: by name.
    ///   - isDear: whether it must not be forgotten with a damaged file either.
    /// - Throws: what the medium throws; then nothing has changed.
    func keep(_ texts: [String: String?], isDear: Bool) async throws
}

/// What the local command does to a state folder, beside a running daemon or without one. Such a daemon must then
/// read anew: `AccessControl.reload`.
package enum AccessAdministration {
    /// The setup code of an unclaimed device, drawn now if there is none.
    ///
    /// - Returns: nil when the device is claimed: then there is none.
    /// - Throws: what the store throws.
    package static func setupCode(
        _ store: any AccessStore, using random: inout some RandomNumberGenerator
    ) async throws -> SetupCode? {
        let credentials = try Credentials(try await store.texts())
        guard !credentials.isClaimed else { return nil }
        if let code = credentials.setupCode { return code }
        let code = SetupCode.draw(using: &random)
        try await store.keep([Credentials.Key.setupCode: code.text], isDear: true)
        return code
    }

    /// Makes the device unclaimed: password and tokens are gone, and a new code claims it.
    ///
    /// - Throws: what the store throws; then nothing has changed.
    package static func reset(
        _ store: any AccessStore, using random: inout some RandomNumberGenerator
    ) async throws -> SetupCode {
        let code = SetupCode.draw(using: &random)
        // Whatever is there, readable or not: this is the way out of a damaged password, too.
        var texts: [String: String?] = try await store.texts().mapValues { _ in nil }
        texts[Credentials.Key.setupCode] = code.text
        try await store.keep(texts, isDear: true)
        return code
    }
}
