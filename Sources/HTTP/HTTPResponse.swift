package import JSONText

/// What a request is answered with.
package struct HTTPResponse: Sendable {
    /// Three digits of RFC 9110, 15.
    package var status: Int
    /// Without `Content-Length`, `Connection` and `Date`, which the server writes.
    package var headers: HTTPHeaders
    package var body: HTTPBody

    package init(status: Int = 200, headers: HTTPHeaders = [:], body: HTTPBody = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer in JSON, which no cache keeps.
    package static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        var text: [UInt8] = []
        text.reserveCapacity(1024)
        value.append(to: &text)
        return HTTPResponse(
            status: status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .bytes(text))
    }

    /// A plain text, which no cache keeps.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(Array(text.utf8)))
    }

    /// Sends the client elsewhere; the method stays (RFC 9110, 15.4.8 and 15.4.9).
    package static func redirect(to location: String, isPermanent: Bool = false) -> HTTPResponse {
        HTTPResponse(
            status: isPermanent ? 308 : 307, headers: ["Location": location, "Cache-Control": "no-store"])
    }
}

/// What comes after the head of an answer.
package enum HTTPBody: Sendable {
    case none
    case bytes([UInt8])
    /// Sent as it comes, in constant memory: the next piece is asked for once the last one left.
    case stream(any BodySource)
}

/// A body that comes piece by piece, either way.
package protocol BodySource: Sendable {
    /// The next piece; nil after the last. Called by one task at a time; what it throws cuts the body short, so that the
    /// other side sees that it is not whole.
    func next() async throws -> [UInt8]?
}

/// What came after the head of a request.
package enum RequestBody: Sendable {
    /// Whole; empty where there was none.
    case bytes([UInt8])
    /// As it comes; nobody reads from the network while it is not asked for.
    case stream(any BodySource)

    /// The whole body; nil for a stream.
    package var bytes: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }
}
