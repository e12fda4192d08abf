/// An answer as its bytes (RFC 9112, 4).
package enum ResponseText {
    /// How the body is delimited.
    package enum Framing: Sendable, Hashable {
        /// No body may follow: 1xx, 204 and 304.
        case none
        /// Bytes.
        case length(Int)
        case chunked
        /// The end of the connection ends the body: for HTTP/1.0.
        case close
    }

    /// The head, with the security headers (S77) that the answer does not set itself.
    ///
    /// There is no `Date`: the clock of this device may be wrong, and then none is to be sent (RFC 9110, 6.6.1).
    package static func head(_ response: HTTPResponse, framing: Framing, keepsAlive: Bool) -> [UInt8] {
        var out: [UInt8] = []
        var size = 512
        if case .length(let length) = framing, length < 1 << 16 { size += length }
        out.reserveCapacity(size)
        out += "HTTP/1.1 ".utf8
        append(response.status, to: &out)
        out.append(32)
        out += reason(response.status).utf8
        out += "\r\n".utf8
        for field in response.headers { append(field, to: &out) }
        switch framing {
        case .none: break
        case .length(let length):
            out += "Content-Length: ".utf8
            append(length, to: &out)
            out += "\r\n".utf8
        case .chunked: out += "Transfer-Encoding: chunked\r\n".utf8
        case .close: break
        }
        if !keepsAlive { out += "Connection: close\r\n".utf8 }
        if response.headers.contains(where: { field in
            SecurityHeaders.always.contains { HTTPHeaders.areEqual($0.name, field.name) }
        }) {
            for field in SecurityHeaders.always where response.headers[field.name] == nil { append(field, to: &out) }
        } else {
            out += securityText
        }
        out += "\r\n".utf8
        return out
    }

    /// A piece of a body in chunks; an empty one ends it.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        out += String(bytes.count, radix: 16).utf8
        out += "\r\n".utf8
        out += bytes
        out += "\r\n".utf8
        return out
    }

    // MARK: - Private

    private static let securityText: [UInt8] = {
        var out: [UInt8] = []
        for field in SecurityHeaders.always { append(field, to: &out) }
        return out
    }()

    /// Control characters in a value would end its line: they are written as spaces.
    private static func append(_ field: HTTPHeaders.Field, to out: inout [UInt8]) {
        out += field.name.utf8
        out += ": ".utf8
        for byte in field.value.utf8 { out.append(byte < 32 || byte == 127 ? 32 : byte) }
        out += "\r\n".utf8
    }

    private static func append(_ number: Int, to out: inout [UInt8]) {
        if number > 9 { append(number / 10, to: &out) }
        out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    private static func reason(_ status: Int) -> String { reasons[status] ?? "" }

    private static let reasons = [
        100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        408: "Request Timeout", 409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large",
        415: "Unsupported Media Type", 421: "Misdirected Request", 422: "Unprocessable Content",
        426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented",
        503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
        507: "Insufficient Storage",
    ]
}
