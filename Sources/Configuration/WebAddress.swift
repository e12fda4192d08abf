/// Where the web server listens: `HOST:PORT`, an IPv6 address in brackets.
package struct WebAddress: Sendable, Hashable {
    /// Numeric address; `0.0.0.0` for every address.
    package var host: String
    /// 0 lets the system choose.
    package var port: UInt16

    /// Reads one; nil where it is none. A name is none, because it may lead elsewhere tomorrow: all but `localhost`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Self.number(text[text.index(after: colon)...], UInt16.self)
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard Self.isIPv6(address) else { return nil }
            self.host = String(address)
        } else if host.isEmpty || host == "*" {
            self.host = "0.0.0.0"
        } else if host == "localhost" {
            self.host = "127.0.0.1"
        } else {
            guard Self.isIPv4(host) else { return nil }
            self.host = String(host)
        }
        self.port = port
    }

    /// Whether only programs of this computer can reach it.
    package var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    /// As it is written in an address of a page.
    package var text: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    // MARK: - Private

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { number($0, UInt8.self) != nil }
    }

    /// Up to eight groups of up to four digits; a double colon, once, stands for one group of zeros or more.
    private static func isIPv6(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.utf8.count <= 4 && $0.allSatisfy { $0.isASCII && $0.isHexDigit } }) else {
            return false
        }
        let groups = parts.count { !$0.isEmpty }
        let runs = text.indices.count { text[$0...].hasPrefix("::") }
        guard runs > 0 else { return groups == 8 && parts.count == 8 }
        // An empty part is of the double colon: one within, two at an end, three alone.
        let atEnds = (text.hasPrefix("::") ? 1 : 0) + (text.hasSuffix("::") ? 1 : 0)
        return runs == 1 && groups <= 7 && parts.count - groups == 1 + atEnds
    }

    /// A decimal number without sign or leading zeros.
    private static func number<Number: FixedWidthInteger>(_ text: Substring, _ type: Number.Type) -> Number? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || !text.hasPrefix("0") else { return nil }
        return Number(text)
    }
}
