/// The executor of actors that live on a loop.
final class LoopSerialExecutor: SerialExecutor {
    private let queue: any LoopWorkQueue

    /// Creates the executor of one loop; it keeps the queue, never the loop that owns both.
    init(queue: any LoopWorkQueue) { self.queue = queue }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.enqueue(unsafe .actorJob(unowned, self))
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Lets `assumeIsolated` succeed in callbacks and timers, which run on the loop but in no task.
    func checkIsolated() { precondition(queue.isCurrent, "not on the loop of this actor") }

    func isIsolatingCurrentContext() -> Bool? { queue.isCurrent }
}
