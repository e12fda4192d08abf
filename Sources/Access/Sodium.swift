internal import CSodium

/// What is used of libsodium beside its password hash.
enum Sodium {
    /// Whether the library is ready. Without it nothing can be proven, so that nobody gets in.
    static let isReady = sodium_init() >= 0

    /// The BLAKE2b hash of some bytes, 32 of them. For what is random itself: a password needs `PasswordHash`.
    static func digest(_ bytes: some Sequence<UInt8>) -> Digest {
        let bytes = Array(bytes)
        var out = [UInt8](repeating: 0, count: Digest.length)
        _ = isReady
        _ = unsafe crypto_generichash(&out, out.count, bytes, UInt64(bytes.count), nil, 0)
        return Digest(bytes: out)
    }

    /// Whether two byte strings are equal, in a time that depends on their lengths alone.
    static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return unsafe sodium_memcmp(one, other, one.count) == 0
    }
}

/// What is kept of a random secret: a hash, from which nobody gets the secret back.
struct Digest: Sendable, Hashable {
    /// Bytes of a digest.
    static let length = 32

    let bytes: [UInt8]

    fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads what `text` wrote; nil where it is anything else.
    init?(text: String) {
        guard let bytes = Hexadecimal.bytes(text), bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// In hexadecimal digits.
    var text: String { Hexadecimal.text(bytes) }
}

/// Bytes as hexadecimal digits.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Reads lower-case digits; nil where it is anything else.
    static func bytes(_ text: String) -> [UInt8]? {
        let values = text.utf8.map { digits.firstIndex(of: $0) }
        guard values.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: values.count, by: 2) {
            guard let high = values[start], let low = values[start + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// That many random bytes as digits.
    static func random(bytes count: Int, using random: inout some RandomNumberGenerator) -> String {
        text((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }
}
