import Dispatch
import Glibc
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
}

@Suite(.timeLimit(.minutes(1))) struct CaptureRecorderTests {
    private let clock = StillClock()
    private let captures = Broadcast<CaptureRecord>()
    private let folder: String

    init() {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array((root + "/cellbridge-capture-XXXXXX").utf8CString)
        folder = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? root
        }
    }

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
        var names: [String] = []
        if let directory = opendir(folder + "/capture") {
            while let entry = readdir(directory) {
                names.append(
                    withUnsafeBytes(of: &entry.pointee.d_name) {
                        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    })
            }
            closedir(directory)
        }
        let files = names.filter { $0.hasSuffix(".log") }.sorted()
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
        let recorder = recorder(try StorageThread()) { continuation.yield($0) }
        let run = Task { try await recorder.run() }
        var iterator = events.makeAsyncIterator()
        await send(0..<10)
        let first = await iterator.next()
        #expect(first?.name == "capture_failed")
        unlink(folder + "/capture")
        clock.move(CaptureRecorder.retry)
        // The record that finds the medium well is the first that counts again.
        await send(10..<20)
        let second = await iterator.next()
        #expect(second?.name == "capture_resumed")
        captures.finish()
        try await run.value
        #expect(!read().lines.isEmpty)
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
