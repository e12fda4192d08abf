internal import CSodium
package import Log

/// What is kept of the password: an Argon2id hash with its salt and parameters in one text (S71).
///
/// Making and checking one takes 19 MiB and tens of milliseconds: only on the thread of a `PasswordHasher`.
struct PasswordHash: Sendable, Hashable {
    /// As libsodium writes it: `$argon2id$v=19$m=19456,t=2,p=1$…`.
    let text: String

    /// Memory, bytes: 19 MiB, OWASP's first recommendation for Argon2id with two passes and one lane.
    static let memory = 19 << 20
    static let passes: UInt64 = 2

    /// Takes a stored text; nil where it is no such hash, or one that would take more memory than ours: what damaged the
    /// store must not exhaust the machine.
    init?(stored text: String) {
        guard text.utf8.count < Int(crypto_pwhash_STRBYTES), text.hasPrefix("$argon2id$") else { return nil }
        let parameters = text.split(separator: "$").dropFirst(2).first?.split(separator: ",") ?? []
        guard let memory = parameters.first, memory.hasPrefix("m="), let kibibytes = Int(memory.dropFirst(2)),
            kibibytes <= 4 * Self.memory >> 10
        else { return nil }
        self.text = text
    }

    /// Hashes a password; nil where the memory for it is not to be had.
    init?(of password: Secret) {
        guard Sodium.isReady else { return nil }
        let bytes = password.exposed.utf8CString
        var out = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        guard
            unsafe crypto_pwhash_str(&out, Array(bytes), UInt64(bytes.count - 1), Self.passes, Self.memory) == 0
        else { return nil }
        text = String(decoding: out.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether this is the hash of a password.
    func fits(_ password: Secret) -> Bool {
        guard Sodium.isReady else { return false }
        let bytes = password.exposed.utf8CString
        return unsafe crypto_pwhash_str_verify(text, Array(bytes), UInt64(bytes.count - 1)) == 0
    }

    /// Whether it was made with other parameters than today's.
    var isOutdated: Bool { unsafe crypto_pwhash_str_needs_rehash(text, Self.passes, Self.memory) != 0 }
}

/// What a password has to be (S71).
package enum PasswordRule {
    /// Fewest characters.
    package static let shortest = 10
    /// Most bytes: far beyond any password, and a bound for what a stranger can have hashed.
    package static let longest = 1024

    /// Why a text can be no password, in a sentence; nil where it can.
    package static func problem(_ password: Secret) -> String? {
        let text = password.exposed
        guard text.utf8.count <= longest else {
            return "A password has at most \(longest) bytes: choose a shorter one."
        }
        guard text.count >= shortest else {
            return "A password has at least \(shortest) characters: choose a longer one, such as four words."
        }
        guard !text.utf8.contains(0) else { return "A password cannot contain a null character: leave it out." }
        return nil
    }
}

/// Hashes and checks passwords: one at a time, because a second one at once would take another 19 MiB (S71), and on a
/// thread of its own, because each blocks for tens of milliseconds (S33).
package actor PasswordHasher {
    private let executor: any SerialExecutor

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameter executor: a thread that nobody else waits for, such as a `StorageThread`.
    package init(executor: any SerialExecutor) { self.executor = executor }

    // Nothing is awaited inside, so that one hash ends before the next begins.

    /// The hash of a password; nil where the memory for it is not to be had.
    func hash(_ password: Secret) -> PasswordHash? { PasswordHash(of: password) }

    /// What a password is to a hash.
    func check(_ password: Secret, against hash: PasswordHash) -> PasswordCheck {
        guard hash.fits(password) else { return .wrong }
        return .right(renewed: hash.isOutdated ? PasswordHash(of: password) : nil)
    }
}

/// What a password is to a hash.
enum PasswordCheck: Sendable, Hashable {
    case wrong
    /// The right one, with the hash to keep from now on where the parameters have changed.
    case right(renewed: PasswordHash?)
}
