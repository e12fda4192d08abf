/// A record of 300 bytes, in which boards of JK's PB series tell everything. Little-endian. Source: jk.md 2.1 to 2.4.
package struct JKPBRecord: Sendable, Hashable {
    package static let start: [UInt8] = [0x55, 0xAA, 0xEB, 0x90]
    package static let length = 300

    /// What a record holds, its fourth byte.
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case settings = 1
        case status = 2
        case about = 3
    }

    package let kind: Kind
    /// The record, checksum included.
    package let bytes: [UInt8]

    /// Takes the bytes of a record; of more only the first 300.
    ///
    /// - Throws: `too_short`, `bad_start`, `bad_checksum`, `unexpected_command` for a kind that no paper names.
    package init(_ bytes: [UInt8]) throws(DecodeError) {
        guard !bytes.isEmpty else { throw DecodeError(.tooShort, "no bytes") }
        guard bytes.prefix(4).elementsEqual(Self.start.prefix(bytes.count)) else {
            throw DecodeError(.badStart, "starts with " + hexadecimal(bytes[0]) + ", not with 55 AA EB 90")
        }
        guard bytes.count >= Self.length else {
            throw DecodeError(.tooShort, "\(bytes.count) bytes of \(Self.length)")
        }
        guard Self.holds(bytes, at: 0) else { throw DecodeError(.badChecksum, "the sum does not fit") }
        guard let kind = Kind(rawValue: bytes[4]) else {
            throw DecodeError(.unexpectedCommand, "no record " + hexadecimal(bytes[4]))
        }
        self.kind = kind
        self.bytes = bytes.count == Self.length ? bytes : Array(bytes.prefix(Self.length))
    }

    /// Whether the last byte of what stands at an offset is the sum of those before it.
    static func holds(_ bytes: [UInt8], at start: Int) -> Bool {
        let last = start + length - 1
        guard start >= 0, last < bytes.count else { return false }
        return bytes[last] == sum(bytes, in: start..<last)
    }

    /// A record around values that a body puts in by their offset; the rest is zeros. The counter, byte 5, means nothing to a
    /// reader (jk.md 2.1).
    package static func sealed(_ kind: Kind, counter: UInt8, _ values: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = start + [kind.rawValue, counter] + [UInt8](repeating: 0, count: length - 6)
        values(&bytes)
        guard bytes.count == length else { return [] }
        bytes[length - 1] = sum(bytes, in: 0..<(length - 1))
        return bytes
    }

    private static func sum(_ bytes: [UInt8], in range: Range<Int>) -> UInt8 {
        var sum: UInt8 = 0
        for index in range.clamped(to: 0..<bytes.count) { sum &+= bytes[index] }
        return sum
    }

    // MARK: Values

    package func byte(_ offset: Int) -> UInt8 { bytes.byte(at: offset) }
    package func word(_ offset: Int) -> UInt16 { bytes.little16(at: offset) }
    package func signed(_ offset: Int) -> Int16 { Int16(bitPattern: bytes.little16(at: offset)) }
    package func long(_ offset: Int) -> UInt32 { bytes.little32(at: offset) }
    package func signedLong(_ offset: Int) -> Int32 { Int32(bitPattern: bytes.little32(at: offset)) }

    /// Text up to its first zero. The PIN and the user's texts lie at other offsets than callers ask for.
    package func text(_ offset: Int, _ width: Int) -> String {
        let field = bytes[min(max(offset, 0), bytes.count)..<min(max(offset + width, 0), bytes.count)]
        return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}
