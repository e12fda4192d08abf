import CLinux
import Glibc
import Synchronization

/// The thread of an `EventLoop`, its queue and its descriptors; kept alive by the thread and by the executors.
///
/// `@unchecked Sendable`: `shared` is behind a mutex, the descriptors are constants, and `handlers`, `nextToken`, `armed`,
/// `spare` and `ready` are touched on the thread alone (`watch`, `change` and `unwatch` insist on it).
final class EventLoopCore: LoopWorkQueue, @unchecked Sendable {
    private enum Stage { case idle, running, stopping, ended }

    private struct Shared {
        var work: [LoopWork] = []
        var timers = TimerQueue()
        /// The eventfd was written and the thread has not taken the work since: no need to write again.
        var isSignalled = false
        var stage = Stage.idle
        var thread: pthread_t?
    }

    /// How often `epoll_wait` returned.
    let wakeUps = Atomic<Int>(0)

    private let name: String
    private let poll: Descriptor
    private let wake: Descriptor
    private let alarm: Descriptor
    private let shared = Mutex(Shared())
    /// The thread's `pthread_self`; 0 before it runs and after it ended.
    private let current = Atomic<UInt>(0)

    // Touched on the thread alone.
    private var handlers: [UInt64: @Sendable (DescriptorReadiness) -> Void] = [:]
    private var nextToken = firstToken
    private var armed: Instant?
    private var spare: [LoopWork] = []
    private var ready: [(token: UInt64, events: UInt32)] = []

    private static let wakeToken: UInt64 = 0
    private static let alarmToken: UInt64 = 1
    private static let firstToken: UInt64 = 2

    init(name: String) throws(LinkError) {
        self.name = name
        poll = try Descriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), name: name, call: "epoll_create1")
        wake = try Descriptor(
            eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)), name: name, call: "eventfd")
        alarm = try Descriptor(
            timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC | TFD_NONBLOCK)), name: name,
            call: "timerfd_create")
        try control(EPOLL_CTL_ADD, wake.number, token: Self.wakeToken, events: EPOLLIN.rawValue)
        try control(EPOLL_CTL_ADD, alarm.number, token: Self.alarmToken, events: EPOLLIN.rawValue)
    }

    /// Whether the caller runs on the thread.
    var isCurrent: Bool { current.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: - From any thread

    func enqueue(_ work: LoopWork) {
        // The thread itself looks at the queue before it sleeps: two system calls less for each of its own hops.
        let isCurrent = isCurrent
        let mustWake = shared.withLock { shared -> Bool in
            guard shared.stage != .ended else { return false }
            shared.work.append(work)
            return !isCurrent && Self.signals(&shared)
        }
        if mustWake { signal() }
    }

    func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        let isCurrent = isCurrent
        let (timer, mustWake) = shared.withLock { shared -> (LoopTimer, Bool) in
            let earliest = isCurrent ? nil : shared.timers.nextInstant()
            let timer = shared.timers.insert(at: instant, body)
            let isEarlier = earliest.map { instant < $0 } ?? true
            return (timer, !isCurrent && isEarlier && Self.signals(&shared))
        }
        if mustWake { signal() }
        return timer
    }

    func cancel(_ timer: LoopTimer) {
        // Bound to a name so that it is released after the lock: what a body captures may cancel timers of its own.
        let body = shared.withLock { $0.timers.remove(timer) }
        _ = body
    }

    // MARK: - Life

    /// Starts the thread; once.
    func start() throws(LinkError) {
        let context = unsafe Unmanaged.passRetained(self)  // released by the thread when it ends
        var thread = pthread_t()
        shared.withLock { $0.stage = .running }
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context {
                    unsafe Unmanaged<EventLoopCore>.fromOpaque(context).takeRetainedValue().main()
                }
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            unsafe context.release()
            throw .system(name, call: "pthread_create", errno: result)
        }
        let started = thread
        shared.withLock { $0.thread = started }
    }

    /// Ends the thread once its queue is empty, and waits for that unless it is the caller.
    func stop() {
        let thread = shared.withLock { shared -> pthread_t? in
            if shared.stage == .running { shared.stage = .stopping }
            defer { shared.thread = nil }  // joined or detached once only
            return shared.thread
        }
        guard let thread else { return }
        signal()
        if isCurrent {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    // MARK: - The thread

    private func main() {
        current.store(UInt(pthread_self()), ordering: .relaxed)
        _ = unsafe cellbridge_name_this_thread(name)
        while shared.withLock({ $0.stage == .running }) {
            waitForDescriptors()
            fireTimers()
            runWork()
        }
        // What was handed over before the stop still runs, and what that hands over in turn, within reason.
        for _ in 0..<1000 where runWork() {}
        let (work, bodies) = shared.withLock { shared -> ([LoopWork], [TimerQueue.Body]) in
            shared.stage = .ended
            defer { shared.work = [] }
            return (shared.work, shared.timers.removeAll())
        }
        _ = (work, bodies)
        handlers = [:]
        current.store(0, ordering: .relaxed)
    }

    private func waitForDescriptors() {
        let timeout: Int32 = prepareToWait() ? 0 : -1
        ready.removeAll(keepingCapacity: true)
        let count = unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { buffer -> Int32 in
            let count = unsafe epoll_wait(poll.number, buffer.baseAddress, Int32(buffer.count), timeout)
            for index in 0..<max(0, Int(count)) {
                unsafe ready.append((buffer[index].data.u64, buffer[index].events))
            }
            return count
        }
        wakeUps.add(1, ordering: .relaxed)
        // EINTR is a turn like any other; anything else means that our own descriptors are broken.
        precondition(count >= 0 || errno == EINTR, "epoll_wait")
        for (token, events) in ready {
            switch token {
            case Self.wakeToken: drain(wake.number)
            case Self.alarmToken:
                drain(alarm.number)
                armed = nil
            default: handlers[token]?(DescriptorReadiness(events: events))
            }
        }
    }

    /// Arms the timer descriptor for the next timer; true when there is something to do at once.
    private func prepareToWait() -> Bool {
        let (hasWork, next) = shared.withLock { shared in
            (!shared.work.isEmpty || shared.stage != .running, shared.timers.nextInstant())
        }
        if hasWork { return true }
        guard let next else { return false }
        let wait = Instant.now.duration(to: next)
        if wait <= .zero { return true }
        guard next != armed else { return false }
        // Relative: the kernel adds it to the boot-time clock later than we read that clock, so it is never early.
        var setting = itimerspec()
        let (seconds, attoseconds) = wait.components
        setting.it_value.tv_sec = Int(min(seconds, 1_000_000_000))
        setting.it_value.tv_nsec = Int(attoseconds / 1_000_000_000) + 1
        if setting.it_value.tv_nsec >= 1_000_000_000 {
            setting.it_value.tv_sec += 1
            setting.it_value.tv_nsec = 0
        }
        _ = unsafe timerfd_settime(alarm.number, 0, &setting, nil)
        armed = next
        return false
    }

    private func fireTimers() {
        let now = Instant.now
        let limit = shared.withLock { $0.timers.nextIdentifier }
        while let body = shared.withLock({ $0.timers.popDue(at: now, scheduledBefore: limit) }) { body() }
    }

    /// Runs the work that is queued now, not what it adds; false when there was none.
    @discardableResult
    private func runWork() -> Bool {
        let fresh = spare
        spare = []
        var work = shared.withLock { shared in
            let work = shared.work
            shared.work = fresh
            shared.isSignalled = false
            return work
        }
        for item in work { item.run() }
        let hadWork = !work.isEmpty
        work.removeAll(keepingCapacity: work.capacity <= 1024)
        spare = work
        return hadWork
    }

    // MARK: - Descriptors, on the thread

    func watch(
        _ descriptor: Int32, name: String, for interest: DescriptorReadiness,
        _ handler: @escaping @Sendable (DescriptorReadiness) -> Void
    ) throws(LinkError) -> DescriptorWatch {
        precondition(isCurrent, "descriptors are watched on their loop")
        let watch = DescriptorWatch(token: nextToken, descriptor: descriptor)
        do {
            try control(EPOLL_CTL_ADD, descriptor, token: watch.token, events: interest.events)
        } catch .system(_, _, let errno) where errno == EPERM {
            throw .notADevice(name, reason: "it cannot be waited for, so it is a plain file")
        }
        nextToken += 1
        handlers[watch.token] = handler
        return watch
    }

    func change(_ watch: DescriptorWatch, to interest: DescriptorReadiness) {
        precondition(isCurrent, "descriptors are watched on their loop")
        guard handlers[watch.token] != nil else { return }
        try? control(EPOLL_CTL_MOD, watch.descriptor, token: watch.token, events: interest.events)
    }

    func unwatch(_ watch: DescriptorWatch) {
        precondition(isCurrent, "descriptors are watched on their loop")
        guard handlers.removeValue(forKey: watch.token) != nil else { return }
        try? control(EPOLL_CTL_DEL, watch.descriptor, token: watch.token, events: 0)
    }

    // MARK: - Private

    private func control(_ operation: Int32, _ descriptor: Int32, token: UInt64, events: UInt32) throws(LinkError) {
        var event = unsafe epoll_event(events: events, data: epoll_data_t(u64: token))
        guard unsafe epoll_ctl(poll.number, operation, descriptor, &event) == 0 else {
            throw .system(name, call: "epoll_ctl", errno: errno)
        }
    }

    /// Whether the caller must write the eventfd after letting go of the lock.
    private static func signals(_ shared: inout Shared) -> Bool {
        guard !shared.isSignalled, shared.stage != .ended else { return false }
        shared.isSignalled = true
        return true
    }

    private func signal() {
        var one: UInt64 = 1
        _ = unsafe write(wake.number, &one, 8)
    }

    private func drain(_ descriptor: Int32) {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, 8)
    }
}
