import Glibc
import Synchronization

/// A loop on virtual time, for tests and simulation: nothing happens until its owner runs it, and then always the same.
///
/// Work runs first in, first out; timers by instant, then by the order in which they were scheduled; when nothing is left
/// to do, time jumps to the next timer. A day with one timer a second costs as much as its work does.
package final class VirtualLoop: Loop {
    private let core: VirtualLoopCore
    private let serial: LoopSerialExecutor
    private let preference: LoopTaskExecutor

    /// Creates a loop whose time stands at `origin`.
    package init(origin: Instant = .now) {
        core = VirtualLoopCore(origin: origin)
        serial = LoopSerialExecutor(queue: core)
        preference = LoopTaskExecutor(queue: core, serial: serial)
    }

    package var now: Instant { core.now }

    @discardableResult
    package func schedule(
        at instant: Instant, _ body: @escaping @Sendable () -> Void
    ) -> LoopTimer {
        core.schedule(at: instant, body)
    }

    package func cancel(_ timer: LoopTimer) { core.cancel(timer) }
    package func perform(_ body: @escaping @Sendable () -> Void) { core.enqueue(.body(body)) }

    package var executor: any SerialExecutor { serial }
    package var taskExecutor: any TaskExecutor { preference }

    /// True for the thread that runs the loop, while it does.
    package var isCurrent: Bool { core.isCurrent }

    /// The earliest instant at which a timer is due; nil without timers.
    package var nextTimer: Instant? { core.nextTimer }

    /// Runs everything up to and including `instant`; afterwards it is `instant`.
    ///
    /// On the owner's thread, never from within the loop. An instant in the past runs what is ready now.
    package func run(until instant: Instant) { core.run(until: instant) }

    /// Runs everything of the next `duration`.
    package func run(for duration: Duration) { core.run(until: now.advanced(by: duration)) }

    /// Runs what can be done at the present instant, without moving time.
    package func runUntilIdle() { core.run(until: now) }
}

/// The queue and the time of a `VirtualLoop`, kept alive by its executors.
private final class VirtualLoopCore: LoopWorkQueue {
    private struct Shared {
        var now: Instant
        var work: [LoopWork] = []
        var timers = TimerQueue()
    }

    private let shared: Mutex<Shared>
    private let current = Atomic<UInt>(0)

    init(origin: Instant) { shared = Mutex(Shared(now: origin)) }

    var now: Instant { shared.withLock { $0.now } }
    var nextTimer: Instant? { shared.withLock { $0.timers.nextInstant() } }
    var isCurrent: Bool { current.load(ordering: .relaxed) == UInt(pthread_self()) }

    func enqueue(_ work: LoopWork) { shared.withLock { $0.work.append(work) } }

    func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        shared.withLock { $0.timers.insert(at: instant, body) }
    }

    func cancel(_ timer: LoopTimer) {
        let body = shared.withLock { $0.timers.remove(timer) }  // released after the lock
        _ = body
    }

    func run(until end: Instant) {
        let entered = current.compareExchange(expected: 0, desired: UInt(pthread_self()), ordering: .relaxed).exchanged
        precondition(entered, "a virtual loop is run by one owner and never from within")
        defer { current.store(0, ordering: .relaxed) }
        while true {
            runWork()
            guard let body = nextBody(until: end) else { break }
            body()
        }
        shared.withLock { $0.now = max($0.now, end) }
    }

    // MARK: - Private

    private func runWork() {
        var batch: [LoopWork] = []
        repeat {
            batch.removeAll(keepingCapacity: true)
            shared.withLock { swap(&$0.work, &batch) }
            for work in batch { work.run() }
        } while !batch.isEmpty
    }

    /// Takes the next timer due by `end` and moves time to it.
    private func nextBody(until end: Instant) -> TimerQueue.Body? {
        shared.withLock { shared in
            guard let instant = shared.timers.nextInstant(), instant <= max(end, shared.now) else { return nil }
            shared.now = max(shared.now, instant)
            return shared.timers.popDue(at: shared.now, scheduledBefore: .max)
        }
    }
}
