/// The eight data bytes of a frame, numbered 0 to 7 as in daly.md; big-endian.
///
/// A number instead of an array: frames come by the dozen and need no memory of their own.
package struct DalyPayload: Sendable, Hashable {
    /// Byte 0 in the highest place.
    package var bits: UInt64

    package init(bits: UInt64 = 0) { self.bits = bits }

    /// Takes up to eight bytes; those that are not there are 0.
    package init(_ bytes: some Sequence<UInt8>) {
        bits = 0
        for (index, byte) in bytes.prefix(8).enumerated() { self[index] = byte }
    }

    /// A byte; outside the payload it reads 0 and takes nothing.
    package subscript(_ index: Int) -> UInt8 {
        get { (0..<8).contains(index) ? UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * index)) : 0 }
        set {
            guard (0..<8).contains(index) else { return }
            let shift = UInt64(56 - 8 * index)
            bits = bits & ~(0xFF << shift) | UInt64(newValue) << shift
        }
    }

    /// Two bytes from an index on.
    package func word(_ index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    /// Four bytes from an index on.
    package func long(_ index: Int) -> UInt32 { UInt32(word(index)) << 16 | UInt32(word(index + 2)) }

    /// Puts two bytes from an index on.
    package mutating func put(_ word: UInt16, at index: Int) {
        self[index] = UInt8(truncatingIfNeeded: word >> 8)
        self[index + 1] = UInt8(truncatingIfNeeded: word)
    }

    /// Puts four bytes from an index on.
    package mutating func put(_ long: UInt32, at index: Int) {
        put(UInt16(truncatingIfNeeded: long >> 16), at: index)
        put(UInt16(truncatingIfNeeded: long), at: index + 2)
    }

    /// Text without what is no printable ASCII.
    package func text(from index: Int) -> String {
        let printable = (index..<8).map { self[$0] }.filter { (0x21...0x7E).contains($0) }
        return String(decoding: printable, as: UTF8.self)
    }
}
