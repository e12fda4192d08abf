/// The executor of actors that live on a loop.
package final class LoopSerialExecutor: SerialExecutor {
    private let queue: any LoopWorkQueue

    /// Creates the executor of one loop; it keeps the queue, never the loop that owns both.
    package init(queue: any LoopWorkQueue) { self.queue = queue }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.enqueue(unsafe .actorJob(unowned, self))
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Lets `assumeIsolated` succeed in callbacks and timers, which run on the loop but in no task.
    package func checkIsolated() { precondition(queue.isCurrent, "not on the loop of this actor") }

    package func isIsolatingCurrentContext() -> Bool? { queue.isCurrent }
}
