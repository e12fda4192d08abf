import Links
import Synchronization

/// The thread of a process that waits for its disk: each call takes the disk's time, one after the other, on the loop of
/// the world.
final class DiskExecutor: SerialExecutor {
    private struct State {
        var jobs: [Job] = []
        var timer: LoopTimer?
        var latency: Duration
    }

    /// `@safe`: the runtime keeps a job alive until it has run, and each is run once.
    @safe private struct Job: Sendable { var job: UnownedJob }

    private let loop: any Loop
    private let state: Mutex<State>

    /// An idle thread.
    init(loop: any Loop, latency: Duration) {
        self.loop = loop
        state = Mutex(State(latency: latency))
    }

    /// How long each call takes from now on; zero runs at once what waits.
    func setLatency(_ latency: Duration) {
        let timer = state.withLock { state -> LoopTimer? in
            state.latency = latency
            defer { if latency == .zero { state.timer = nil } }
            return latency == .zero ? state.timer : nil
        }
        guard let timer else { return }
        loop.cancel(timer)
        loop.perform { [self] in work() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = Job(job: UnownedJob(job))
        state.withLock { $0.jobs.append(job) }
        schedule()
    }

    func checkIsolated() { precondition(loop.isCurrent, "not on the loop of this disk") }
    func isIsolatingCurrentContext() -> Bool? { loop.isCurrent }

    // MARK: - Private

    private func schedule() {
        let (isIdle, latency) = state.withLock { ($0.timer == nil && !$0.jobs.isEmpty, $0.latency) }
        guard isIdle else { return }
        guard latency > .zero else { return loop.perform { [self] in work() } }
        let timer = loop.schedule(at: loop.now + latency) { [self] in
            state.withLock { $0.timer = nil }
            work()
        }
        state.withLock { $0.timer = timer }
    }

    private func work() {
        guard let next = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else { return }
        unsafe next.job.runSynchronously(on: asUnownedSerialExecutor())
        schedule()
    }
}

/// The threads of one process that wait for its disk, each for itself.
final class DiskThreads: Sendable {
    private struct State {
        var threads: [DiskExecutor] = []
        var latency: Duration
    }

    private let loop: any Loop
    private let state: Mutex<State>

    init(loop: any Loop, latency: Duration) {
        self.loop = loop
        state = Mutex(State(latency: latency))
    }

    /// One more.
    func make() -> DiskExecutor {
        state.withLock { state in
            let thread = DiskExecutor(loop: loop, latency: state.latency)
            state.threads.append(thread)
            return thread
        }
    }

    /// How long each call takes from now on; zero runs at once what waits.
    func setLatency(_ latency: Duration) {
        let threads = state.withLock { state in
            state.latency = latency
            return state.threads
        }
        for thread in threads { thread.setLatency(latency) }
    }
}
