import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Links

/// An actor that lives on a loop and says where its code runs.
private actor Resident {
    let loop: any Loop
    private(set) var visits = 0
    private(set) var strayed = 0

    init(on loop: any Loop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    func visit() {
        visits += 1
        if !loop.isCurrent { strayed += 1 }
    }

    /// Sleeps, calls a function of no actor and yields, looking after each whether the thread is still the loop's.
    func wander(times: Int) async throws {
        let clock = LoopClock(loop)
        for _ in 0..<times {
            try await clock.sleep(until: loop.now + .microseconds(200))
            visit()
            if await !somewhere(loop) { strayed += 1 }
            await Task.yield()
            visit()
        }
    }
}

@concurrent private func somewhere(_ loop: any Loop) async -> Bool { loop.isCurrent }

private func trespass(on resident: Resident) { resident.assumeIsolated { $0.preconditionIsolated() } }

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
    @Test func `timers fire in order and never early`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let fired = Mailbox<(Int, Duration)>()
        let start = loop.now
        for delay in [30, 10, 20, 0, 10] {
            let due = start + .milliseconds(delay)
            loop.schedule(at: due) { fired.put((delay, due.duration(to: loop.now))) }
        }
        for _ in 0..<5 { _ = await fired.first() }
        #expect(fired.all.map(\.0) == [0, 10, 10, 20, 30])
        #expect(fired.all.allSatisfy { $0.1 >= .zero })
    }

    @Test func `a cancelled timer does not fire, whoever cancels it`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let fired = Mailbox<Int>()
        let gate = DispatchSemaphore(value: 0)
        let held = Mailbox<Bool>()
        loop.perform {
            held.put(true)
            gate.wait()  // the thread is held until every cancellation is through
        }
        _ = await held.first()
        let start = loop.now
        let timers = (0..<100).map { index in loop.schedule(at: start) { fired.put(index) } }
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<100 where index % 2 == 0 { group.addTask { loop.cancel(timers[index]) } }
        }
        loop.schedule(at: start) { fired.put(-1) }
        gate.signal()
        _ = await fired.first { $0 == -1 }
        #expect(fired.all.dropLast() == ArraySlice(stride(from: 1, to: 100, by: 2)))
    }

    @Test func `bodies run on the loop in the order they were handed over`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let done = Mailbox<Int>()
        for index in 0..<1000 { loop.perform { done.put(loop.isCurrent ? index : -1) } }
        _ = await done.first { $0 == 999 }
        #expect(done.all == Array(0..<1000))
        #expect(!loop.isCurrent)
    }

    @Test func `a loop that is asleep wakes for work from many threads`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let done = Mailbox<Int>()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for index in 0..<500 { loop.perform { done.put(index) } }
                }
            }
        }
        for _ in 0..<4000 { _ = await done.first() }
        #expect(done.all.count == 4000)
    }

    @Test func `an actor and a task that prefer the loop never leave its thread (S33)`() async throws {
        let loop = try EventLoop(name: "test")
        let resident = Resident(on: loop)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask(executorPreference: loop.taskExecutor) { try await resident.wander(times: 50) }
            }
            try await group.waitForAll()
        }
        #expect(await resident.visits == 400)
        #expect(await resident.strayed == 0)
        loop.stop()
    }

    @Test func `a descriptor callback and a timer may assume the isolation of an actor on the loop`() async throws {
        let loop = try EventLoop(name: "test")
        let resident = Resident(on: loop)
        let ends = SocketPair()
        let seen = Mailbox<Int>()
        try await loop.run { () throws(LinkError) in
            _ = try loop.watch(ends.near, name: "test", for: .readable) { _ in
                var byte: UInt8 = 0
                _ = unsafe read(ends.near, &byte, 1)
                seen.put(
                    resident.assumeIsolated { resident in
                        resident.visit()
                        return resident.visits
                    })
            }
        }
        ends.send([1])
        #expect(await seen.first() == 1)
        loop.schedule(at: loop.now) {
            seen.put(
                resident.assumeIsolated { resident in
                    resident.visit()
                    return resident.visits
                })
        }
        #expect(await seen.first() == 2)
        loop.stop()
    }

    @Test func `the executor itself refuses to vouch for another thread`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop(name: "test")
            loop.executor.checkIsolated()
        }
    }

    @Test func `assuming isolation away from the loop is refused`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop(name: "test")
            let resident = Resident(on: loop)
            trespass(on: resident)
        }
    }

    @Test func `a watch that has ended gets no event that was already in hand`() async throws {
        let loop = try EventLoop(name: "test")
        let first = SocketPair()
        let second = SocketPair()
        let calls = Mailbox<Int32>()
        try await loop.run { () throws(LinkError) in
            let watches = Mutex<[DescriptorWatch]>([])
            // Both become ready in one turn; whichever comes first ends both.
            for end in [first.near, second.near] {
                let watch = try loop.watch(end, name: "test", for: .readable) { _ in
                    calls.put(end)
                    for watch in watches.withLock({ $0 }) { loop.unwatch(watch) }
                }
                watches.withLock { $0.append(watch) }
            }
            first.send([1])
            second.send([1])
        }
        _ = await calls.first()
        await loop.run {}
        await loop.run {}
        #expect(calls.all.count == 1)
        loop.stop()
    }

    @Test func `a plain file cannot be watched and says so`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let file = open("/etc/passwd", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let result = await loop.run { () -> LinkError? in
            do {
                _ = try loop.watch(file, name: "/etc/passwd", for: .readable) { _ in }
                return nil
            } catch { return error as? LinkError }
        }
        #expect(result == .notADevice("/etc/passwd", reason: "it cannot be waited for, so it is a plain file"))
    }

    @Test func `create, use, destroy, a hundred times, from many threads`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        let loop = try EventLoop(name: "churn")
                        let pair = SocketPair()
                        let seen = Mailbox<Int>()
                        try await loop.run { () throws(LinkError) in
                            _ = try loop.watch(pair.near, name: "churn", for: .readable) { _ in seen.put(1) }
                        }
                        pair.send([0])
                        loop.schedule(at: loop.now + .seconds(100)) { seen.put(0) }
                        #expect(await seen.first() == 1)
                        if round % 2 == 0 { loop.stop() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `stopping runs what was handed over before, then ends the thread`() async throws {
        let loop = try EventLoop(name: "test")
        let trace = Trace()
        for index in 0..<100 { loop.perform { trace.add("\(index)") } }
        loop.stop()
        #expect(trace.count == 100)
        loop.perform { trace.add("late") }
        loop.stop()
        #expect(trace.count == 100)
    }

    @Test func `a loop may be stopped from its own thread`() async throws {
        let loop = try EventLoop(name: "test")
        let done = Mailbox<Bool>()
        loop.perform {
            loop.stop()
            done.put(true)
        }
        #expect(await done.first() == true)
    }

    @Test func `a cancelled sleep ends at once`() async throws {
        let loop = try EventLoop(name: "test")
        let clock = LoopClock(loop)
        let sleeping = Mailbox<Bool>()
        let task = Task(executorPreference: loop.taskExecutor) {
            sleeping.put(true)
            try await clock.sleep(until: clock.now + .seconds(3600))
        }
        _ = await sleeping.first()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let late = Task(executorPreference: loop.taskExecutor) {
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(until: clock.now + .seconds(3600))
        }
        await #expect(throws: CancellationError.self) { try await late.value }
        loop.stop()
    }

    @Test func `sleeps cancelled while they are falling asleep all end`() async throws {
        let loop = try EventLoop(name: "test")
        let clock = LoopClock(loop)
        for _ in 0..<500 {
            let task = Task { try await clock.sleep(until: clock.now + .seconds(3600)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        loop.stop()
    }
}
