import HTTP
import Testing
import WebServer

@Suite(.serialized, .timeLimit(.minutes(1))) struct WebSocketTests {
    let responder = TestResponder()

    @Test func `messages come back, pings are answered, codes too`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        let answer = try client.openWebSocket()
        #expect(answer.status == 101)
        // The example of RFC 6455, 1.3.
        #expect(client.value("Sec-WebSocket-Accept", answer.head) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        try client.sendFrame(1, Array("hello".utf8))
        var frame = try client.frame()
        #expect(frame.opcode == 1 && frame.payload == Array("hello".utf8))
        try client.sendFrame(9, [1, 2])
        frame = try client.frame()
        #expect(frame.opcode == 10 && frame.payload == [1, 2])
        try client.sendFrame(2, [0, 255])
        frame = try client.frame()
        #expect(frame.opcode == 2 && frame.payload == [0, 255])
        try client.sendFrame(1, Array("bye".utf8))
        frame = try client.frame()
        #expect(frame.opcode == 8 && frame.payload.prefix(2) == [0x03, 0xF0])
        #expect(try client.receive().isEmpty)
        await responder.socketEnded.wait()
        await server.stop()
    }

    @Test func `a client that closes gets its code back`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        _ = try client.openWebSocket()
        try client.sendFrame(8, [0x03, 0xE9])
        let frame = try client.frame()
        #expect(frame.opcode == 8 && frame.payload == [0x03, 0xE9])
        await responder.socketEnded.wait()
        await server.stop()
    }

    @Test func `a frame that breaks the rules is told why`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        _ = try client.openWebSocket()
        try client.send([0x81, 1, 65])  // not masked
        let frame = try client.frame()
        #expect(frame.opcode == 8 && frame.payload.prefix(2) == [0x03, 0xEA])
        await server.stop()
    }

    @Test func `S78: a slow reader is dropped, and others do not notice`() async throws {
        let log = TestLog()
        let server = try await startServer(responder, log: log)
        let slow = try TestClient(port: server.ports[0], receiveBuffer: 4096)
        _ = try slow.openWebSocket("/flood")
        await responder.socketEnded.wait()
        let client = try TestClient(port: server.ports[0])
        #expect(try client.get("/").status == 200)
        while await server.connectionCount > 1 { await Task.yield() }
        #expect(log.events.contains("web.slow_reader"))
        await server.stop()
    }

    @Test func `S78: there are sixteen WebSockets at most`() async throws {
        var limits = WebLimits()
        limits.connectionsPerAddress = 64
        let server = try await startServer(responder, limits: limits)
        let clients = try (0..<16).map { _ in try TestClient(port: server.ports[0]) }
        for client in clients { #expect(try client.openWebSocket().status == 101) }
        let last = try TestClient(port: server.ports[0])
        #expect(try last.openWebSocket().status == 503)
        try clients[0].sendFrame(8, [])
        _ = try clients[0].receiveAll()
        while await server.connectionCount > 16 { await Task.yield() }
        #expect(try last.openWebSocket().status == 101)
        await server.stop()
    }

    @Test func `a path that is a WebSocket says so to others, and a stop is told`() async throws {
        let server = try await startServer(responder)
        let client = try TestClient(port: server.ports[0])
        let answer = try client.get("/ws")
        #expect(answer.status == 426)
        #expect(answer.head.contains("Upgrade: websocket"))
        #expect(try client.openWebSocket().status == 101)
        async let stopped: Void = server.stop()
        let frame = try client.frame()
        #expect(frame.opcode == 8 && frame.payload.prefix(2) == [0x03, 0xE9])
        await stopped
    }
}
