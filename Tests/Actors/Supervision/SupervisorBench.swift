import Battery
import Dispatch
import Glibc
import JSONText
import Log
import Synchronization

@testable import Actors

/// A logger that writes to /dev/null; its lines can be asked for.
func silentLogger() throws -> Logger {
    try Logger(format: .text, descriptor: open("/dev/null", O_WRONLY | O_CLOEXEC), withPriority: false)
}

/// What a test makes the current instance of a child do, and what the instances did.
final class Puppet: Sendable {
    enum Command: Sendable {
        case fail, finish, stop
    }

    struct Broken: Error {}

    private struct State {
        var commands: Broadcast<Command>?
        var instances: [ObjectIdentifier] = []
        var kept: [any Child] = []
        var waiters: [(instance: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let id: String
    private let trace: Trace
    private let obeysStop: Bool
    private let state = Mutex(State())

    init(_ id: String, _ trace: Trace, obeysStop: Bool = true) {
        self.id = id
        self.trace = trace
        self.obeysStop = obeysStop
    }

    /// Whether each start made an instance of its own.
    var areInstancesDistinct: Bool { state.withLock { Set($0.instances).count == $0.instances.count } }

    /// Makes an instance do something, once it is there; the first one is 1.
    func command(_ command: Command, to instance: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                let isThere = state.instances.count >= instance
                if !isThere { state.waiters.append((instance, continuation)) }
                return isThere
            }
            if isThere { continuation.resume() }
        }
        state.withLock { $0.commands }?.send(command)
    }

    func make(_ stop: StopSignal) -> any Child {
        let commands = Broadcast<Command>()
        let queue = commands.subscribe(capacity: 8)
        if obeysStop { stop.onRequest { commands.send(.stop) } }
        let child = PuppetChild(id: id, queue: queue, trace: trace)
        let waiters = state.withLock { state in
            state.commands = commands
            state.instances.append(ObjectIdentifier(child))
            // Kept, so that no two instances can have the same address.
            state.kept.append(child)
            let count = state.instances.count
            defer { state.waiters.removeAll { $0.instance <= count } }
            return state.waiters.filter { $0.instance <= count }
        }
        for waiter in waiters { waiter.continuation.resume() }
        return child
    }
}

/// One instance of a puppet.
private actor PuppetChild: Child {
    let id: String
    let queue: Broadcast<Puppet.Command>.Subscription
    let trace: Trace

    init(id: String, queue: Broadcast<Puppet.Command>.Subscription, trace: Trace) {
        self.id = id
        self.queue = queue
        self.trace = trace
    }

    func run() async throws {
        trace.append("\(id) runs")
        switch await queue.next() {
        case .fail: throw Puppet.Broken()
        case .finish: trace.append("\(id) finishes")
        case .stop: trace.append("\(id) stops")
        case nil: trace.append("\(id) is cancelled")
        }
    }
}

/// What happened, in order.
final class Trace: Sendable {
    private let lines = Mutex<[String]>([])
    func append(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

/// A supervisor with puppets, and all that it needs.
final class SupervisorBench: Sendable {
    let clock = SupervisionClock()
    let heartbeats: Heartbeats
    let logger: Logger
    let supervisor: RootSupervisor
    let events: Broadcast<SupervisionEvent>.Subscription

    init(_ children: [ChildSpecification]) throws {
        heartbeats = Heartbeats(clock: clock)
        logger = try silentLogger()
        supervisor = RootSupervisor(
            children, clock: clock, heartbeats: heartbeats, generator: ConstantGenerator.middle, logger: logger)
        events = supervisor.events.subscribe(capacity: 100_000)
    }

    /// Reads events up to this one.
    func reach(_ event: SupervisionEvent) async {
        while let next = await events.next(), next != event {}
    }

    /// Runs the supervisor beside a body and says how it ended.
    func run(_ body: @Sendable () async throws -> Void) async throws -> Result<Void, any Error> {
        async let ending: Result<Void, any Error> = {
            do { return .success(try await supervisor.run()) } catch { return .failure(error) }
        }()
        try await body()
        return await ending
    }
}

extension Puppet {
    /// Describes the puppet to the supervisor.
    func specification(
        _ group: ChildSpecification.Group, _ restart: ChildSpecification.Restart = .permanent,
        executorPreference: (any TaskExecutor)? = nil
    ) -> ChildSpecification {
        ChildSpecification(
            id: id, group: group, restart: restart, executorPreference: executorPreference
        ) { [self] in make($0) }
    }
}
