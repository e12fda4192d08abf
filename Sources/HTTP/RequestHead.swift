/// A request's head as it was read, and what its connection has to know of it (RFC 9112).
package struct RequestHead: Sendable {
    /// How the body that follows is delimited.
    package enum Framing: Sendable, Hashable {
        case none
        /// Bytes.
        case length(Int)
        case chunked
    }

    package var method: HTTPMethod
    /// As it stood on the request line.
    package var target: String
    package var path: String
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var framing: Framing
    /// Whether the connection may serve another request after this one.
    package var keepsAlive: Bool
    /// Whether the client speaks HTTP/1.1, so that an answer may come in chunks.
    package var takesChunks: Bool
    /// Whether the client waits for a `100 Continue` before it sends the body.
    package var expectsContinue: Bool

    /// Stands for a head that was not understood: it is answered, and the connection ends.
    package static var unread: RequestHead {
        RequestHead(
            method: .get, target: "/", path: "/", query: [], headers: [:], framing: .none, keepsAlive: false,
            takesChunks: true, expectsContinue: false)
    }

    /// `Sec-WebSocket-Key` of a well-formed opening of a WebSocket (RFC 6455, 4.2.1); nil for other requests.
    package var webSocketKey: String? {
        guard method == .get, headers.list("Upgrade", contains: "websocket"),
            headers.list("Connection", contains: "upgrade"), headers["Sec-WebSocket-Version"] == "13",
            let key = headers["Sec-WebSocket-Key"], key.utf8.count == 24, key.hasSuffix("==")
        else { return nil }
        return key
    }
}

/// Reads heads from the bytes of a connection, as they come.
///
/// Strict, because two readers that understand one request differently are how requests are smuggled: a bare line feed, a
/// folded line, white space before a colon, two lengths, a length beside chunks are refused.
package struct RequestHeadReader: Sendable {
    /// What was found.
    package enum Outcome: Sendable {
        /// The head is not whole yet.
        case incomplete
        /// A head, and how many bytes it takes.
        case head(RequestHead, length: Int)
        /// Nothing that can be answered otherwise; the connection cannot be used further.
        case refused(Problem)
    }

    /// Bytes of a head at most (S78).
    private let limit: Int
    /// Bytes that were looked at and hold no end.
    private var seen = 0

    package init(limit: Int) { self.limit = limit }

    /// Looks for a head at the beginning of what came; called again with more, it goes on where it was.
    package mutating func read(_ bytes: [UInt8]) -> Outcome {
        // Empty lines before a request are to be left out (RFC 9112, 2.2): a few, not an endless row.
        var start = 0
        while start < min(bytes.count, 8), bytes[start] == 13 || bytes[start] == 10 { start += 1 }
        guard let end = endOfHead(bytes, from: max(start, seen - 3)) else {
            seen = bytes.count
            guard bytes.count <= limit else { return .refused(Self.tooLong(limit)) }
            return .incomplete
        }
        seen = 0
        guard end <= limit else { return .refused(Self.tooLong(limit)) }
        do {
            return .head(try Self.head(bytes[start..<(end - 2)]), length: end)
        } catch {
            return .refused(error)
        }
    }

    // MARK: - Private

    /// The index after the empty line that ends a head.
    private func endOfHead(_ bytes: [UInt8], from start: Int) -> Int? {
        let span = bytes.span
        var index = start + 3
        while index < span.count {
            switch span[index] {
            case 10:
                if span[index - 1] == 13, span[index - 2] == 10, span[index - 3] == 13 { return index + 1 }
                index += 2
            case 13: index += 1
            default: index += 4
            }
        }
        return nil
    }

    private static func tooLong(_ limit: Int) -> Problem {
        Problem(431, "head-too-long", "Head too long", detail: "the head of a request may have up to \(limit) bytes")
    }

    /// Lines that each end with CR LF.
    private static func head(_ bytes: ArraySlice<UInt8>) throws(Problem) -> RequestHead {
        var rest = bytes
        let first = try line(&rest)
        var headers = HTTPHeaders()
        while !rest.isEmpty {
            let (name, value) = try field(try line(&rest))
            headers.append(name, value)
        }
        return try assemble(first, headers)
    }

    /// Takes a line; it holds no control character but the tab.
    private static func line(_ rest: inout ArraySlice<UInt8>) throws(Problem) -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(where: { $0 < 32 && $0 != 9 || $0 == 127 }), rest[end] == 13,
            rest.index(after: end) < rest.endIndex, rest[end + 1] == 10
        else { throw .badRequest("the head has a control character, or a line that does not end with CR LF") }
        defer { rest = rest[(end + 2)...] }
        return rest[..<end]
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(Problem) -> (String, String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(isTokenByte), let name = String(validating: line[..<colon], as: UTF8.self)
        else { throw .badRequest("the head has a line that is no field") }
        var value = line[(colon + 1)...]
        while let byte = value.first, byte == 32 || byte == 9 { value.removeFirst() }
        while let byte = value.last, byte == 32 || byte == 9 { value.removeLast() }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw .badRequest("the field \(name) is not UTF-8")
        }
        return (name, text)
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: "!#$%&'*+.^_`|~".utf8.contains(byte)
        }
    }

    private static func assemble(
        _ line: ArraySlice<UInt8>, _ headers: HTTPHeaders
    ) throws(Problem) -> RequestHead {
        let words = line.split(separator: 32, omittingEmptySubsequences: false)
        guard words.count == 3, let target = String(validating: words[1], as: UTF8.self) else {
            throw .badRequest("the first line is no request")
        }
        guard words[0].allSatisfy(isTokenByte), !words[0].isEmpty else {
            throw .badRequest("the first line is no request")
        }
        let isNew = words[2].elementsEqual("HTTP/1.1".utf8)
        guard isNew || words[2].elementsEqual("HTTP/1.0".utf8) else {
            throw Problem(505, "version", "Version not supported", detail: "this server speaks HTTP/1.1")
        }
        guard let method = HTTPMethod(rawValue: String(decoding: words[0], as: UTF8.self)) else {
            throw Problem(501, "method", "Method not implemented", detail: "this server does not know that method")
        }
        guard let request = HTTPRequest(method: method, target: target) else {
            throw .badRequest("the target is no path that can be decoded")
        }
        let hosts = headers.values("Host")
        guard hosts.count == 1 || !isNew && hosts.isEmpty else {
            throw .badRequest("a request has one field Host")
        }
        let closes = headers.list("Connection", contains: "close")
        return RequestHead(
            method: method, target: target, path: request.path, query: request.query, headers: headers,
            framing: try framing(headers, isNew: isNew),
            keepsAlive: !closes && (isNew || headers.list("Connection", contains: "keep-alive")), takesChunks: isNew,
            expectsContinue: isNew && headers.list("Expect", contains: "100-continue"))
    }

    /// RFC 9112, 6.3.
    private static func framing(_ headers: HTTPHeaders, isNew: Bool) throws(Problem) -> RequestHead.Framing {
        let codings = headers.values("Transfer-Encoding")
        let lengths = headers.values("Content-Length")
        if !codings.isEmpty {
            guard lengths.isEmpty, isNew else { throw .badRequest("a body in chunks has no length of its own") }
            guard codings.count == 1, HTTPHeaders.areEqual(codings[0], "chunked") else {
                throw Problem(501, "coding", "Coding not implemented", detail: "the only transfer coding is chunked")
            }
            return .chunked
        }
        guard let text = lengths.first else { return .none }
        guard lengths.count == 1, (1...15).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let length = Int(text)
        else { throw .badRequest("Content-Length is one whole number") }
        return length == 0 ? .none : .length(length)
    }
}
