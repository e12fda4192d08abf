/// Whether a request means this device and comes from its own pages (S74).
package enum HostCheck {
    /// Whether the `Host` of a request is ours: against DNS rebinding, where a stranger's name leads to our address.
    ///
    /// - Parameters:
    ///   - host: the header, with or without a port; nil where it was missing.
    ///   - names: the configured name and `name.local`, in any case.
    ///   - addresses: the addresses of this device, as text without brackets.
    /// - Returns: false for what has to be answered with 421.
    package static func isOwn(host: String?, names: [String], addresses: [String]) -> Bool {
        guard let host, let name = name(of: host) else { return false }
        if HTTPHeaders.areEqual(name, "localhost") || name == "127.0.0.1" || name == "::1" { return true }
        return (names + addresses).contains { HTTPHeaders.areEqual($0, name) }
    }

    /// Whether a request was made by a page of this device, as far as the browser tells.
    ///
    /// - Returns: true where `Origin` is the origin that the request went to or, without an `Origin`, where
    ///   `Sec-Fetch-Site` is `same-origin`. False where neither is there: a browser sends one with every request that
    ///   changes something, and what is no browser has a token.
    package static func isSameOrigin(_ request: HTTPRequest) -> Bool {
        guard let host = request.headers["Host"] else { return false }
        if let origin = request.headers["Origin"] {
            return HTTPHeaders.areEqual(origin, (request.isSecure ? "https://" : "http://") + host)
        }
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    }

    /// The host without its port and brackets; nil where that is not what it is.
    package static func name(of host: String) -> String? {
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            let name = host[host.index(after: host.startIndex)..<end]
            return name.contains(":") ? String(name) : nil
        }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty else { return nil }
        guard parts.count == 1 || isPort(":" + parts[1]) else { return nil }
        // A name's root dot changes nothing.
        return String(name.hasSuffix(".") ? name.dropLast() : name)
    }

    private static func isPort(_ text: some StringProtocol) -> Bool {
        text.first == ":" && text.dropFirst().utf8.allSatisfy { (48...57).contains($0) }
            && UInt16(text.dropFirst()) != nil
    }
}
