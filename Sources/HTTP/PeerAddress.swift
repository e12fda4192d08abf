/// Where a connection comes from: an IPv4 or IPv6 address, without its port.
package struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// First and last eight bytes of the IPv6 form; IPv4 is mapped into `::ffff:0:0/96` (RFC 4291, 2.5.5.2).
    private let high: UInt64
    private let low: UInt64

    private static let mapped: UInt64 = 0xFFFF_0000_0000

    /// From the 4 or 16 bytes of an address, in network order; nil for another count.
    package init?(_ bytes: some Collection<UInt8>) {
        func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: (high, low) = (0, Self.mapped | number(bytes))
        case 16: (high, low) = (number(bytes.prefix(8)), number(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// 127.0.0.1, which stands for a Unix socket too.
    package static let loopback = PeerAddress(high: 0, low: mapped | 0x7F00_0001)

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Whether it is an IPv4 address.
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether the peer is this computer itself: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { isIPv4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// The network that failures are counted for (S72): the address itself, of IPv6 its /64.
    package var network: PeerAddress { isIPv4 ? self : PeerAddress(high: high, low: 0) }

    /// `192.0.2.7`, or eight groups with the longest run of zeros left out (RFC 5952).
    package var description: String {
        guard !isIPv4 else {
            return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF } }
        var run = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > run.count, index - start > 1 { run = start..<index }
            start = index + 1
        }
        func text(_ groups: ArraySlice<UInt64>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        return run.isEmpty
            ? text(groups[...]) : text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
    }
}
