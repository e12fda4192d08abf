internal import Glibc

/// Where a request comes from, as coarse as one household or attacker: an IPv4 address, or an IPv6 network of 64 bits,
/// in which anyone has as many addresses as they like (S72).
package enum PeerNetwork: Sendable, Hashable {
    case v4(UInt32)
    case v6(prefix: UInt64)
    /// A local socket, or an address that cannot be read.
    case other

    /// Reads a numeric address, with or without a zone (`fe80::1%eth0`).
    package init(_ text: String) {
        let address = String(text.prefix { $0 != "%" })
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, address, &four) == 1 {
            self = .v4(UInt32(bigEndian: four.s_addr))
        } else if unsafe inet_pton(AF_INET6, address, &six) == 1 {
            let bytes = unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }
            func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
            // An IPv4 client of a listener for both is written ::ffff:192.0.2.1.
            self =
                number(0..<8) == 0 && number(8..<12) == 0xFFFF
                ? .v4(UInt32(number(12..<16))) : .v6(prefix: number(0..<8))
        } else {
            self = .other
        }
    }
}
