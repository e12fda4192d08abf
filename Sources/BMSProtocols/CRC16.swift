/// CRC-16/MODBUS: polynomial 0x8005 reflected (0xA001), initial value 0xFFFF, no final XOR.
///
/// TinyBMS, Daly's Modbus mode and other Modbus RTU speakers share it; all send the low byte first.
package enum CRC16 {
    /// Checksum over a range of bytes; a range that sticks out is cut to the bytes there are.
    package static func checksum(_ bytes: [UInt8], in range: Range<Int>) -> UInt16 {
        let table = Self.table
        var remainder: UInt16 = 0xFFFF
        for index in range.clamped(to: 0..<bytes.count) {
            remainder = (remainder >> 8) ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ bytes[index])]
        }
        return remainder
    }

    /// Checksum over all bytes.
    package static func checksum(_ bytes: [UInt8]) -> UInt16 { checksum(bytes, in: 0..<bytes.count) }

    /// Whether the last two bytes of a range are the checksum, low byte first, of those before them.
    package static func holds(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, range.count >= 3 else { return false }
        // The remainder over a message and its own checksum is zero in this variant.
        return checksum(bytes, in: range) == 0
    }

    /// Appends the checksum of everything there is so far.
    package static func seal(_ bytes: inout [UInt8]) {
        let checksum = checksum(bytes)
        bytes.append(UInt8(truncatingIfNeeded: checksum))
        bytes.append(UInt8(truncatingIfNeeded: checksum >> 8))
    }

    // MARK: - Private

    private static let table: [UInt16] = (0..<256).map { index in
        var remainder = UInt16(index)
        for _ in 0..<8 { remainder = remainder & 1 == 0 ? remainder >> 1 : (remainder >> 1) ^ 0xA001 }
        return remainder
    }
}
