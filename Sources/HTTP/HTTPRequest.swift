/// The head of a request: what is wanted, by whom, over what.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// Percent-decoded, without the query; begins with a slash and has no dot segments.
    package var path: String
    /// Decoded names and values in their order.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    /// Where it comes from.
    package var peer: PeerAddress
    /// Whether it came over TLS.
    package var isSecure: Bool

    /// Makes the head of a request whose path is decoded already.
    package init(
        method: HTTPMethod = .get, path: String, query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = [:], peer: PeerAddress = .loopback, isSecure: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.peer = peer
        self.isSecure = isSecure
    }

    /// Makes the head of a request from its target as it stands on the request line (RFC 9112, 3.2.1).
    ///
    /// Nil for a target that is no path, has a bad escape, a control character or bytes that are not UTF-8, or that
    /// climbs with dot segments: the answer to that is 400.
    package init?(
        method: HTTPMethod = .get, target: String, headers: HTTPHeaders = [:], peer: PeerAddress = .loopback,
        isSecure: Bool = false
    ) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first.flatMap({ PercentCoding.decoded($0) }), path.hasPrefix("/"),
            !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }),
            let query = Self.query(parts.count > 1 ? parts[1] : "")
        else { return nil }
        self.init(method: method, path: path, query: query, headers: headers, peer: peer, isSecure: isSecure)
    }

    /// Whether it comes from this computer itself.
    package var isLoopback: Bool { peer.isLoopback }

    /// The parts of the path between its slashes, empty ones left out.
    package var segments: [String] { path.split(separator: "/").map(String.init) }

    /// The first value of a query name.
    package func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The value of a cookie (RFC 6265, 4.2.1); the first of a name.
    package func cookie(_ name: String) -> String? {
        for header in headers.values("Cookie") {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].trimmed == name { return parts[1].trimmed }
            }
        }
        return nil
    }

    /// The token of `Authorization: Bearer …` (RFC 6750, 2.1).
    package var bearerToken: String? {
        guard let value = headers["Authorization"], value.utf8.count > 7,
            HTTPHeaders.areEqual(value.prefix(7), "Bearer ")
        else { return nil }
        return value.dropFirst(7).trimmed
    }

    /// Whether the body says that it is JSON (S74).
    package var isJSON: Bool {
        guard let type = headers["Content-Type"]?.split(separator: ";").first else { return false }
        return HTTPHeaders.areEqual(type.trimmed, "application/json")
    }

    /// Names and values of a query as it stands after the question mark; nil where it cannot be decoded.
    package static func query(_ text: some StringProtocol) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decoded(parts[0], plusIsSpace: true),
                let value = PercentCoding.decoded(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }
}
