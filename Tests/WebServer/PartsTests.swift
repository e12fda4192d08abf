import Glibc
import HTTP
import Links
import Testing

@testable import WebServer

@Suite struct ConnectionTableTests {
    private let start = Instant.now

    private func address(_ last: UInt8) throws -> PeerAddress { try #require(PeerAddress([10, 0, 0, last])) }

    @Test func `S78: of one address, and in all, the oldest without a session gives way`() throws {
        var table = ConnectionTable(total: 4, perAddress: 2, hearing: .zero)
        table.add(1, peer: try address(1), at: start)
        table.add(2, peer: try address(1), at: start)
        #expect(table.judge(try address(1)) == .instead(of: 1))
        #expect(table.judge(try address(2)) == .welcome)
        table.setHasSession(true, of: 1)
        #expect(table.judge(try address(1)) == .instead(of: 2))
        table.setHasSession(true, of: 2)
        #expect(table.judge(try address(1)) == .full)
        table.add(3, peer: try address(2), at: start)
        table.add(4, peer: try address(3), at: start)
        #expect(table.judge(try address(4)) == .instead(of: 3))
        table.remove(3)
        #expect(table.judge(try address(4)) == .welcome)
        table.setHasSession(true, of: 4)
        table.add(5, peer: try address(5), at: start)
        table.setHasSession(true, of: 5)
        #expect(table.judge(try address(6)) == .full)
    }

    @Test func `S78: one that is being answered gives way last`() throws {
        var table = ConnectionTable(total: 3, perAddress: 3, hearing: .zero)
        for number: UInt in 1...3 { table.add(number, peer: try address(UInt8(number)), at: start) }
        #expect(table.judge(try address(9), isAnswered: { $0 < 3 }) == .instead(of: 3))
        #expect(table.judge(try address(9), isAnswered: { _ in true }) == .instead(of: 1))
        table.setHasSession(true, of: 1)
        #expect(table.judge(try address(9), isAnswered: { _ in true }) == .instead(of: 2))
    }

    @Test func `S78: whoever came in is heard for a moment before a crowd takes its place`() throws {
        var table = ConnectionTable(total: 2, perAddress: 2, hearing: .milliseconds(100))
        table.add(1, peer: try address(1), at: start)
        #expect(table.opens(isAnswered: { _ in false }) == nil, "there is room")
        table.add(2, peer: try address(2), at: start + .milliseconds(30))
        #expect(table.opens(isAnswered: { _ in false }) == start + .milliseconds(100))
        #expect(table.opens(isAnswered: { $0 == 1 }) == start + .milliseconds(130), "of the one that would give way")
        table.setHasSession(true, of: 1)
        #expect(table.opens(isAnswered: { _ in false }) == start + .milliseconds(130))
        table.setHasSession(true, of: 2)
        #expect(table.opens(isAnswered: { _ in false }) == nil, "to wait for nobody who leaves")
    }

    @Test func `S78: the queue of a WebSocket holds so much and no more`() {
        let socket = WebSocket(limit: 1000) {}
        #expect(socket.send([UInt8](repeating: 1, count: 900)))
        #expect(!socket.send([UInt8](repeating: 1, count: 200)))
        #expect(socket.hasOverflowed && socket.queuedBytes == 0)
        #expect(!socket.send([1]))
    }

    @Test func `S78: the limits are those of the rule`() {
        let limits = WebLimits()
        #expect(limits.headBytes == 16 * 1024 && limits.headTime == .seconds(10) && limits.idleTime == .seconds(30))
        #expect(limits.connections == 64 && limits.connectionsPerAddress == 16)
        #expect(limits.webSockets == 16 && limits.webSocketQueue == 256 * 1024)
    }
}

@Suite struct ListenAddressTests {
    @Test func `S78: the kernel keeps little of what one connection does not read`() throws {
        let (listener, port) = try ListeningSocket.open(.address(host: "127.0.0.1", port: 0))
        defer { close(listener) }
        let client = try TestClient(port: port)
        let (descriptor, peer) = try #require(ListeningSocket.accept(listener))
        defer { close(descriptor) }
        var size: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        #expect(getsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0)
        #expect(size <= 256 * 1024 && peer.isLoopback && client.descriptor >= 0)
    }

    @Test(
        "an address to listen on is read",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:443", "::1", 443), (":80", "", 80), ("8443", "", 8443),
        ] as [(String, String, UInt16)])
    func reading(text: String, host: String, port: UInt16) throws {
        #expect(try ListenAddress(text) == .address(host: host, port: port))
    }

    @Test("what is none is refused", arguments: ["", "a", "::1:80", "host:80", "1.2.3.4:", "1.2.3.4:99999", "[::1]"])
    func refusals(text: String) {
        #expect(throws: WebServerError.address(text)) { try ListenAddress(text) }
    }

    @Test func `sockets of systemd are ours when they are meant for us`() {
        let variables = ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "https:http"]
        let sockets = InheritedSockets.all(environment: { variables[$0] }, process: 42)
        #expect(sockets.map(\.descriptor) == [3, 4])
        #expect(sockets.map(\.name) == ["https", "http"])
        #expect(InheritedSockets.all(environment: { variables[$0] }, process: 43).isEmpty)
        #expect(InheritedSockets.all(environment: { _ in nil }, process: 42).isEmpty)
    }
}

@Suite struct StaticFilesTests {
    private func files() throws -> (TestFolder, StaticFiles) {
        let folder = try TestFolder()
        _ = try folder.file("index.html", Array("<!doctype html>".utf8) + [UInt8](repeating: 97, count: 5000))
        _ = try folder.file("app.js", Array("let a = 1\n".utf8))
        _ = try folder.file("logo.png", [UInt8](repeating: 0, count: 5000))
        _ = try folder.file(".secret", [1])
        return (folder, try StaticFiles(folder: folder.path))
    }

    private func get(_ files: StaticFiles, _ target: String, _ headers: HTTPHeaders = [:]) -> HTTPResponse? {
        HTTPRequest(target: target, headers: headers).flatMap { files.response(to: $0) }
    }

    @Test func `a page is served with its type, a tag, and gzip to who takes it`() async throws {
        let (folder, files) = try files()
        let plain = try #require(get(files, "/"))
        #expect(plain.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(plain.headers["Cache-Control"] == "no-cache")
        let packed = try #require(get(files, "/index.html", ["Accept-Encoding": "gzip, br"]))
        #expect(packed.headers["Content-Encoding"] == "gzip")
        #expect(packed.headers["Vary"] == "Accept-Encoding")
        #expect(packed.headers["ETag"] != plain.headers["ETag"])
        guard case .bytes(let bytes) = packed.body, case .bytes(let original) = plain.body else {
            Issue.record("no bytes")
            return
        }
        #expect(bytes.count < original.count)
        let file = try folder.file("check.gz", bytes)
        #expect(try await run("zcat", [file]) == String(decoding: original, as: UTF8.self))
        #expect(get(files, "/logo.png", ["Accept-Encoding": "gzip"])?.headers["Content-Encoding"] == nil)
    }

    @Test func `what a browser has already is not sent again, and a versioned address is kept for a year`() throws {
        let (_, files) = try files()
        let tag = try #require(get(files, "/app.js")?.headers["ETag"])
        let again = try #require(get(files, "/app.js", ["If-None-Match": tag]))
        #expect(again.status == 304)
        #expect(get(files, "/app.js", ["If-None-Match": "\"old\""])?.status == 200)
        let hash = try #require(files.hash(of: "/app.js"))
        #expect(get(files, "/app.js?v=\(hash)")?.headers["Cache-Control"] == "public, max-age=31536000, immutable")
        #expect(get(files, "/app.js?v=old")?.headers["Cache-Control"] == "no-cache")
    }

    @Test(
        "no path leads out of the folder",
        arguments: [
            "/.secret", "/../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc%2fpasswd", "//etc/passwd", "/app.js/",
            "/app.js%00",
            "/./app.js", "/none",
        ])
    func traversal(target: String) throws {
        let (_, files) = try files()
        #expect(files.paths == ["/app.js", "/index.html", "/logo.png"])
        #expect(get(files, target) == nil)
    }

    @Test func `a folder that is not there says so`() {
        #expect(throws: WebServerError.self) { _ = try StaticFiles(folder: "/none") }
    }
}
