/// One piece of work waiting for its turn on a loop.
///
/// `@safe`: the unowned jobs in here are run exactly once, by the loop that took them from its queue, and each carries
/// the executor it was enqueued on, so neither dangles.
@safe
package enum LoopWork: Sendable {
    /// A job of an actor whose executor is the loop.
    case actorJob(UnownedJob, LoopSerialExecutor)
    /// A job of a task that prefers the loop.
    case taskJob(UnownedJob, LoopTaskExecutor)
    /// A plain body, from `perform`.
    case body(@Sendable () -> Void)

    /// Runs the work on the calling thread, which must be the loop's.
    package func run() {
        switch self {
        case .actorJob(let job, let executor):
            // Never with a task executor: a mismatch makes the runtime switch again inside withCheckedContinuation and
            // lets the actor be entered between "check" and "store".
            unsafe job.runSynchronously(on: executor.asUnownedSerialExecutor())
        case .taskJob(let job, let executor):
            unsafe job.runSynchronously(
                isolatedTo: executor.serial.asUnownedSerialExecutor(),
                taskExecutor: executor.asUnownedTaskExecutor())
        case .body(let body):
            body()
        }
    }
}

/// What the executors of a loop need of it: a queue, and whether this thread is the one that empties it.
package protocol LoopWorkQueue: AnyObject, Sendable {
    /// Appends work; called from any thread.
    func enqueue(_ work: LoopWork)

    /// Whether the caller runs on the loop.
    var isCurrent: Bool { get }
}
