import HTTP
import Links
import Synchronization
import Testing

@testable import WebServer

/// One connection on virtual time, its wire in memory.
@Suite struct ConnectionTests {
    private let bench = ConnectionBench()

    @Test func `S78: a head has ten seconds from the start of the connection`() {
        bench.receive("GET / HTTP/1.1\r\n")
        for second in 1...9 {
            bench.loop.run(for: .seconds(1))
            bench.receive("X-\(second): drip\r\n")
        }
        #expect(bench.sent.isEmpty)
        bench.loop.run(for: .milliseconds(999))
        #expect(bench.sent.isEmpty)
        bench.loop.run(for: .milliseconds(1))
        #expect(bench.sent.hasPrefix("HTTP/1.1 408 "))
        bench.loop.run(for: .seconds(2))
        #expect(bench.isClosed)
    }

    @Test func `S78: a connection that says nothing has ten seconds too`() {
        bench.loop.run(for: .milliseconds(9999))
        #expect(!bench.isClosed)
        bench.loop.run(for: .milliseconds(1))
        #expect(bench.isClosed)
        #expect(bench.sent.isEmpty)
    }

    @Test func `S78: a body may pause for thirty seconds`() {
        bench.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab")
        bench.loop.run(for: .seconds(29))
        bench.receive("c")
        bench.loop.run(for: .milliseconds(29_999))
        #expect(bench.sent.isEmpty)
        bench.loop.run(for: .milliseconds(1))
        #expect(bench.sent.hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `a later head has its own ten seconds, and idling a minute`() {
        bench.receive("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.sent.hasPrefix("HTTP/1.1 401 "))
        bench.loop.run(for: .seconds(59))
        bench.receive("GET /ref")
        bench.loop.run(for: .seconds(9))
        bench.receive("used HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.sent.components(of: "HTTP/1.1 401 ") == 2)
        bench.loop.run(for: .milliseconds(59_999))
        #expect(!bench.isClosed)
        bench.loop.run(for: .milliseconds(1))
        #expect(bench.isClosed)
    }

    @Test func `S78: who does not read an answer for thirty seconds is dropped`() {
        bench.wire.isStuck.store(true, ordering: .relaxed)
        bench.receive("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.loop.run(for: .milliseconds(29_999))
        #expect(!bench.isClosed)
        bench.loop.run(for: .milliseconds(1))
        #expect(bench.isClosed)
        #expect(bench.host.notes.withLock { $0 } == ["web.client_stalled"])
    }

    @Test func `S78: we owe an answer to who waits for it, and to nobody who sends or reads slowly`() {
        #expect(!bench.isAnswered)
        bench.receive("GET /wait HTTP/1.1\r\nHost: a\r\n")
        #expect(!bench.isAnswered)
        bench.receive("\r\n")
        #expect(bench.isAnswered)
        let reader = ConnectionBench()
        reader.wire.isStuck.store(true, ordering: .relaxed)
        reader.receive("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(!reader.isAnswered)
        let sender = ConnectionBench()
        sender.receive("POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
        #expect(!sender.isAnswered)
    }

    @Test func `a streamed upload is not read on while nobody asks for it`() {
        bench.receive("POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        for _ in 0..<4 { bench.receive([UInt8](repeating: 65, count: 16 * 1024)) }
        #expect(!bench.isReading)
        // The time is the responder's, not the client's.
        bench.loop.run(for: .seconds(120))
        #expect(!bench.isClosed)
    }

    @Test func `a client that sends ahead is not read without end`() {
        bench.receive("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.receive([UInt8](repeating: 65, count: 20_000))
        #expect(!bench.isReading)
    }

    @Test func `a WebSocket that does not answer a ping by the next is dropped`() {
        bench.receive(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        #expect(bench.sent.hasPrefix("HTTP/1.1 101 "))
        let before = bench.wire.sent.withLock { $0.count }
        bench.loop.run(for: .seconds(30))
        #expect(bench.wire.sent.withLock { Array($0[before...]) } == [0x89, 0])
        bench.receive([0x8A, 0x80, 1, 2, 3, 4])
        bench.loop.run(for: .milliseconds(59_999))
        #expect(!bench.isClosed)
        bench.loop.run(for: .milliseconds(1))
        #expect(bench.isClosed)
    }

    @Test func `a request that came with the one before is answered after it`() {
        bench.receive(
            "GET /refused HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /refused HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bench.sent.components(of: "HTTP/1.1 401 ") == 2)
        #expect(bench.sent.contains("GET /x "))
        #expect(!bench.sent.contains("/never"))
        #expect(bench.isClosed)
    }
}

/// A connection with everything around it.
final class ConnectionBench: Sendable {
    let loop = VirtualLoop()
    let wire = MemoryWire()
    let host = MemoryHost()
    private let connection: Connection
    private let answered = Atomic(false)

    init() {
        let connection = Connection(number: 1, listener: 0, loop: loop, wire: wire, peer: .loopback, host: host)
        self.connection = connection
        loop.perform { connection.begin() }
        loop.runUntilIdle()
    }

    func receive(_ text: String) { receive(Array(text.utf8)) }

    func receive(_ bytes: [UInt8]) {
        loop.perform { [connection] in connection.wireReceived(bytes) }
        loop.runUntilIdle()
    }

    var isAnswered: Bool {
        loop.perform { [self] in answered.store(connection.isAnswered, ordering: .relaxed) }
        loop.runUntilIdle()
        return answered.load(ordering: .relaxed)
    }

    var sent: String { wire.sent.withLock { String(decoding: $0, as: UTF8.self) } }
    var isClosed: Bool { wire.isClosed.load(ordering: .relaxed) }
    var isReading: Bool { wire.isReading.load(ordering: .relaxed) }
}

final class MemoryWire: Wire {
    let sent = Mutex<[UInt8]>([])
    let isReading = Atomic(true)
    let isClosed = Atomic(false)
    /// Nothing is taken from now on.
    let isStuck = Atomic(false)

    var isSecure: Bool { false }

    func write(_ bytes: [UInt8]) -> WriteOutcome {
        guard !isStuck.load(ordering: .relaxed) else { return .waiting }
        sent.withLock { $0 += bytes }
        return .written
    }

    func setReading(_ isReading: Bool) { self.isReading.store(isReading, ordering: .relaxed) }
    func finishWriting() {}
    func close() { isClosed.store(true, ordering: .relaxed) }
}

final class MemoryHost: ConnectionHost {
    private struct Holding: Responder {
        let inner = TestResponder()
        func admit(_ head: HTTPRequest) -> Admission {
            head.path == "/hold" ? Admission(.streamed(limit: 1 << 30)) : inner.admit(head)
        }
        func respond(_ request: HTTPRequest, body: RequestBody) async -> HTTPResponse {
            if request.path == "/hold" { await inner.gate.wait() }
            return await inner.respond(request, body: body)
        }
        func open(_ request: HTTPRequest, _ socket: WebSocket) async { await inner.open(request, socket) }
    }

    let responder: any Responder = Holding()
    let limits = WebLimits()
    let notes = Mutex<[String]>([])

    func redirection(of target: String, host: String?, peer: PeerAddress, listener: Int) -> HTTPResponse? { nil }
    func takeWebSocket() -> Bool { true }
    func giveBackWebSocket() {}
    func setHasSession(_ hasSession: Bool, of connection: Connection) {}
    func ended(_ connection: Connection) {}
    func note(_ event: String, _ text: String, peer: PeerAddress) { notes.withLock { $0.append(event) } }
}

extension String {
    func components(of word: String) -> Int {
        var count = 0
        var rest = utf8[...]
        while let first = rest.firstIndex(where: { $0 == word.utf8.first }) {
            rest = rest[first...]
            if rest.starts(with: word.utf8) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
