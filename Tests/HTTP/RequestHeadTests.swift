import HTTP
import Testing

@Suite struct RequestHeadTests {
    private func read(_ text: String, limit: Int = 16384) -> RequestHeadReader.Outcome {
        var reader = RequestHeadReader(limit: limit)
        return reader.read(Array(text.utf8))
    }

    private func status(_ text: String, limit: Int = 16384) -> Int? {
        guard case .refused(let problem) = read(text, limit: limit) else { return nil }
        return problem.status
    }

    private func head(_ text: String) throws -> RequestHead {
        guard case .head(let head, let length) = read(text) else { throw Problem.badRequest("no head") }
        #expect(length == text.utf8.count)
        return head
    }

    @Test func `a head is read with its path, query and fields`() throws {
        let head = try head(
            "GET /a%20b/c?x=1&y=%26+z HTTP/1.1\r\nHost: dev\r\nX-Long:  \t value \t\r\ncookie: a=1; b=2\r\n\r\n")
        #expect(head.method == .get)
        #expect(head.path == "/a b/c")
        #expect(head.query.map(\.name) == ["x", "y"])
        #expect(head.query.map(\.value) == ["1", "& z"])
        #expect(head.headers["x-long"] == "value")
        #expect(head.keepsAlive)
        let request = HTTPRequest(path: head.path, headers: head.headers)
        #expect(request.cookie("b") == "2")
    }

    @Test func `a head that comes byte by byte is the same`() throws {
        let text = Array("\r\nPOST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8)
        var reader = RequestHeadReader(limit: 1000)
        for count in 1..<(text.count - 3) {
            guard case .incomplete = reader.read(Array(text[..<count])) else {
                Issue.record("complete after \(count) bytes")
                return
            }
        }
        guard case .head(let head, let length) = reader.read(text) else {
            Issue.record("no head")
            return
        }
        #expect(length == text.count - 3)
        #expect(head.framing == .length(3))
    }

    @Test(
        "what two readers could understand differently is refused",
        arguments: [
            ("GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400), ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400), ("GET /\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501), ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /a/..%2fx HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400), (": x\r\n\r\n", 400),
            ("\u{16}\u{3}\r\n\r\n", 400),
        ])
    func refusals(text: String, wanted: Int) { #expect(status(text) == wanted) }

    @Test func `S78: a head of more than its limit is refused, whole or not`() {
        let field = "X: " + String(repeating: "a", count: 16400)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n") == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\(field)") == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n") == nil)
    }

    @Test(
        "a connection is kept as client and version ask",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false),
            ("GET / HTTP/1.0\r\n\r\n", false), ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ])
    func keepsAlive(text: String, keepsAlive: Bool) throws { #expect(try head(text).keepsAlive == keepsAlive) }

    @Test func `no bytes trap the reader`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var text = Array("GET /a?b=%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                text[Int.random(in: 0..<text.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            var reader = RequestHeadReader(limit: 100)
            _ = reader.read(text)
        }
    }
}
