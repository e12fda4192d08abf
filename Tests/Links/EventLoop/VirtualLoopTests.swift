import Synchronization
import Testing

@testable import Links

private actor Player {
    let loop: any Loop
    let trace: Trace
    private var partner: Player?

    init(on loop: any Loop, trace: Trace) { (self.loop, self.trace) = (loop, trace) }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    func meet(_ partner: Player) { self.partner = partner }

    func serve(_ name: String, rallies: Int) async throws {
        let clock = LoopClock(loop)
        for rally in 0..<rallies {
            try await clock.sleep(until: loop.now + .milliseconds(10 + rally % 3))
            note("\(name) \(rally)")
            await partner?.take(name, rally)
            async let pause: Void = clock.sleep(until: loop.now + .milliseconds(rally % 2))
            try await pause
        }
    }

    func take(_ name: String, _ rally: Int) async {
        note("took \(name) \(rally)")
        await Task.yield()
        note("after \(name) \(rally)")
    }

    private func note(_ line: String) {
        if !loop.isCurrent { trace.add("STRAYED") }
        trace.add(line)
    }
}

@Suite(.timeLimit(.minutes(1))) struct VirtualLoopTests {
    private func play(origin: Instant) -> [String] {
        let loop = VirtualLoop(origin: origin)
        let trace = Trace()
        let one = Player(on: loop, trace: trace)
        let two = Player(on: loop, trace: trace)
        _ = Task(executorPreference: loop.taskExecutor) {
            await one.meet(two)
            await two.meet(one)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await one.serve("one", rallies: 5) }
                group.addTask { try await two.serve("two", rallies: 5) }
                try await group.waitForAll()
            }
            trace.add("done at \(origin.duration(to: loop.now))")
        }
        loop.run(for: .seconds(10))
        return trace.lines
    }

    @Test func `actors and tasks with sleeps give the same trace a thousand times`() {
        let origin = Instant.now
        let first = play(origin: origin)
        #expect(first.last?.hasPrefix("done at 0.0") == true)
        #expect(first.count == 31 && !first.contains("STRAYED"))
        for _ in 0..<1000 where play(origin: origin) != first {
            Issue.record("another trace")
            return
        }
    }

    @Test func `nothing runs before the owner runs the loop`() {
        let loop = VirtualLoop()
        let trace = Trace()
        loop.perform { trace.add("body") }
        loop.schedule(at: loop.now) { trace.add("timer") }
        #expect(trace.count == 0)
        loop.runUntilIdle()
        #expect(trace.lines == ["body", "timer"])
    }

    @Test func `time jumps from timer to timer and ends where it was told`() {
        let loop = VirtualLoop()
        let origin = loop.now
        let trace = Trace()
        @Sendable func tick(_ count: Int) {
            trace.add("\(origin.duration(to: loop.now).components.seconds)")
            loop.schedule(at: loop.now + .seconds(3600)) { tick(count + 1) }
        }
        loop.perform { tick(0) }
        loop.run(for: .seconds(2 * 3600))
        #expect(trace.lines == ["0", "3600", "7200"])
        loop.run(for: .seconds(60))
        #expect(trace.count == 3)
        #expect(origin.duration(to: loop.now) == .seconds(7260))
        #expect(loop.nextTimer == origin + .seconds(3 * 3600))
    }

    @Test func `running until idle does not move time`() {
        let loop = VirtualLoop()
        let origin = loop.now
        loop.schedule(at: origin + .nanoseconds(1)) { Issue.record("too early") }
        loop.runUntilIdle()
        #expect(loop.now == origin)
    }

    @Test func `a timer scheduled in the past fires at the present, and time never goes back`() {
        let loop = VirtualLoop()
        let origin = loop.now
        let trace = Trace()
        loop.run(for: .seconds(5))
        loop.schedule(at: origin) { trace.add("\(origin.duration(to: loop.now).components.seconds)") }
        loop.run(until: origin)
        #expect(trace.lines == ["5"])
        #expect(loop.now == origin + .seconds(5))
    }

    @Test func `the loop is current inside and only inside`() {
        let loop = VirtualLoop()
        let trace = Trace()
        loop.perform { trace.add("\(loop.isCurrent)") }
        loop.runUntilIdle()
        #expect(trace.lines == ["true"] && !loop.isCurrent)
    }

    @Test func `a timer may assume the isolation of an actor on the loop`() async {
        let loop = VirtualLoop()
        let trace = Trace()
        let player = Player(on: loop, trace: trace)
        loop.perform { player.assumeIsolated { _ in trace.add("inside") } }
        loop.runUntilIdle()
        #expect(trace.lines == ["inside"])
    }

    @Test func `a cancelled sleep ends when the loop runs on, at the same instant`() {
        let loop = VirtualLoop()
        let clock = LoopClock(loop)
        let trace = Trace()
        let task = Task(executorPreference: loop.taskExecutor) {
            do { try await clock.sleep(until: clock.now + .seconds(60)) } catch { trace.add("\(error)") }
        }
        loop.runUntilIdle()
        #expect(trace.count == 0)
        task.cancel()
        loop.runUntilIdle()
        #expect(trace.lines == ["CancellationError()"])
        #expect(loop.nextTimer == nil)
    }
}
