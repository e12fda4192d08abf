import Dispatch
import Glibc
import JSONText
import Links
import Storage
import Synchronization
import Testing

@testable import Actors

/// A clock that a test moves; sleeping on it takes no time.
private final class StillClock: GatewayClock {
    private let moment = Mutex(Instant.now)

    var now: Instant { moment.withLock { $0 } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        await Task.yield()
    }

    func move(_ time: Duration) { moment.withLock { $0 += time } }
}

/// Holds a storage thread up, as a card does that does not answer.
private actor Obstacle {
    private let thread: StorageThread
    nonisolated let release = DispatchSemaphore(value: 0)

    init(_ thread: StorageThread) { self.thread = thread }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func hold(_ began: @Sendable () -> Void) {
        began()
        release.wait()
    }

    /// Comes to an end behind whatever the thread is at.
    func pass() {}
}

@Suite(.timeLimit(.minutes(1))) struct CaptureRecorderTests {
    private let clock = StillClock()
    private let captures = Broadcast<CaptureRecord>()
    private let owner = StateFolder()
    private var folder: String { owner.path }

    private func recorder(
        _ thread: StorageThread, limit: Int = 1 << 20, report: @escaping EventReport = { _ in }
    ) -> CaptureRecorder {
        CaptureRecorder(
            .init(
                executor: thread, clock: clock, folder: folder + "/capture", limit: limit, wallClock: { 0 },
                captures: captures, report: report))
    }

    /// Sends records once the recorder listens.
    private func send(_ range: Range<Int>) async {
        while captures.report.isEmpty { await Task.yield() }
        for number in range {
            captures.send(
                CaptureRecord(microseconds: Int64(number), channel: "uart.1", content: .received([1, 2, 3])))
        }
    }

    /// What the files hold, and their number.
    private func read() -> (lines: [Substring], files: Int) {
        let files = StateFolder.names(in: folder + "/capture").filter { $0.hasSuffix(".log") }.sorted()
        let text = files.map { name -> String in
            let descriptor = open(folder + "/capture/" + name, O_RDONLY)
            defer { close(descriptor) }
            var block = [UInt8](repeating: 0, count: 1 << 22)
            let count = Glibc.read(descriptor, &block, block.count)
            return String(decoding: block.prefix(max(0, count)), as: UTF8.self)
        }
        return (text.joined().split(separator: "\n"), files.count)
    }

    @Test func `every record is a line that reads back, in order`() async throws {
        let recorder = recorder(try StorageThread())
        let run = Task { try await recorder.run() }
        await send(0..<3000)
        captures.finish()
        try await run.value
        let lines = read().lines
        #expect(try lines.map { try CaptureRecord(line: $0).microseconds } == (0..<3000).map(Int64.init))
    }

    @Test func `nobody listens while it is not there, so capturing costs next to nothing`() async throws {
        #expect(captures.report.isEmpty)
        let recorder = recorder(try StorageThread())
        let run = Task { try await recorder.run() }
        while captures.report.isEmpty { await Task.yield() }
        run.cancel()
        try await run.value
        #expect(captures.report.isEmpty)
    }

    /// Seen red with a recorder that ends at the first error.
    @Test func `S66: a medium that refuses is a state: told once, tried again, and what was lost is counted`()
        async throws
    {
        // A file where the folder should be.
        close(open(folder + "/capture", O_WRONLY | O_CREAT, 0o600))
        let (events, continuation) = AsyncStream.makeStream(of: GatewayEvent.self, bufferingPolicy: .unbounded)
        let thread = try StorageThread()
        let recorder = recorder(thread) { continuation.yield($0) }
        let run = Task { try await recorder.run() }
        var iterator = events.makeAsyncIterator()
        await send(0..<10)
        let first = await iterator.next()
        #expect(first?.name == "capture_failed")
        // These come while the medium is not tried, and are dealt with before it is well again.
        await send(10..<15)
        while captures.report.first?.waiting != 0 { await Task.yield() }
        for _ in 0..<10 { await Obstacle(thread).pass() }
        unlink(folder + "/capture")
        clock.move(CaptureRecorder.retry)
        // The record that finds the medium well is the first that counts again.
        await send(15..<20)
        let second = await iterator.next()
        #expect(second?.name == "capture_resumed")
        captures.finish()
        try await run.value
        let written = read().lines.count
        #expect(written > 0)
        #expect(second?.fields.first { $0.name == "lost" }?.value == .integer(20 - written))
    }

    @Test func `S33: a card that does not answer costs records, counted and told, and holds nobody up`() async throws {
        let thread = try StorageThread()
        let (events, continuation) = AsyncStream.makeStream(of: GatewayEvent.self, bufferingPolicy: .unbounded)
        let recorder = recorder(thread) { continuation.yield($0) }
        let run = Task { try await recorder.run() }
        while captures.report.isEmpty { await Task.yield() }
        let obstacle = Obstacle(thread)
        let (held, began) = AsyncStream.makeStream(of: Void.self)
        let holding = Task { await obstacle.hold { began.finish() } }
        for await _ in held {}
        // Every one of these returns, although nothing is written.
        await send(0..<(CaptureRecorder.queueLength + 101))
        #expect(captures.report.first?.dropped == 100)
        obstacle.release.signal()
        await holding.value
        captures.finish()
        try await run.value
        continuation.finish()
        var told: [GatewayEvent] = []
        for await event in events { told.append(event) }
        #expect(told.map(\.name) == ["capture_dropped"])
        #expect(read().lines.count == CaptureRecorder.queueLength + 1)
    }
}
