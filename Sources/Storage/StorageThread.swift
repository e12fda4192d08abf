internal import Glibc

/// A thread of its own for calls that block, as the executor of the actors that make them (S33).
///
/// An actor keeps it in a stored property and returns it as its `unownedExecutor`; then neither SQLite nor a slow card
/// ever holds a thread of Swift's cooperative pool. When the last owner lets go, the thread ends what it has and exits.
package final class StorageThread: SerialExecutor {
    private let queue: JobQueue

    /// Starts the thread.
    ///
    /// - Throws: `StorageError.thread` when the system has none to give.
    package init() throws(StorageError) {
        queue = JobQueue()
        try queue.start()
    }

    deinit { queue.stop() }

    package func enqueue(_ job: consuming ExecutorJob) {
        unsafe queue.add(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    package func checkIsolated() {
        precondition(queue.isCurrent, "not on the storage thread")
    }

    package func isIsolatingCurrentContext() -> Bool? { queue.isCurrent }
}

/// The thread's work, which outlives the executor until the last job is done.
///
/// `@unchecked Sendable`, `@safe`: everything mutable is touched under the POSIX mutex only (one that the thread
/// sanitizer can see), and mutex and condition stay at one address until `deinit`.
@safe private final class JobQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [Entry] = []
    private var isStopping = false
    private var thread = pthread_t()

    /// `@safe`: the runtime keeps a job and its executor alive until the job has run.
    @safe private struct Entry {
        var job: UnownedJob
        var executor: UnownedSerialExecutor
    }

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    func start() throws(StorageError) {
        // Released once, at the top of the thread's body; at once when there is no thread.
        let context = unsafe Unmanaged.passRetained(self)
        lock()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let queue = unsafe Unmanaged<JobQueue>.fromOpaque(argument).takeRetainedValue()
                queue.work()
                return nil
            }, context.toOpaque())
        unlock()
        guard code == 0 else {
            unsafe context.release()
            throw .thread(errno: code)
        }
        pthread_detach(thread)
    }

    func stop() {
        lock()
        isStopping = true
        unsafe pthread_cond_signal(condition)
        unlock()
    }

    func add(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        lock()
        unsafe jobs.append(Entry(job: job, executor: executor))
        unsafe pthread_cond_signal(condition)
        unlock()
    }

    var isCurrent: Bool {
        lock()
        defer { unlock() }
        return pthread_equal(thread, pthread_self()) != 0
    }

    // MARK: - Private

    private func work() {
        while let batch = next() {
            for entry in batch { unsafe entry.job.runSynchronously(on: entry.executor) }
        }
    }

    /// Waits for jobs; nil when there are none and none will come.
    private func next() -> [Entry]? {
        lock()
        defer { unlock() }
        while jobs.isEmpty {
            if isStopping { return nil }
            unsafe pthread_cond_wait(condition, mutex)
        }
        defer { jobs.removeAll(keepingCapacity: true) }
        return jobs
    }

    private func lock() { unsafe pthread_mutex_lock(mutex) }
    private func unlock() { unsafe pthread_mutex_unlock(mutex) }
}
