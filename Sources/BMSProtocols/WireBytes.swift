/// Two- and four-byte values in a frame. Callers have checked the length; beyond the end every byte reads as zero, so
/// that no frame, however wrong, can end the process.
extension [UInt8] {
    /// The byte at an offset, 0 beyond the end.
    package func byte(at offset: Int) -> UInt8 { indices.contains(offset) ? self[offset] : 0 }

    /// Two bytes, low byte first.
    package func little16(at offset: Int) -> UInt16 {
        guard offset >= 0, offset < count - 1 else { return UInt16(byte(at: offset)) }
        return UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    }

    /// Two bytes, high byte first.
    package func big16(at offset: Int) -> UInt16 { little16(at: offset).byteSwapped }

    /// Four bytes, low byte first.
    package func little32(at offset: Int) -> UInt32 {
        UInt32(little16(at: offset)) | UInt32(little16(at: offset + 2)) << 16
    }

    /// Appends two bytes, low byte first.
    package mutating func append(little value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }

    /// Appends two bytes, high byte first.
    package mutating func append(big value: UInt16) { append(little: value.byteSwapped) }

    /// Appends four bytes, low byte first.
    package mutating func append(little value: UInt32) {
        append(little: UInt16(truncatingIfNeeded: value))
        append(little: UInt16(truncatingIfNeeded: value >> 16))
    }
}

/// Hexadecimal as the protocols' papers write it: `0x1B`.
package func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return byte < 16 ? "0x0" + digits : "0x" + digits
}
