internal import Log

/// The code that claims an unclaimed device (S70): whoever reads it has the device, or its journal, before them.
///
/// Ten characters out of 23, 45 bits, and void once used. With five tries in a quarter of an hour guessing it takes
/// 10⁸ years.
package struct SetupCode: Sendable, Hashable {
    /// Letters and digits that look like no other when they are read out or copied by hand: no 0 O, 1 I L, 2 Z, 5 S, 6 G
    /// and 8 B beside each other, no U that is a V.
    static let alphabet = Array("ACDEFGHJKMNPQRTVWXY3479")
    static let length = 10

    /// The characters, without the hyphen that people see.
    private let characters: String

    /// Draws a new one.
    package static func draw(using random: inout some RandomNumberGenerator) -> SetupCode {
        SetupCode(drawn: String((0..<length).compactMap { _ in alphabet.randomElement(using: &random) }))
    }

    private init(drawn characters: String) { self.characters = characters }

    /// Reads one as people write it: in any case, with or without hyphens and spaces. Nil where it can be none.
    package init?(_ text: String) {
        // A case mapping may lengthen a letter, so the text is judged as it came.
        guard text.utf8.count <= 64 else { return nil }
        let characters = text.uppercased().filter { $0 != "-" && !$0.isWhitespace }
        guard characters.count == Self.length, characters.allSatisfy(Self.alphabet.contains) else { return nil }
        self.characters = characters
    }

    /// As it is shown: `XXXXX-XXXXX`. For the local command and the journal.
    package var text: String { characters.prefix(5) + "-" + characters.dropFirst(5) }

    /// Whether what somebody typed is this code, in a time that does not tell how much of it is right.
    func isEqual(to attempt: Secret) -> Bool {
        guard let attempt = SetupCode(attempt.exposed) else { return false }
        return Sodium.areEqual(Array(characters.utf8), Array(attempt.characters.utf8))
    }
}

/// How often the setup code may be tried: five times in a quarter of an hour, whoever tries (S70).
struct SetupTries: Sendable, Hashable {
    static let limit = 5
    static let window: Duration = .seconds(15 * 60)

    private var times: [Duration] = []

    /// Books a try.
    ///
    /// - Parameter now: reading of a clock that never goes back.
    /// - Returns: nil when it may be made; else how long to wait.
    mutating func book(at now: Duration) -> Duration? {
        times.removeAll { $0 + Self.window <= now }
        if times.count >= Self.limit, let first = times.first { return first + Self.window - now }
        times.append(now)
        return nil
    }
}
