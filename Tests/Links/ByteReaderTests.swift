import Testing

@testable import Links

@Suite(.timeLimit(.minutes(1))) struct ByteReaderTests {
    let loop = VirtualLoop()
    let trace = Trace()

    /// Runs a conversation on the loop for a minute of virtual time; `far` is the device's end.
    private func converse(
        device: (MemoryLink) -> Void, _ body: @escaping @Sendable (ByteReader, VirtualLoop, Trace) async -> Void
    ) {
        let (near, far) = MemoryLink.pair(loop: loop)
        let reader = ByteReader(near, loop: loop)
        let (loop, trace) = (loop, trace)
        _ = Task(executorPreference: loop.taskExecutor) { await body(reader, loop, trace) }
        loop.runUntilIdle()
        device(far)
        loop.run(for: .seconds(60))
    }

    private static func read(_ reader: ByteReader, _ loop: VirtualLoop, for wait: Duration) async -> String {
        let start = loop.now
        let result: String
        do { result = "\(try await reader.next(until: start + wait))" } catch { result = "\(error)" }
        return "\(result) after \(start.duration(to: loop.now).components.seconds) s"
    }

    @Test func `waiting bytes are returned at once, all together`() {
        let (near, far) = MemoryLink.pair(loop: loop)
        let reader = ByteReader(near, loop: loop)
        try? far.write([1, 2])
        try? far.write([3])
        loop.runUntilIdle()
        _ = Task(executorPreference: loop.taskExecutor) { [loop, trace] in
            trace.add(await Self.read(reader, loop, for: .seconds(5)))
            trace.add("\(reader.lastArrival == loop.now)")
        }
        loop.runUntilIdle()
        #expect(trace.lines == ["[1, 2, 3] after 0 s", "true"])
    }

    @Test func `bytes end the wait when they come, nothing does at the deadline`() {
        converse { far in
            far.faults.delay = .seconds(3)
            try? far.write([7])
        } _: { reader, loop, trace in
            trace.add(await Self.read(reader, loop, for: .seconds(2)))
            trace.add(await Self.read(reader, loop, for: .seconds(5)))
            trace.add(await Self.read(reader, loop, for: .seconds(-1)))
            trace.add(loop.nextTimer == nil ? "no timer left" : "a timer left")
        }
        #expect(trace.lines == ["[] after 2 s", "[7] after 1 s", "[] after 0 s", "no timer left"])
    }

    @Test func `the end of the link is thrown after its last bytes, and again`() {
        converse { far in
            try? far.write([1])
            loop.runUntilIdle()
            try? far.write([2])
            loop.runUntilIdle()
            far.close()
        } _: { reader, loop, trace in
            _ = try? await reader.next(until: loop.now + .seconds(1))
            await Task.yield()
            try? await LoopClock(loop).sleep(until: loop.now + .seconds(1))
            for _ in 0..<3 { trace.add(await Self.read(reader, loop, for: .seconds(5))) }
        }
        let end = "port memory:near went away"
        #expect(trace.lines.first == "[2] after 0 s")
        #expect(trace.lines.dropFirst().allSatisfy { $0.contains("memory:near") && $0.contains("went away") }, "\(end)")
        #expect(trace.count == 3)
    }

    @Test func `a link that ends wakes whoever waits`() {
        converse {
            $0.close()
        } _: { reader, loop, trace in
            trace.add(await Self.read(reader, loop, for: .seconds(30)))
        }
        #expect(trace.lines.count == 1 && trace.lines[0].hasSuffix("after 0 s"))
    }

    @Test func `what was discarded is not read`() {
        let (near, far) = MemoryLink.pair(loop: loop)
        let reader = ByteReader(near, loop: loop)
        try? far.write([1])
        loop.runUntilIdle()
        reader.discard()
        try? far.write([2])
        _ = Task(executorPreference: loop.taskExecutor) { [loop, trace] in
            trace.add(await Self.read(reader, loop, for: .seconds(5)))
        }
        loop.runUntilIdle()
        #expect(trace.lines == ["[2] after 0 s"])
    }

    @Test func `a reader who does not come loses the oldest bytes, not memory`() {
        let (near, far) = MemoryLink.pair(loop: loop)
        let reader = ByteReader(near, loop: loop)
        for number in 0..<20 {
            try? far.write([UInt8](repeating: UInt8(number), count: 4096))
            loop.runUntilIdle()
        }
        _ = Task(executorPreference: loop.taskExecutor) { [loop, trace] in
            let bytes = try? await reader.next(until: loop.now)
            trace.add("\(bytes?.count ?? 0) \(bytes?.first ?? 0) \(bytes?.last ?? 0)")
        }
        loop.runUntilIdle()
        #expect(trace.lines == ["65536 4 19"])
    }

    @Test func `a cancelled wait returns nothing at once`() {
        let (near, _) = MemoryLink.pair(loop: loop)
        let reader = ByteReader(near, loop: loop)
        let task = Task(executorPreference: loop.taskExecutor) { [loop, trace] in
            trace.add(await Self.read(reader, loop, for: .seconds(30)))
            trace.add(await Self.read(reader, loop, for: .seconds(30)))
        }
        loop.run(for: .seconds(2))
        #expect(trace.count == 0)
        task.cancel()
        loop.runUntilIdle()
        #expect(trace.lines == ["[] after 2 s", "[] after 0 s"])
    }

    @Test func `cancellations and bytes that race resume a reader exactly once`() async throws {
        let loop = try EventLoop(name: "reader")
        let (near, far) = MemoryLink.pair(loop: loop)
        let reader = await loop.run { ByteReader(near, loop: loop) }
        for round in 0..<500 {
            let task = Task(executorPreference: loop.taskExecutor) {
                try await reader.next(until: loop.now + .seconds(round % 3 == 0 ? 0 : 60))
            }
            if round % 2 == 0 { loop.perform { try? far.write([1]) } }
            if round % 2 == 1 || round % 5 == 0 { task.cancel() }
            if case .failure(let error) = await task.result { throw error }
        }
        loop.stop()
    }
}
