/// Where a server listens: `HOST:PORT`, `[IPv6]:PORT`, or `:PORT` and `*:PORT` for every address.
package struct WebAddress: Sendable, Hashable {
    /// Numeric address or name; `0.0.0.0` for every address.
    package var host: String
    /// 0 lets the system choose.
    package var port: UInt16

    /// Reads one; nil where it is none.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else { return nil }
        self.host = host.isEmpty || host == "*" ? "0.0.0.0" : host
        self.port = port
    }

    /// Whether only programs of this computer can reach it.
    package var isLoopback: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost" || host == "::1"
            || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })
    }

    /// As it is written in an address of a page.
    package var text: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
