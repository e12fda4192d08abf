import Glibc
import JSONText
import Links
import Log
import Synchronization
import Testing

@testable import Actors

@Suite(.timeLimit(.minutes(1))) struct LocalControlTests {
    private let captures = Broadcast<CaptureRecord>()
    private let events = Broadcast<GatewayEvent>()
    private let path = "/tmp/cellbridge-local-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"

    private func serve(
        status: @escaping @Sendable () -> JSONValue = { ["stage": "live"] }
    ) async throws -> Task<Void, any Error> {
        let loop = try EventLoop(name: "local-test")
        let control = LocalControl(
            .init(
                loop: loop, path: path, status: status,
                perform: { request in request.command == "refresh" ? ["ok": true] : LocalRequest.failure("no") },
                captures: captures, events: events, eventQueue: { 8 }, report: { _ in }))
        // Cancelled by each test.
        let task = Task(executorPreference: loop.taskExecutor) { try await control.run() }
        while access(path, F_OK) != 0 { await Task.yield() }
        return task
    }

    /// Seen red with a connection that is listened to only once its turn has come.
    @Test func `a request that comes with its connection is answered`() async throws {
        let task = try await serve()
        for _ in 0..<200 {
            var client = try UnixClient(path: path)
            try client.send(#"{"command":"refresh"}"#)
            let answer = client.next(within: .seconds(5))
            #expect(answer == .line(Array(#"{"ok":true}"#.utf8)))
        }
        task.cancel()
    }

    @Test func `events are told as they happen`() async throws {
        let task = try await serve()
        var client = try UnixClient(path: path)
        try client.send(#"{"command":"events"}"#)
        while events.report.isEmpty { await Task.yield() }
        events.send(GatewayEvent(.warning, "stage", "data is stale", [.init("age_s", 2)]))
        let line = client.next(within: .seconds(5))
        let event = #"{"name":"stage","level":"warning","text":"data is stale","fields":{"age_s":2}}"#
        #expect(line == .line(Array(#"{"event":\#(event),"dropped":0}"#.utf8)))
        task.cancel()
    }

    /// Seen red: pictures that piled up for the watcher ended its connection, and took a megabyte until then.
    @Test func `a watcher that does not read misses pictures, and nothing piles up for it`() async throws {
        let pictures = Mutex(0)
        let task = try await serve {
            let number = pictures.withLock { count in
                count += 1
                return count
            }
            return ["number": .integer(number), "much": .string(String(repeating: "x", count: 400_000))]
        }
        var client = try UnixClient(path: path)
        try client.send(#"{"command":"watch"}"#)
        // Six periods in which it reads nothing.
        try await ContinuousClock().sleep(for: .seconds(3))
        #expect(pictures.withLock { $0 } <= 2)
        for number in 1...3 {
            guard case .line(let line) = client.next(within: .seconds(5)) else {
                Issue.record("no line \(number)")
                break
            }
            #expect(String(decoding: line.prefix(40), as: UTF8.self).contains(#""number":\#(number)"#))
        }
        task.cancel()
    }

    @Test func `only the owner may connect`() async throws {
        let task = try await serve()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        task.cancel()
    }

    @Test func `a recording streams lines, and its subscription ends with its reader although nothing happens`()
        async throws
    {
        let task = try await serve()
        do {
            var client = try UnixClient(path: path)
            try client.send(#"{"command":"capture"}"#)
            while captures.report.isEmpty { await Task.yield() }
            captures.send(CaptureRecord(microseconds: 1_000_000, channel: "uart.1", content: .sent([0xAA])))
            let line = client.next(within: .seconds(5))
            #expect(line == .line(Array(#"{"line":"(0000000001.000000) uart.1 > AA","dropped":0}"#.utf8)))
        }
        while !captures.report.isEmpty { await Task.yield() }
        task.cancel()
    }

    @Test func `nonsense is answered with what a request is`() async throws {
        let task = try await serve()
        var client = try UnixClient(path: path)
        try client.send("nonsense")
        guard case .line(let line) = client.next(within: .seconds(5)) else {
            Issue.record("no answer")
            return
        }
        #expect(String(decoding: line, as: UTF8.self).contains(#""ok":false"#))
        task.cancel()
    }
}
