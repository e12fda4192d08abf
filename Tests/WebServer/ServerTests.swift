import Glibc
import HTTP
import Synchronization
import Testing

@testable import WebServer

/// The whole server over real sockets on loopback.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ServerTests {
    let responder = TestResponder()

    @Test func `requests of one connection are answered one after another`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        for number in 0..<20 {
            let answer = try client.get("/\(number)")
            #expect(answer.status == 200)
            #expect(answer.text == "GET /\(number) ")
        }
        try client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        #expect(try client.answer().text == "POST /p hello")
        try client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try client.answer(withBody: false)
        #expect(client.value("Content-Length", head.head) == "8")
        #expect(try client.get("/empty").status == 204)
        #expect(await server.connectionCount == 1)
        try client.send("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try client.answer().text == "GET /last ")
        #expect(try client.receive().isEmpty)
        await server.stop()
    }

    @Test func `pipelined requests are answered in their order`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        var text = ""
        for number in 0..<50 {
            text += "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\(number % 10)!"
            text += "GET /refused HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        try client.send(text)
        for number in 0..<50 {
            #expect(try client.answer().text == "POST /\(number) \(number % 10)!")
            #expect(try client.answer().status == 401)
        }
        await server.stop()
    }

    @Test func `an upload in chunks is taken as it comes`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        try client.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = [UInt8](repeating: 65, count: 0x4000)
        for _ in 0..<100 { try client.send(Array("4000\r\n".utf8) + piece + Array("\r\n".utf8)) }
        try client.send("0\r\n\r\n")
        #expect(try client.answer().text == "\(100 * 0x4000)")
        #expect(responder.taken.load(ordering: .relaxed) > 1)
        #expect(try client.get("/next").status == 200)
        await server.stop()
    }

    @Test func `a client that expects to be told to continue is told`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        try client.send("PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer(withBody: false).status == 100)
        try client.send("abc")
        #expect(try client.answer().text == "PUT /p abc")
        // Refused by its head: the body is never asked for.
        try client.send("PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.answer().status == 413)
        await server.stop()
    }

    @Test(
        "a body over its limit is refused, and the answer arrives",
        arguments: [
            "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n",
            "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3D0900\r\n",
            "POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n",
            "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n",
        ])
    func tooLarge(head: String) async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        try client.send(head)
        try? client.send([UInt8](repeating: 65, count: 200_000))
        let answer = try client.answer()
        #expect(answer.status == (head.contains("refused") ? 401 : 413))
        #expect(answer.head.contains("Connection: close"))
        await server.stop()
    }

    @Test func `an answer is streamed in chunks, and an unfinished one is seen to be`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        let answer = try client.get("/stream?n=5000")
        #expect(answer.text == (1...5000).map { "\($0)\n" }.joined())
        #expect(try client.get("/large").body.count == 3_000_000)
        try client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
        let text = String(decoding: try client.receiveAll(), as: UTF8.self)
        #expect(text.contains("3\n"))
        #expect(!text.hasSuffix("0\r\n\r\n"))
        let old = try TestClient(port: server.ports[0])
        try old.send("GET /stream HTTP/1.0\r\n\r\n")
        #expect(try old.receiveAll().suffix(10).elementsEqual("\r\n\r\n1\n2\n3\n".utf8))
        await server.stop()
    }

    @Test(
        "what is no request gets an answer and an end",
        arguments: [
            ("nonsense\r\n\r\n", 400), ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 20000), 431),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ])
    func malformed(text: String, status: Int) async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        try client.send(text)
        let answer = try client.answer()
        #expect(answer.status == status)
        #expect(answer.head.contains("application/problem+json"))
        #expect(try client.receive().isEmpty)
        await server.stop()
    }

    @Test func `a request whose client went away is cancelled`() async throws {
        let server = try await startServer(responder)
        do {
            let client = try TestClient(port: server.ports[0])
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            let other = try TestClient(port: server.ports[0])
            _ = try other.get("/")  // the first one was read before this one was answered
        }
        while await server.connectionCount > 0 { await Task.yield() }
        responder.gate.open()
        while responder.cancelled.load(ordering: .relaxed) == 0 { await Task.yield() }
        await server.stop()
    }

    @Test func `S78: five hundred slow connections do not keep a request waiting`() async throws {
        let server = try await startServer(responder)
        // More than the process may have open at once would prove nothing of the server.
        var slow: [TestClient] = []
        for _ in 0..<500 {
            let client = try TestClient(port: server.ports[0])
            try? client.send("GET / HTTP/1.1\r\nHost: a\r\nX-")
            slow.append(client)
        }
        let client = try TestClient(port: server.ports[0])
        let start = ContinuousClock.now
        #expect(try client.get("/good").text == "GET /good ")
        #expect(start.duration(to: .now) < .seconds(2))
        #expect(await server.connectionCount <= 16)  // all of one address
        await server.stop()
    }

    @Test func `S78: who has a session keeps the connection when others come`() async throws {
        let server = try await startServer(responder)
        let known = try TestClient(port: server.ports[0])
        try known.send("GET /mine HTTP/1.1\r\nHost: a\r\nCookie: id=1\r\n\r\n")
        #expect(try known.answer().status == 200)
        let strangers = try (0..<40).map { _ in try TestClient(port: server.ports[0]) }
        #expect(try strangers[39].get("/").status == 200)
        #expect(try known.get("/still").text == "GET /still ")
        await server.stop()
    }

    @Test func `stopping lets a request finish, and the port can be used again at once`() async throws {
        let server = try await startServer(responder)
        let port = server.ports[0]
        let client = try TestClient(port: port)
        try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        let idle = try TestClient(port: port)
        _ = try idle.get("/")
        async let stopped: Void = server.stop()
        #expect(try idle.receive().isEmpty)
        responder.gate.open()
        let answer = try client.answer()
        #expect(answer.text == "waited")
        #expect(answer.head.contains("Connection: close"))
        await stopped
        #expect(throws: TestClient.Failure.self) { _ = try TestClient(port: port) }
        let next = try await WebServer(
            .init(listeners: [.init(.address(host: "127.0.0.1", port: port), .plain)]), responder: responder,
            log: TestLog().logger)
        #expect(try TestClient(port: port).get("/again").status == 200)
        await next.stop()
    }

    @Test func `a hundred servers come and go with their connections`() async throws {
        let files = try FileManagerless.descriptors()
        for _ in 0..<100 {
            let server = try await startServer(responder)
            let clients = try (0..<3).map { _ in try TestClient(port: server.ports[0]) }
            #expect(try clients[0].get("/").status == 200)
            // An upload that ends with its client, in the middle.
            _ = try? TestClient(port: server.ports[0]).send(
                "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            try clients[1].send("GET / HTTP/1.1\r\nHo")
            #expect(try clients[2].openWebSocket().status == 101)
            await server.stop()
        }
        #expect(try FileManagerless.descriptors() <= files + 2)
    }

    @Test func `a socket that systemd opened is served, and stays open when the server stops`() async throws {
        let (descriptor, port) = try ListeningSocket.open(.address(host: "127.0.0.1", port: 0))
        defer { close(descriptor) }
        for _ in 0..<2 {
            let server = try await WebServer(
                .init(listeners: [.init(.inherited(descriptor), .plain)]), responder: responder, log: TestLog().logger)
            #expect(server.ports == [port])
            #expect(try TestClient(port: port).get("/").status == 200)
            await server.stop()
        }
        // Nobody answers now, but nobody is refused either: the next server finds those who wait.
        _ = try TestClient(port: port)
    }

    @Test func `a port that is taken says so and how to mend it`() async throws {
        let (descriptor, port) = try ListeningSocket.open(.address(host: "127.0.0.1", port: 0))
        defer { close(descriptor) }
        await #expect {
            _ = try await WebServer(
                .init(listeners: [.init(.address(host: "127.0.0.1", port: port), .plain)]), responder: responder,
                log: TestLog().logger)
        } throws: {
            "\($0)".contains("127.0.0.1:\(port) is taken") && "\($0)".contains("web.listen")
        }
    }
}

enum FileManagerless {
    /// Open descriptors of this process.
    static func descriptors() throws -> Int {
        guard let folder = opendir("/proc/self/fd") else { throw TestClient.Failure(text: "no /proc") }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }
}
