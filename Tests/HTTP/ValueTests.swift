import HTTP
import JSONText
import Testing

@Suite struct ValueTests {
    @Test(
        "addresses are written as people do",
        arguments: [
            ([192, 168, 1, 7], "192.168.1.7", false), ([127, 0, 0, 9], "127.0.0.9", true),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1], "10.0.0.1", false),
            ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "::1", true),
            ([0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5], "2001:db8::5", false),
            ([0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4], "fe80::1:2:3:4", false),
        ] as [([UInt8], String, Bool)])
    func addresses(bytes: [UInt8], text: String, isLoopback: Bool) throws {
        let address = try #require(PeerAddress(bytes))
        #expect(address.description == text)
        #expect(address.isLoopback == isLoopback)
    }

    @Test func `S72: failures are counted for a /64 of IPv6 and for one address of IPv4`() throws {
        let one = try #require(PeerAddress([0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5]))
        let two = try #require(PeerAddress([0x20, 1, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9]))
        let other = try #require(PeerAddress([0x20, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5]))
        #expect(one.network == two.network)
        #expect(one.network != other.network)
        let four = try #require(PeerAddress([10, 0, 0, 1]))
        #expect(four.network == four)
        #expect(PeerAddress([1, 2, 3]) == nil)
    }

    @Test func `S77: every answer carries the headers against foreign content`() {
        let text = String(
            decoding: ResponseText.head(.text("x"), framing: .length(1), keepsAlive: true), as: UTF8.self)
        #expect(text.contains("\r\nContent-Security-Policy: default-src 'self';"))
        #expect(text.contains("frame-ancestors 'none'"))
        #expect(text.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
        #expect(!text.contains("unsafe-inline"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func `a header of the answer replaces ours, and cannot end its line`() {
        let response = HTTPResponse(headers: ["Referrer-Policy": "origin", "X": "a\r\nSet-Cookie: b"])
        let text = String(decoding: ResponseText.head(response, framing: .none, keepsAlive: false), as: UTF8.self)
        #expect(text.contains("Referrer-Policy: origin\r\n"))
        #expect(!text.contains("no-referrer"))
        #expect(text.contains("X: a  Set-Cookie: b\r\n"))
        #expect(text.contains("Connection: close\r\n"))
    }

    @Test func `a problem is what RFC 9457 says`() {
        let problem = Problem.invalid("1 ... 16 cells", field: "pack.1.cells")
        let response = problem.response
        #expect(response.status == 422)
        #expect(response.headers["content-type"] == "application/problem+json")
        #expect(
            problem.json.text == """
                {"type":"urn:cellbridge:invalid-value","title":"Invalid value","status":422,\
                "detail":"1 ... 16 cells","field":"pack.1.cells"}
                """)
    }

    @Test(
        "a tag is compared as RFC 9110 says",
        arguments: [
            ("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("a", false),
        ])
    func tags(header: String, matches: Bool) { #expect(Caching.matches(header, tag: "\"a\"") == matches) }

    @Test(
        "gzip is taken where it is not refused",
        arguments: [
            ("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("gzip;q=0.000", false), ("br", false),
            ("xgzip", false),
        ])
    func encodings(header: String, isTaken: Bool) {
        #expect((["Accept-Encoding": header] as HTTPHeaders).list("accept-encoding", contains: "gzip") == isTaken)
    }

    @Test func `a cookie for TLS says so`() {
        #expect(
            Cookie("__Host-id", "x", isSecure: true, maxAge: 0).text
                == "__Host-id=x; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0")
    }

    @Test func `a bearer token and a JSON type are recognised`() {
        let request = HTTPRequest(
            path: "/", headers: ["authorization": "bearer  abc ", "Content-Type": "application/JSON; charset=utf-8"])
        #expect(request.bearerToken == "abc")
        #expect(request.isJSON)
        #expect(!HTTPRequest(path: "/", headers: ["Content-Type": "text/plain"]).isJSON)
    }

    @Test(
        "base64 has its padding",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func base64(text: String, wanted: String) { #expect(Base64.text(Array(text.utf8)) == wanted) }
}
