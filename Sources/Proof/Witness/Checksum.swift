/// CRC-16 of TinyBMS frames (tinybms.md 2): reflected polynomial 0xA001, start 0xFFFF, low byte first on the wire.
enum Checksum {
    /// Whether bytes end with the checksum of those before: the remainder over both is 0.
    static func isRight(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count > 2 else { return false }
        return value(bytes) == 0
    }

    /// The checksum of bytes.
    static func value(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var remainder: UInt16 = 0xFFFF
        for byte in bytes { remainder = remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] }
        return remainder
    }

    private static let table: [UInt16] = (0..<256).map { index in
        var remainder = UInt16(index)
        for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xA001 : remainder >> 1 }
        return remainder
    }
}
