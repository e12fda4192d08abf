/// The one frame of the protocol: `A5`, address, command, `08`, eight data bytes, sum of all before it (daly.md 2).
package struct DalyFrame: Sendable, Hashable {
    /// First byte of every frame in both directions.
    package static let start: UInt8 = 0xA5
    /// Fourth byte: number of data bytes.
    package static let dataLength: UInt8 = 8
    /// Length of every frame.
    package static let length = 13
    /// Address in the answers of the first board of a line.
    ///
    /// An echo of a request carries the host's address, and is right in everything else.
    package static let board: UInt8 = 0x01

    /// The host's address in a request, the board's in an answer.
    package var address: UInt8
    /// What it is about; a `DalyCommand` or an unknown one.
    package var command: UInt8
    package var payload: DalyPayload

    package init(address: UInt8, command: UInt8, payload: DalyPayload) {
        (self.address, self.command, self.payload) = (address, command, payload)
    }

    /// Reads one whole frame.
    ///
    /// - Throws: `too_short`, `bad_start`, `bad_length` (a length byte other than 8), `bad_checksum`.
    package init(_ bytes: [UInt8], at offset: Int = 0) throws(DecodeError) {
        guard offset >= 0, offset < bytes.count else { throw DecodeError(.tooShort, "no bytes") }
        guard bytes[offset] == Self.start else {
            throw DecodeError(.badStart, "starts with " + hexadecimal(bytes[offset]))
        }
        guard bytes.count - offset >= Self.length else {
            throw DecodeError(.tooShort, "\(bytes.count - offset) bytes of \(Self.length)")
        }
        guard bytes[offset + 3] == Self.dataLength else {
            throw DecodeError(.badLength, "\(bytes[offset + 3]) data bytes announced, every frame has 8")
        }
        var sum: UInt8 = 0
        var bits: UInt64 = 0
        for index in offset..<(offset + Self.length - 1) { sum &+= bytes[index] }
        for index in (offset + 4)..<(offset + 12) { bits = bits << 8 | UInt64(bytes[index]) }
        guard sum == bytes[offset + Self.length - 1] else {
            throw DecodeError(.badChecksum, "the sum of the bytes is " + hexadecimal(sum))
        }
        self.init(address: bytes[offset + 1], command: bytes[offset + 2], payload: DalyPayload(bits: bits))
    }

    /// The frame as it goes over the wire.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = [Self.start, address, command, Self.dataLength]
        bytes.reserveCapacity(Self.length)
        for index in 0..<8 { bytes.append(payload[index]) }
        bytes.append(bytes.reduce(0, &+))
        return bytes
    }
}
