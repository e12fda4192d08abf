import CLinux
import CWebSockets
import Glibc
import Links
import Synchronization

/// The context of libwebsockets, its thread and its queue: the only place with the library's pointers.
///
/// `@unchecked Sendable`: `shared` is behind a mutex; the context is made before the thread starts and destroyed by it;
/// everything else is touched on the thread alone. A socket is named by a number that is never used again, so that
/// nothing outside holds a pointer that may dangle; that makes it `@safe`.
@safe
final class WebLoopCore: LoopWorkQueue, @unchecked Sendable {
    private enum Stage { case idle, running, stopping, ended }

    private struct Shared {
        var work: [LoopWork] = []
        var timers = TimerQueue()
        /// The thread was woken and has not taken the work since: no need to wake it again.
        var isSignalled = false
        var stage = Stage.idle
        var thread: pthread_t?
    }

    enum Handler {
        case connection(any WireHandler)
        case listener(@Sendable () -> Void)
    }

    @safe
    struct Socket {
        /// Valid until the library tells of its close, which takes this entry away.
        var pointer: OpaquePointer
        var handler: Handler
        /// Whether the connection wants to read.
        var isReading = true
        /// Whether some of what was written is still here.
        var isWaiting = false
    }

    let name: String
    private let shared = Mutex(Shared())
    private let current = Atomic<UInt>(0)

    // Made before the thread, then its own.
    var context: OpaquePointer?
    var plain: OpaquePointer?
    var secure: OpaquePointer?
    let memory = ContextMemory()

    // Touched on the thread alone.
    var sockets: [UInt: Socket] = [:]
    var lastNumber: UInt = 0
    /// What the alarm is set to.
    private var armed: Instant?

    init(name: String) { self.name = name }

    var isCurrent: Bool { current.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: - From any thread

    func enqueue(_ work: LoopWork) {
        let isCurrent = isCurrent
        shared.withLock { shared in
            guard shared.stage != .ended else { return }
            shared.work.append(work)
            if !isCurrent { wake(&shared) }
        }
    }

    func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        let isCurrent = isCurrent
        return shared.withLock { shared in
            let earliest = isCurrent ? nil : shared.timers.nextInstant()
            let timer = shared.timers.insert(at: instant, body)
            if !isCurrent, earliest.map({ instant < $0 }) ?? true { wake(&shared) }
            return timer
        }
    }

    func cancel(_ timer: LoopTimer) {
        // Bound to a name so that it is released after the lock: what a body captures may cancel timers of its own.
        let body = shared.withLock { $0.timers.remove(timer) }
        _ = body
    }

    /// Inside the lock, so that the context is not destroyed meanwhile: it is one write to an eventfd.
    private func wake(_ shared: inout Shared) {
        guard !shared.isSignalled, shared.stage == .running, let context = unsafe context else { return }
        shared.isSignalled = true
        unsafe lws_cancel_service(context)
    }

    // MARK: - Life

    /// Makes the context and starts the thread; once.
    func start(connections: Int, certificate: CertificateFiles?) throws(WebServerError) {
        try openContext(connections: connections, certificate: certificate)
        let reference = unsafe Unmanaged.passRetained(self)  // released by the thread when it ends
        shared.withLock { $0.stage = .running }
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { reference in
                if let reference = unsafe reference {
                    unsafe Unmanaged<WebLoopCore>.fromOpaque(reference).takeRetainedValue().main()
                }
                return nil
            }, reference.toOpaque())
        guard result == 0 else {
            unsafe reference.release()
            shared.withLock { $0.stage = .ended }
            destroyContext()
            throw .system(call: "pthread_create", address: name, errno: result)
        }
        let started = thread
        shared.withLock { $0.thread = started }
    }

    /// Ends the thread once its queue is empty, and waits for that unless it is the caller.
    func stop() {
        let thread = shared.withLock { shared -> pthread_t? in
            if shared.stage == .running {
                shared.isSignalled = false
                wake(&shared)
                shared.stage = .stopping
            }
            defer { shared.thread = nil }  // joined or detached once only
            return shared.thread
        }
        guard let thread else { return }
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
            fireTimers()
            runWork()
            let hasWork = prepareToWait()
            // A negative time does not wait; any other waits for a socket, the alarm or `wake`.
            if unsafe lws_service(context, hasWork ? -1 : 0) < 0 { break }
        }
        destroyContext()
        // What was handed over before the stop still runs, and what that hands over in turn, within reason.
        for _ in 0..<1000 where runWork() {}
        let (work, bodies) = shared.withLock { shared -> ([LoopWork], [TimerQueue.Body]) in
            shared.stage = .ended
            defer { shared.work = [] }
            return (shared.work, shared.timers.removeAll())
        }
        _ = (work, bodies)
        current.store(0, ordering: .relaxed)
    }

    /// Sets the alarm for the next timer; true when there is something to do at once.
    private func prepareToWait() -> Bool {
        let (hasWork, next) = shared.withLock { shared in
            (!shared.work.isEmpty || shared.stage != .running, shared.timers.nextInstant())
        }
        if hasWork { return true }
        guard let next else { return false }
        let wait = Instant.now.duration(to: next)
        if wait <= .zero { return true }
        guard next != armed else { return false }
        armed = next
        let (seconds, attoseconds) = wait.components
        // poll(2) counts whole milliseconds: one more than needed is late by less than that, one less would spin.
        let microseconds = min(seconds, 1_000_000) * 1_000_000 + attoseconds / 1_000_000_000_000 + 1000
        unsafe lws_sul_schedule(context, 0, memory.alarm, { _ in }, microseconds)
        return false
    }

    private func fireTimers() {
        let now = Instant.now
        if let alarm = armed, alarm <= now { armed = nil }
        let limit = shared.withLock { $0.timers.nextIdentifier }
        while let body = shared.withLock({ $0.timers.popDue(at: now, scheduledBefore: limit) }) { body() }
    }

    /// Runs the work that is queued now, not what it adds; false when there was none.
    @discardableResult
    private func runWork() -> Bool {
        let work = shared.withLock { shared in
            defer {
                shared.work = []
                shared.isSignalled = false
            }
            return shared.work
        }
        for item in work { item.run() }
        return !work.isEmpty
    }
}
