import Battery
import Dispatch
import JSONText
import Links
import Log
import Synchronization
import Testing

@testable import Actors

@Suite(.timeLimit(.minutes(1)))
struct RootSupervisorTests {
    private let trace = Trace()

    @Test func `a child failing five times is restarted five times, and the sixth ends the data path (S51, S52)`()
        async throws
    {
        let poller = Puppet("bms.1", trace)
        let bench = try SupervisorBench([poller.specification(.dataPath)])
        let ending = try await bench.run {
            for (restart, wait) in [200, 400, 800, 1600, 2000].enumerated() {
                await poller.command(.fail, to: restart + 1)
                await bench.clock.advanceToSleeper(in: .milliseconds(wait))
            }
            await poller.command(.fail, to: 6)
        }
        #expect(throws: SupervisorError.dataPathGaveUp(child: "bms.1", cause: "Broken()")) { try ending.get() }
        #expect(trace.all == Array(repeating: "bms.1 runs", count: 6))
        #expect(poller.areInstancesDistinct)
        #expect(bench.clock.elapsed == .seconds(5))
        #expect(bench.logger.recent().last?.event == "supervisor.gave_up")
    }

    @Test func `a child that always throws ends the process within 30 s (S52)`() async throws {
        let specification = ChildSpecification(id: "inverter", group: .dataPath) { _ in throw Puppet.Broken() }
        let bench = try SupervisorBench([specification])
        let ending = try await bench.run {
            for wait in [200, 400, 800, 1600, 2000] { await bench.clock.advanceToSleeper(in: .milliseconds(wait)) }
        }
        #expect(throws: SupervisorError.dataPathGaveUp(child: "inverter", cause: "Broken()")) { try ending.get() }
        #expect(bench.clock.elapsed < .seconds(30))
    }

    @Test func `the data path starts before the services and restarts rest for one (S51, S55)`() async throws {
        let puppets = ["web", "bms.1", "bms.2", "inverter"].map { Puppet($0, trace) }
        let bench = try SupervisorBench(puppets.map { $0.specification($0.id == "web" ? .service : .dataPath) })
        let ending = try await bench.run {
            await bench.reach(.started(child: "web", instance: 1))
            #expect(await bench.supervisor.report().map(\.id) == ["bms.1", "bms.2", "inverter", "web"])
            await puppets[2].command(.fail, to: 1)
            await bench.reach(.ended(child: "inverter", cause: nil))
            await bench.clock.advanceToSleeper(in: .milliseconds(200))
            await bench.reach(.started(child: "inverter", instance: 2))
            let report = await bench.supervisor.report()
            #expect(report.map(\.restarts) == [0, 1, 1, 0])
            #expect(report.map(\.lastError) == [nil, "Broken()", nil, nil])
            #expect(report.allSatisfy { $0.state == .running })
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
    }

    @Test func `a stop goes in reverse start order, one child after the other (S56)`() async throws {
        let puppets = ["bms.1", "inverter", "history", "web"].map { Puppet($0, trace) }
        let bench = try SupervisorBench(
            puppets.enumerated().map { $1.specification($0 < 2 ? .dataPath : .service) })
        let ending = try await bench.run {
            await bench.reach(.started(child: "web", instance: 1))
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
        let ends = trace.all.filter { $0.hasSuffix("stops") }
        #expect(ends == ["web stops", "history stops", "inverter stops", "bms.1 stops"])
        #expect(bench.heartbeats.required.isEmpty)
    }

    @Test func `a child that ignores its stop signal is cancelled at its deadline (S56)`() async throws {
        let deaf = Puppet("web", trace, obeysStop: false)
        let bench = try SupervisorBench([deaf.specification(.service)])
        let ending = try await bench.run {
            await bench.reach(.started(child: "web", instance: 1))
            bench.supervisor.requestStop()
            await bench.reach(.stopping)
            #expect(await bench.supervisor.report().map(\.state) == [.stopping])
            await bench.clock.advanceToSleeper(in: .milliseconds(500))
            await bench.reach(.cancelled(child: "web"))
        }
        #expect(throws: Never.self) { try ending.get() }
        #expect(trace.all == ["web runs", "web is cancelled"])
    }

    @Test func `a service over its budget rests alone for 60 s while the data path goes on (S51)`() async throws {
        let poller = Puppet("bms.1", trace)
        let web = Puppet("web", trace)
        let bench = try SupervisorBench([poller.specification(.dataPath), web.specification(.service)])
        let ending = try await bench.run {
            for (restart, wait) in [200, 400, 800, 1600, 2000].enumerated() {
                await web.command(.fail, to: restart + 1)
                await bench.clock.advanceToSleeper(in: .milliseconds(wait))
            }
            await web.command(.fail, to: 6)
            await bench.reach(.exhausted(child: "web", wait: .seconds(60)))
            #expect(await bench.supervisor.report().map(\.state) == [.running, .exhausted])
            await bench.clock.advanceToSleeper(in: .seconds(60))
            await bench.reach(.started(child: "web", instance: 7))
            let report = await bench.supervisor.report()
            #expect(report.map(\.restarts) == [0, 6])
            #expect(report.first?.uptime == .seconds(65))
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
        #expect(trace.all.filter { $0 == "bms.1 runs" }.count == 1)
    }

    @Test func `a service can be replaced on request, and no other child notices`() async throws {
        let puppets = ["web", "inverter"].map { Puppet($0, trace) }
        let bench = try SupervisorBench([puppets[0].specification(.service), puppets[1].specification(.dataPath)])
        let ending = try await bench.run {
            await bench.reach(.started(child: "web", instance: 1))
            #expect(!bench.supervisor.restart("nobody"))
            for instance in 2...20 {
                #expect(bench.supervisor.restart("web"))
                await bench.reach(.started(child: "web", instance: instance))
            }
            let report = await bench.supervisor.report()
            #expect(report.map(\.restarts) == [0, 0])
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
        #expect(puppets[0].areInstancesDistinct)
        #expect(trace.all.filter { $0 == "inverter runs" }.count <= 1)
    }

    @Test func `cancelling the supervisor ends every child`() async throws {
        let puppets = ["bms.1", "web"].map { Puppet($0, trace) }
        let bench = try SupervisorBench([puppets[0].specification(.dataPath), puppets[1].specification(.service)])
        let task = Task { try await bench.supervisor.run() }
        await bench.reach(.started(child: "web", instance: 1))
        task.cancel()
        try await task.value
        #expect(await bench.supervisor.report().map(\.state) == [.down, .down])
    }

    @Test func `late heartbeats are told once, and once more when they come again (S54, S90)`() async throws {
        let poller = Puppet("bms.1", trace)
        let bench = try SupervisorBench([poller.specification(.dataPath)])
        let ending = try await bench.run {
            await bench.reach(.started(child: "bms.1", instance: 1))
            for _ in 0..<6 { await bench.clock.advanceToSleeper(in: .seconds(1)) }
            await bench.reach(.late(["bms.1"]))
            bench.heartbeats.heartbeat(of: "bms.1").beat()
            await bench.clock.advanceToSleeper(in: .seconds(1))
            #expect(await bench.events.next() == .inTime)
            #expect(await bench.supervisor.report().first?.heartbeatAge == .seconds(1))
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
    }

    @Test func `a restart is no unit of work: a child that only ever starts is late (S52, S54)`() async throws {
        let poller = Puppet("bms.1", trace)
        let bench = try SupervisorBench([poller.specification(.dataPath)])
        let ending = try await bench.run {
            await bench.reach(.started(child: "bms.1", instance: 1))
            for _ in 0..<5 { await bench.clock.advanceToSleeper(in: .seconds(1)) }
            await poller.command(.fail, to: 1)
            await bench.clock.advanceToSleeper(in: .milliseconds(200))
            await bench.reach(.started(child: "bms.1", instance: 2))
            #expect(HeartbeatMonitor.late(bench.heartbeats.required, at: bench.clock.now) == ["bms.1"])
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
    }

    @Test func `a service without signs of life is not late: services are not in the condition (S54)`() async throws {
        let puppets = ["bms.1", "web"].map { Puppet($0, trace) }
        let bench = try SupervisorBench([puppets[0].specification(.dataPath), puppets[1].specification(.service)])
        let ending = try await bench.run {
            await bench.reach(.started(child: "web", instance: 1))
            for _ in 0..<6 {
                await bench.clock.advanceToSleeper(in: .seconds(1))
                bench.heartbeats.heartbeat(of: "bms.1").beat()
            }
            #expect(HeartbeatMonitor.late(bench.heartbeats.required, at: bench.clock.now).isEmpty)
            bench.supervisor.requestStop()
        }
        #expect(throws: Never.self) { try ending.get() }
    }

    @Test func `services stay off the loop that the supervisor runs on`() async throws {
        let loop = QueueExecutor("loop")
        let other = QueueExecutor("other")
        let seen = Mutex<[String: String]>([:])
        let probe = { (id: String, group: ChildSpecification.Group, preference: QueueExecutor?) in
            ChildSpecification(id: id, group: group, executorPreference: preference) { stop in
                Probe(stop) { seen.withLock { $0[id] = QueueExecutor.current } }
            }
        }
        let bench = try SupervisorBench([probe("bms.1", .dataPath, other), probe("web", .service, nil)])
        _ = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { try await bench.supervisor.run() }
            while seen.withLock({ $0.count }) < 2 { await Task.yield() }
            bench.supervisor.requestStop()
            try await group.waitForAll()
        }
        #expect(seen.withLock { $0 } == ["bms.1": "other", "web": "pool"])
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func `on virtual time an hour of failures runs the same every time, and the data path goes on (S51)`(
        seed: UInt64
    ) async throws {
        let runs = try await [hour(seed: seed), hour(seed: seed)]
        #expect(runs[0] == runs[1])
        #expect(runs[0].count > 400)
        #expect(!runs[0].contains { if case .gaveUp = $0 { true } else { false } })
        #expect(runs[0].last == .stopped)
    }

    /// The events of an hour in which a poller fails now and then, and a service most of the time.
    private func hour(seed: UInt64) async throws -> [SupervisionEvent] {
        let loop = VirtualLoop()
        let clock = LoopClock(loop)
        let generator = Mutex(SeededGenerator(seed: seed))
        let failing = { (id: String, group: ChildSpecification.Group, seconds: ClosedRange<Int>) in
            ChildSpecification(id: id, group: group, executorPreference: loop.taskExecutor) { stop in
                Probe(stop) {
                    let life = generator.withLock { Int.random(in: seconds, using: &$0) }
                    try await clock.sleep(for: .seconds(life))
                    if !stop.isRequested { throw Puppet.Broken() }
                }
            }
        }
        let supervisor = RootSupervisor(
            [failing("bms.1", .dataPath, 20...600), failing("web", .service, 0...30)], clock: clock,
            heartbeats: Heartbeats(clock: clock), generator: SeededGenerator(seed: seed), logger: try silentLogger())
        let events = supervisor.events.subscribe(capacity: 1_000_000)
        let task = Task(executorPreference: loop.taskExecutor) { try await supervisor.run() }
        loop.run(for: .seconds(3600))
        supervisor.requestStop()
        loop.run(for: .seconds(5))
        try await task.value
        var all: [SupervisionEvent] = []
        while let event = events.poll() { all.append(event) }
        return all
    }

    @Test func `supervisors come and go`() async throws {
        for _ in 0..<100 {
            let puppets = ["bms.1", "inverter", "web"].map { Puppet($0, trace) }
            let bench = try SupervisorBench(puppets.map { $0.specification($0.id == "web" ? .service : .dataPath) })
            let ending = try await bench.run {
                await puppets[0].command(.fail, to: 1)
                bench.supervisor.requestStop()
            }
            #expect(throws: Never.self) { try ending.get() }
        }
    }

    @Test func `the report has what /api/system shows`() {
        let report = ChildReport(
            id: "web", group: .service, state: .waiting, restarts: 2, lastError: "broken", uptime: nil,
            heartbeatAge: .milliseconds(1500))
        #expect(
            report.json.text == """
                {"id":"web","group":"service","state":"waiting","restarts":2,"last_error":"broken","uptime_s":null,\
                "heartbeat_age_s":1.5,"mailbox":null}
                """)
    }
}

/// Does something, and waits for its stop.
private actor Probe: Child {
    private let stop: StopSignal
    private let look: @Sendable () async throws -> Void

    init(_ stop: StopSignal, _ look: @escaping @Sendable () async throws -> Void) {
        self.stop = stop
        self.look = look
    }

    func run() async throws {
        try await look()
        await stop.wait()
    }
}

/// A task executor on a queue of its own.
private final class QueueExecutor: TaskExecutor {
    private static let key = DispatchSpecificKey<String>()
    private let queue: DispatchQueue

    init(_ name: String) {
        queue = DispatchQueue(label: name)
        queue.setSpecific(key: Self.key, value: name)
    }

    /// The name of the executor that runs the caller.
    static var current: String { DispatchQueue.getSpecific(key: key) ?? "pool" }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
